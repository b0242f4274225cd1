import sharp from "sharp";
import type { KeyPicture } from "../diagnosis/keyPictures.ts";

/** Of the lungs' outline, red, green and blue; seen well on every grey. */
const outlineRgb = [61, 220, 205] as const;
const outlineOpacity = 0.85;

/** Of weak and of strong heat, red, green and blue. */
const weakRgb = [255, 214, 60] as const;
const strongRgb = [232, 52, 20] as const;

/** The heat of a key slice as a PNG in a data URI, to lie over the slice: clear where there is none. null without heat. */
export async function keyHeatUri({ heat, shape }: Pick<KeyPicture, "heat" | "shape">): Promise<string | null> {
  if (heat === null) return null;
  const [height, width] = shape;
  const rgba = new Uint8Array(4 * heat.length);
  for (const [i, value] of heat.entries()) {
    const strength = value / 255;
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = Math.round(weakRgb[c] + strength * (strongRgb[c] - weakRgb[c]));
    rgba[4 * i + 3] = value;
  }
  const png = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

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
