import { convexHull } from "../lungs/convexHull.ts";
import { distanceMm } from "../lungs/distance.ts";
import type { LungGrid } from "./lungGrid.ts";

/** Peripheral is the outer third, as radiologists say it. */
const outerShare = 1 / 3;

/**
 * Which blocks of the lungs are peripheral, 1 or 0: no further below the ribs, in their slice, than a third of the deepest
 * place of that lung. Depth counts from the outline around both lungs, so the side of the heart is central, and so is what lies on
 * the dome of the diaphragm.
 */
export function peripheralLung({ lungs, side, spacingMm }: LungGrid): Uint8Array {
  const depths = distanceMm(convexHull(lungs), spacingMm, { within: "slice" });
  const deepest = [0, 0, 0];
  for (let i = 0; i < side.length; i++) {
    const lung = side[i] as number;
    if (lung > 0) deepest[lung] = Math.max(deepest[lung] as number, depths[i] as number);
  }
  return side.map((lung, i) => (lung > 0 && (depths[i] as number) <= outerShare * (deepest[lung] as number) ? 1 : 0));
}
