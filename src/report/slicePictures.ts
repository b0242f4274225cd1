import sharp from "sharp";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Run } from "../classifier/run.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";

/** A prepared slice of a data set. */
export interface PicturedSlice {
  readonly caseId: string;
  readonly sliceIndex: number;
}

const sidePx = 176;

/**
 * Prepared slices as the network saw them, as PNG in data URIs by "caseId sliceIndex", where the data set that the run was
 * trained on is still where it was; without it there are none, and a slice that cannot be read is left out.
 */
export async function slicePictures(
  { dataset, recipe }: Pick<Run, "dataset" | "recipe">,
  slices: readonly PicturedSlice[],
): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  if (!(await isSameDataset(dataset))) return pictures;
  const size = recipe.storedPx;
  for (const caseId of new Set(slices.map((slice) => slice.caseId))) {
    const prepared = await readPreparedSlices(dataset.path, caseId).catch((error: unknown) => {
      if (error instanceof InputError) return null;
      throw error;
    });
    if (prepared === null) continue;
    for (const { sliceIndex } of slices.filter((slice) => slice.caseId === caseId)) {
      const at = prepared.slices.findIndex((slice) => slice.sliceIndex === sliceIndex);
      if (at < 0) continue;
      const grey = prepared.pixels.subarray(at * size * size, (at + 1) * size * size);
      pictures.set(`${caseId} ${sliceIndex}`, await pngUri(grey, size));
    }
  }
  return pictures;
}

async function isSameDataset({ path, sha256 }: Run["dataset"]): Promise<boolean> {
  const file = datasetPaths(path).dataset;
  return (await isThere(file)) && sha256Hex(await readBytes(file)) === sha256;
}

async function pngUri(grey: Uint8Array, size: number): Promise<string> {
  const png = await sharp(grey, { raw: { width: size, height: size, channels: 1 } })
    .resize(sidePx, sidePx)
    .greyscale()
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
