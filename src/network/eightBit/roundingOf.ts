import type { Rounding } from "../../graph/ops/quantise.ts";

/** The smallest and the largest number that maps are taken to have; those beyond are cut off. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** The 256 evenly spaced numbers over a range, 0 among them: padding is exact. */
export function roundingOf({ min, max }: ValueRange): Rounding {
  const [low, high] = [Math.min(min, 0), Math.max(max, 0)];
  const scale = Math.fround((high - low) / 255) || 1;
  return { scale, zeroPoint: Math.round((0 - low) / scale) };
}
