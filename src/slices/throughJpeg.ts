import sharp from "sharp";

/** Grey pixels after a trip through JPEG at a quality. pixels: [rows, columns]. */
export async function throughJpeg(
  pixels: Uint8Array,
  [rows, columns]: readonly [number, number],
  quality: number,
): Promise<Uint8Array> {
  const raw = { width: columns, height: rows, channels: 1 } as const;
  const jpeg = await sharp(pixels, { raw })
    .toColourspace("b-w")
    .jpeg({ quality, chromaSubsampling: "4:4:4", optimiseCoding: false }) // smaller codes leave the pixels as they are
    .toBuffer();
  const back = await sharp(jpeg).toColourspace("b-w").raw().toBuffer();
  return new Uint8Array(back.buffer, back.byteOffset, back.length);
}
