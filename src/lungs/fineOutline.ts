import type { Volume } from "../study/volume.ts";
import { and, andNot, type BitMask, emptyMask, limitsOf, or, wordBetween } from "./bitMask.ts";
import { type CoarseGrid, widenRow } from "./coarseGrid.ts";
import { dilate, erode } from "./morphology.ts";

/** A block and its eight neighbours in the slice. */
const around = { halfWidths: [1, 1] } as const;

/**
 * A lung found on a coarse grid, with the outline that the volume's own voxels show: where the lung's edge is aerated, air
 * decides voxel by voxel, in the blocks of the edge and those next to it. Elsewhere the lung's blocks are taken whole.
 *
 * lung, air, barred: on the coarse grid; air: what is aerated; barred: what the lung must not spread into.
 */
export function fineOutline(
  volume: Volume,
  grid: CoarseGrid,
  { lung, air, barred }: { readonly lung: BitMask; readonly air: BitMask; readonly barred: BitMask },
  edgeBelowHu: number,
): BitMask {
  const [deep, side] = grid.block;
  if (deep === 1 && side === 1) return lung;
  const edge = and(andNot(lung, erode(lung, around)), air);
  const whole = andNot(lung, edge);
  const asked = or(edge, andNot(dilate(lung, around), or(lung, barred)));
  const result = emptyMask(volume.shape);
  const { words, rowWords, shape } = result;
  const [slices, rows, columns] = shape;
  const row = emptyMask([1, 1, columns]);
  const isAsked = row.words;
  const limits = limitsOf([Number.NEGATIVE_INFINITY, edgeBelowHu]);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < lung.shape[1]; y++) {
      const from = Math.floor(z / deep) * lung.shape[1] + y;
      const first = z * rows + y * side;
      widenRow(whole, from, { target: result, row: first, side });
      for (let dy = 1; dy < side; dy++) {
        words.copyWithin((first + dy) * rowWords, first * rowWords, (first + 1) * rowWords);
      }
      isAsked.fill(0);
      widenRow(asked, from, { target: row, row: 0, side });
      for (let w = 0; w < rowWords; w++) {
        const bits = isAsked[w] as number;
        if (bits === 0) continue;
        for (let dy = 0; dy < side; dy++) {
          const at = (first + dy) * rowWords + w;
          const from = (first + dy) * columns + w * 32;
          words[at] =
            (words[at] as number) | (bits & wordBetween(volume.voxels, from, Math.min(32, columns - w * 32), limits));
        }
      }
    }
  }
  return result;
}
