import sharp from "sharp";
import type { KeyPicture } from "../diagnosis/keyPictures.ts";

/** Of the lungs' outline, red, green and blue; seen well on every grey. */
const outlineRgb = [61, 220, 205] as const;
const outlineOpacity = 0.85;

/** A key slice as a PNG in a data URI, the outline of the lungs in colour. */
export async function keyPictureUri({ grey, shape, outline }: KeyPicture): Promise<string> {
  const [height, width] = shape;
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) {
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] = outline?.[i] ? grey[i] + outlineOpacity * (outlineRgb[c] - grey[i]) : grey[i];
    }
  }
  const png = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
