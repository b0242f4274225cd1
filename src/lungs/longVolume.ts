import { thinned, thinStep } from "../study/thinVolume.ts";
import type { Volume } from "../study/volume.ts";
import { slabSlices, type VolumeHeader } from "../study/volumePlanes.ts";
import { type BitMask, emptyMask } from "./bitMask.ts";
import { type LungMask, lungMaskOfSides } from "./lungMask.ts";

/** A lung mask that is made of some slices after the others. */
export interface MaskInSlabs {
  /** Isolates the lungs of slices from one on. voxels: [z, y, x]. */
  add(from: number, voxels: Int16Array): void;
  /** The mask of all. Warnings count where all is empty. */
  finished(): LungMask;
}

/** The lungs by a method that looks at each slice alone, a few slices at a time. */
export function maskInSlabs(header: VolumeHeader, isolate: (slab: Volume) => LungMask): MaskInSlabs {
  const [, rows, columns] = header.shape;
  const right = emptyMask(header.shape);
  const left = emptyMask(header.shape);
  let warnings: LungMask["warnings"] = [];
  return {
    add(from, voxels) {
      const slices = voxels.length / (rows * columns);
      const part = isolate({
        ...header,
        voxels,
        shape: [slices, rows, columns],
        sliceNames: header.sliceNames.slice(from, from + slices),
      });
      right.words.set(part.right.words, from * rows * right.rowWords);
      left.words.set(part.left.words, from * rows * left.rowWords);
      warnings = part.warnings;
    },
    finished() {
      const mask = lungMaskOfSides({ right, left }, header, []);
      return mask.volumeMl === 0 ? { ...mask, warnings } : mask;
    },
  };
}

/** As maskInSlabs, of a volume in memory. */
export function isolateInSlabs(volume: Volume, isolate: (slab: Volume) => LungMask): LungMask {
  const [slices, rows, columns] = volume.shape;
  const mask = maskInSlabs(volume, isolate);
  for (let from = 0; from < slices; from += slabSlices) {
    const to = Math.min(slices, from + slabSlices);
    mask.add(from, volume.voxels.subarray(from * rows * columns, to * rows * columns));
  }
  return mask.finished();
}

/**
 * The lungs of a volume by a method that looks at all slices together: of a long one, in the middle one of every few slices,
 * which then speaks for them all.
 */
export function isolateThinned(volume: Volume, isolate: (thin: Volume) => LungMask): LungMask {
  return spreadOver(volume, isolate(thinned(volume)));
}

/** The mask of a volume's thinned slices as that of all. */
export function spreadOver(header: VolumeHeader, thin: LungMask): LungMask {
  const step = thinStep(header.shape[0]);
  if (step === 1) return thin;
  const spread = (mask: BitMask): BitMask => {
    const result = emptyMask(header.shape);
    const perSlice = result.words.length / header.shape[0];
    for (let z = 0; z < header.shape[0]; z++) {
      const from = Math.min(thin.shape[0] - 1, Math.floor(z / step)) * perSlice;
      result.words.set(mask.words.subarray(from, from + perSlice), z * perSlice);
    }
    return result;
  };
  return lungMaskOfSides({ right: spread(thin.right), left: spread(thin.left) }, header, thin.warnings);
}
