import { countOf } from "../lungs/bitMask.ts";
import type { LungGrid } from "./lungGrid.ts";

/** A slice belongs to the lungs' height where it has more than this share of the largest slice's lung. */
const enough = 0.02;

/** Where each slice of the grid stands within the lungs. */
export interface LungHeights {
  readonly lowest: number;
  readonly highest: number;
  /** 0 at the lungs' lowest end, 1 at their highest, by the middle of slice z; never beyond. */
  levelOf(z: number): number;
}

/** The height of both lungs together, so that a level means the same place on both sides. */
export function lungHeights({ lungs, shape }: Pick<LungGrid, "lungs" | "shape">): LungHeights {
  const counts = Array.from({ length: shape[0] }, (_, z) => countOf(lungs, z));
  const least = enough * Math.max(...counts);
  const lowest = Math.max(
    0,
    counts.findIndex((count) => count > least),
  );
  const highest = Math.max(
    lowest,
    counts.findLastIndex((count) => count > least),
  );
  const height = highest - lowest + 1;
  return { lowest, highest, levelOf: (z) => Math.max(0, Math.min(1, (z - lowest + 0.5) / height)) };
}
