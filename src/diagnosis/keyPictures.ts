import { type LungMask, labelsOf, outsideLungs } from "../lungs/lungMask.ts";
import { boxAroundLungs, type CropBox, cropGrey, wholeSlice } from "../slices/cropBox.ts";
import { mapOntoBox } from "../slices/preparedBox.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import type { StudyImages, Volume } from "../study/volume.ts";
import { greyOfHu, lungWindow } from "../study/windowLevel.ts";
import type { SliceHeat } from "./heatOfSlices.ts";

/** A slice to look at: grey in the lung window, and where the lungs end. */
export interface KeyPicture {
  readonly sliceIndex: number;
  /** Row-major [rows, columns], grey 0–255. */
  readonly grey: Uint8Array;
  readonly shape: readonly [rows: number, columns: number];
  /** 1 on the outline of a lung, [rows, columns]; null where lungs were not isolated. */
  readonly outline: Uint8Array | null;
  /** Where the network saw the finding, [rows, columns], 255 at the hottest place; null where it is not known. */
  readonly heat: Uint8Array | null;
}

const sidePx = 320;
const marginMm = 12;

/** Slices to look at, with the heat that is known of them: the square around the lungs of a volume, or a picture whole, at most 320 px wide and high. */
export function drawKeyPictures(
  images: StudyImages,
  mask: LungMask | null,
  sliceIndices: readonly number[],
  heats: readonly SliceHeat[] = [],
): KeyPicture[] {
  const heatOn = (sliceIndex: number, box: CropBox, size: readonly [rows: number, columns: number]) => {
    const heat = heats.find((one) => one.sliceIndex === sliceIndex);
    return heat === undefined ? null : bytesOf(mapOntoBox(heat, box, size));
  };
  if (images.kind === "pictures") {
    return sliceIndices.map((sliceIndex) => {
      const { pixels, shape } = images.pictures[sliceIndex];
      const scale = sidePx / Math.max(...shape);
      const to = [Math.max(1, Math.round(shape[0] * scale)), Math.max(1, Math.round(shape[1] * scale))] as const;
      return {
        sliceIndex,
        grey: resizeGrey(pixels, shape, to),
        shape: to,
        outline: null,
        heat: heatOn(sliceIndex, wholeSlice(...shape), to),
      };
    });
  }
  const { volume } = images;
  const [, rows, columns] = volume.shape;
  const box = mask === null ? wholeSlice(rows, columns) : boxAroundLungs(mask, volume.geometry, marginMm);
  return sliceIndices.map((sliceIndex) => ({
    sliceIndex,
    grey: resizeGrey(
      cropGrey(greySlice(volume, sliceIndex), [rows, columns], box),
      [box.rows, box.columns],
      [sidePx, sidePx],
    ),
    shape: [sidePx, sidePx],
    outline: mask === null ? null : outlineOf(labelsIn(mask, sliceIndex, box)),
    heat: heatOn(sliceIndex, box, [sidePx, sidePx]),
  }));
}

/** The hottest place as 255; nothing where there is no heat. */
function bytesOf(heat: Float32Array): Uint8Array {
  const hottest = heat.reduce((most, value) => Math.max(most, value), 0);
  return Uint8Array.from(heat, (value) => (hottest > 0 ? Math.round((255 * value) / hottest) : 0));
}

function greySlice({ voxels, shape }: Volume, z: number): Uint8Array {
  const pixels = shape[1] * shape[2];
  return Uint8Array.from(voxels.subarray(z * pixels, (z + 1) * pixels), (hu) => greyOfHu(hu, lungWindow));
}

/** The labels of a box, sampled to the picture's size. */
function labelsIn(mask: LungMask, z: number, box: CropBox): Uint8Array {
  const [, rows, columns] = mask.shape;
  const labels = labelsOf(mask, z);
  const sampled = new Uint8Array(sidePx * sidePx);
  for (let y = 0; y < sidePx; y++) {
    const row = box.firstRow + Math.floor(((y + 0.5) * box.rows) / sidePx);
    if (row < 0 || row >= rows) continue;
    for (let x = 0; x < sidePx; x++) {
      const column = box.firstColumn + Math.floor(((x + 0.5) * box.columns) / sidePx);
      if (column < 0 || column >= columns) continue;
      sampled[y * sidePx + x] = labels[row * columns + column];
    }
  }
  return sampled;
}

/** Lung pixels with a neighbour above, below, left or right that is not of the same lung. */
function outlineOf(labels: Uint8Array): Uint8Array {
  const outline = new Uint8Array(labels.length);
  const at = (y: number, x: number) =>
    y < 0 || x < 0 || y >= sidePx || x >= sidePx ? outsideLungs : labels[y * sidePx + x];
  for (let y = 0; y < sidePx; y++) {
    for (let x = 0; x < sidePx; x++) {
      const label = at(y, x);
      if (label === outsideLungs) continue;
      const isInner =
        at(y - 1, x) === label && at(y + 1, x) === label && at(y, x - 1) === label && at(y, x + 1) === label;
      if (!isInner) outline[y * sidePx + x] = 1;
    }
  }
  return outline;
}
