import { type Geometry, positionMm, type Volume } from "../study/volume.ts";
import { type BitMask, emptyMask } from "./bitMask.ts";
import { type LungMask, lungMaskOfSides } from "./lungMask.ts";

/** Slices that a slice-by-slice isolation works on at a time: its masks stay small, and in the processor's cache. */
const slabSlices = 32;

/** The lungs of a volume by a method that looks at each slice alone, a few slices at a time. Warnings count where all is empty. */
export function isolateInSlabs(volume: Volume, isolate: (slab: Volume) => LungMask): LungMask {
  const [slices, rows, columns] = volume.shape;
  const right = emptyMask(volume.shape);
  const left = emptyMask(volume.shape);
  let warnings: LungMask["warnings"] = [];
  for (let from = 0; from < slices; from += slabSlices) {
    const to = Math.min(slices, from + slabSlices);
    const part = isolate({
      ...volume,
      voxels: volume.voxels.subarray(from * rows * columns, to * rows * columns),
      shape: [to - from, rows, columns],
      sliceNames: volume.sliceNames.slice(from, to),
    });
    right.words.set(part.right.words, from * rows * right.rowWords);
    left.words.set(part.left.words, from * rows * left.rowWords);
    warnings = part.warnings;
  }
  const mask = lungMaskOfSides({ right, left }, volume, []);
  return mask.volumeMl === 0 ? { ...mask, warnings } : mask;
}

/** Longer volumes are isolated in every second slice, or fewer: their slices stand so near that neighbours tell the same. */
const mostSlices = 400;

/** Of a volume with so many slices, every how many-th a three-dimensional isolation looks at. */
export function lungStep(slices: number): number {
  return Math.ceil(slices / mostSlices);
}

/**
 * The lungs of a volume by a method that looks at all slices together: of a long one, in the middle one of every few slices,
 * which then speaks for them all.
 */
export function isolateThinned(volume: Volume, isolate: (thin: Volume) => LungMask): LungMask {
  const step = lungStep(volume.shape[0]);
  if (step === 1) return isolate(volume);
  const thin = isolate(thinned(volume, step));
  const spread = (mask: BitMask): BitMask => {
    const result = emptyMask(volume.shape);
    const perSlice = result.words.length / volume.shape[0];
    for (let z = 0; z < volume.shape[0]; z++) {
      const from = Math.min(thin.shape[0] - 1, Math.floor(z / step)) * perSlice;
      result.words.set(mask.words.subarray(from, from + perSlice), z * perSlice);
    }
    return result;
  };
  return lungMaskOfSides({ right: spread(thin.right), left: spread(thin.left) }, volume, thin.warnings);
}

/** The middle one of every few slices; slices that are left over at the end are left out. */
function thinned(volume: Volume, step: number): Volume {
  const [slices, rows, columns] = volume.shape;
  const area = rows * columns;
  const count = Math.floor(slices / step);
  const middle = step >> 1;
  const voxels = new Int16Array(count * area);
  for (let i = 0; i < count; i++) {
    const from = (i * step + middle) * area;
    voxels.set(volume.voxels.subarray(from, from + area), i * area);
  }
  const [stepZ, stepY, stepX] = volume.geometry.spacingMm;
  const geometry: Geometry = {
    ...volume.geometry,
    originMm: positionMm(volume.geometry, [middle, 0, 0]),
    spacingMm: [stepZ * step, stepY, stepX],
  };
  const sliceNames = Array.from({ length: count }, (_, i) => volume.sliceNames[i * step + middle] ?? String(i));
  return { ...volume, voxels, shape: [count, rows, columns], geometry, sliceNames };
}
