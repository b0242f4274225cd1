import { and, andNot, type BitMask, emptyMask, sliceOf } from "../lungs/bitMask.ts";
import { convexHull } from "../lungs/convexHull.ts";
import { dilate, discOf } from "../lungs/morphology.ts";
import type { LungGrid } from "./lungGrid.ts";
import { lungHeights } from "./lungHeights.ts";

/** The roots of the lungs lie between these shares of their height, and reach so far into them from what lies between. */
const rootsLevels = [0.3, 0.8] as const;
const rootsMm = 35;

/** Where the vessels of the lungs' roots run. */
export function lungRoots(grid: LungGrid): BitMask {
  const { lungs, spacingMm } = grid;
  const between = andNot(convexHull(lungs), lungs);
  const near = and(dilate(between, discOf(rootsMm, spacingMm)), lungs);
  const { levelOf } = lungHeights(grid);
  const roots = emptyMask(grid.shape);
  for (let z = 0; z < grid.shape[0]; z++) {
    const level = levelOf(z);
    if (level >= rootsLevels[0] && level < rootsLevels[1]) sliceOf(roots, z).words.set(sliceOf(near, z).words);
  }
  return roots;
}
