import type { Shape3, Volume } from "../study/volume.ts";
import { type BitMask, emptyMask } from "./bitMask.ts";
import { runsOf } from "./components.ts";
import { setRun } from "./rows.ts";

/** Pixels are joined in squares until they measure about so much. */
const pixelMm = 1.5;

/** A volume on a coarser grid in each slice, and masks to and fro. What needs no fine grid is several times faster there. */
export interface CoarseGrid {
  /** Means of squares of pixels; columns and rows that fill no square are left out. */
  readonly volume: Volume;
  /** Where at least half of a square is set. */
  coarse(mask: BitMask): BitMask;
  /** Each square wholly. */
  fine(mask: BitMask): BitMask;
}

/** The coarse grid of a volume; the volume itself where its pixels are coarse already. */
export function coarseGrid(volume: Volume): CoarseGrid {
  const { geometry, shape } = volume;
  const [spacingZ, spacingY, spacingX] = geometry.spacingMm;
  const side = Math.max(1, Math.round(pixelMm / Math.max(spacingY, spacingX)));
  if (side === 1) return { volume, coarse: (mask) => mask, fine: (mask) => mask };
  const small: Shape3 = [shape[0], Math.floor(shape[1] / side), Math.floor(shape[2] / side)];
  return {
    volume: {
      ...volume,
      voxels: means(volume.voxels, { shape, small, side }),
      shape: small,
      geometry: { ...geometry, spacingMm: [spacingZ, spacingY * side, spacingX * side] },
    },
    coarse: (mask) => halfSet(mask, small, side),
    fine: (mask) => spread(mask, shape, side),
  };
}

function means(
  voxels: Int16Array,
  { shape, small, side }: { readonly shape: Shape3; readonly small: Shape3; readonly side: number },
): Int16Array {
  const [slices, rows, columns] = small;
  const result = new Int16Array(slices * rows * columns);
  const sums = new Int32Array(columns);
  const share = 1 / (side * side);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      sums.fill(0);
      for (let dy = 0; dy < side; dy++) {
        let at = (z * shape[1] + y * side + dy) * shape[2];
        for (let x = 0; x < columns; x++) {
          // Two is the usual side, and half as fast in a loop.
          let sum = voxels[at] as number;
          if (side === 2) sum += voxels[at + 1] as number;
          else for (let dx = 1; dx < side; dx++) sum += voxels[at + dx] as number;
          sums[x] = (sums[x] as number) + sum;
          at += side;
        }
      }
      const row = (z * rows + y) * columns;
      for (let x = 0; x < columns; x++) result[row + x] = Math.round((sums[x] as number) * share);
    }
  }
  return result;
}

function halfSet(mask: BitMask, small: Shape3, side: number): BitMask {
  const [slices, rows, columns] = small;
  const result = emptyMask(small);
  const { words, rowWords, shape } = mask;
  const counts = new Uint8Array(columns + 1);
  const enough = (side * side) / 2;
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      counts.fill(0);
      let isEmpty = true;
      for (let dy = 0; dy < side; dy++) {
        const row = (z * shape[1] + y * side + dy) * rowWords;
        for (let w = 0; w < rowWords; w++) {
          let bits = words[row + w] as number;
          if (bits === 0) continue;
          isEmpty = false;
          for (; bits !== 0; bits &= bits - 1) {
            const x = Math.floor((w * 32 + 31 - Math.clz32(bits & -bits)) / side);
            counts[x] = (counts[x] as number) + 1;
          }
        }
      }
      if (isEmpty) continue;
      const at = (z * rows + y) * result.rowWords;
      for (let x = 0; x < columns; x++) {
        if ((counts[x] as number) < enough) continue;
        result.words[at + (x >> 5)] = (result.words[at + (x >> 5)] as number) | (1 << (x & 31));
      }
    }
  }
  return result;
}

function spread(mask: BitMask, shape: Shape3, side: number): BitMask {
  const result = emptyMask(shape);
  const rows = mask.shape[1];
  const { rowRuns, runStart, runEnd } = runsOf(mask);
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    const z = Math.floor(row / rows);
    const first = z * shape[1] + (row - z * rows) * side;
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const wide = { start: (runStart[run] as number) * side, end: (runEnd[run] as number) * side };
      for (let dy = 0; dy < side; dy++) setRun(result, first + dy, wide);
    }
  }
  return result;
}
