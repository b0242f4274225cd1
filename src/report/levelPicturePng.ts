import sharp from "sharp";
import type { LevelPicture } from "../diagnosis/levelPictures.ts";
import { consolidationRgb, groundGlassRgb } from "./coronalMapPng.ts";

/** A slice at a level as a PNG in a data URI, what is diseased outlined in its colour so that the slice stays seen. */
export async function levelPictureUri({ grey, codes, sidePx }: LevelPicture): Promise<string> {
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) {
    const code = codes[i];
    const isEdge =
      code !== 0 &&
      [i - 1, i + 1, i - sidePx, i + sidePx].some((near) => codes[near] !== undefined && codes[near] !== code);
    const colour = code === 1 ? groundGlassRgb : consolidationRgb;
    const cover = code === 0 ? 0 : isEdge ? 0.9 : 0.14;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = Math.round(grey[i] + cover * (colour[c] - grey[i]));
  }
  const png = await sharp(rgb, { raw: { width: sidePx, height: sidePx, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
