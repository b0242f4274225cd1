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

const sidePx = 192;

/**
 * Prepared slices as the network saw them, as PNG in data URIs by "caseId sliceIndex", where the data set that the run was
 * trained on is still where it was; without it there are none, and a slice that cannot be read is left out.
 */
export async function slicePictures(
  run: Pick<Run, "dataset" | "recipe">,
  slices: readonly PicturedSlice[],
): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  for (const [key, grey] of await preparedPixels(run, slices)) {
    pictures.set(key, await pngUri(grey, { size: run.recipe.storedPx, channels: 1 }));
  }
  return pictures;
}

/** As slicePictures, in pixels: [storedPx, storedPx] of grey. */
export async function preparedPixels(
  { dataset, recipe }: Pick<Run, "dataset" | "recipe">,
  slices: readonly PicturedSlice[],
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  if (!(await isSameDataset(dataset))) return found;
  const places = recipe.storedPx ** 2;
  for (const caseId of new Set(slices.map((slice) => slice.caseId))) {
    const prepared = await readPreparedSlices(dataset.path, caseId).catch((error: unknown) => {
      if (error instanceof InputError) return null;
      throw error;
    });
    if (prepared === null) continue;
    for (const { sliceIndex } of slices.filter((slice) => slice.caseId === caseId)) {
      const at = prepared.slices.findIndex((slice) => slice.sliceIndex === sliceIndex);
      if (at >= 0) found.set(`${caseId} ${sliceIndex}`, prepared.pixels.slice(at * places, (at + 1) * places));
    }
  }
  return found;
}

/** Whether the data set that a run was trained on is still where it was. */
export async function isSameDataset({ path, sha256 }: Run["dataset"]): Promise<boolean> {
  const file = datasetPaths(path).dataset;
  return (await isThere(file)) && sha256Hex(await readBytes(file)) === sha256;
}

/** A square picture as a small PNG in a data URI. pixels: [size, size, channels]. */
export async function pngUri(pixels: Uint8Array, of: { size: number; channels: 1 | 3 }): Promise<string> {
  const { size, channels } = of;
  const resized = sharp(pixels, { raw: { width: size, height: size, channels } }).resize(sidePx, sidePx);
  const picture = channels === 1 ? resized.greyscale().png({ compressionLevel: 9 }) : resized.png({ palette: true });
  return `data:image/png;base64,${(await picture.toBuffer()).toString("base64")}`;
}
