import { eachRun } from "../lungs/rows.ts";
import type { MeasuredScope } from "./measureScope.ts";

/** The lungs seen from the front: how much of them a ray from front to back passes. Arrays are [rows, columns], the head on top. */
export interface CoronalMap {
  readonly shape: readonly [rows: number, columns: number];
  /** Height and width of a place. */
  readonly spacingMm: readonly [number, number];
  readonly lungMm: Float32Array;
  readonly groundGlassMm: Float32Array;
  readonly consolidationMm: Float32Array;
}

/** The depths of lung, ground glass and consolidation along each ray. The patient's right is on the left. */
export function coronalMap({ grid, affected }: Pick<MeasuredScope, "grid" | "affected">): CoronalMap {
  const [slices, rows, columns] = grid.shape;
  const [stepZ, stepY, stepX] = grid.spacingMm;
  const depths = (mask: typeof grid.lungs) => {
    const mm = new Float32Array(slices * columns);
    eachRun(mask, (start, end) => {
      const z = Math.floor(start / (rows * columns));
      for (let i = start; i < end; i++) {
        const at = (slices - 1 - z) * columns + (i % columns);
        mm[at] = (mm[at] as number) + stepY;
      }
    });
    return mm;
  };
  return {
    shape: [slices, columns],
    spacingMm: [stepZ, stepX],
    lungMm: depths(grid.lungs),
    groundGlassMm: depths(affected.groundGlass),
    consolidationMm: depths(affected.consolidation),
  };
}
