import { and, andNot, type BitMask, countOf, emptyMask, maskOfBytes, or } from "../lungs/bitMask.ts";
import { convexHull } from "../lungs/convexHull.ts";
import { leftLung, rightLung } from "../lungs/lungMask.ts";
import { discOf, erode } from "../lungs/morphology.ts";
import type { LungGrid } from "./lungGrid.ts";

/** Peripheral is the outer third, as radiologists say it. */
const outerShare = 1 / 3;
/** No place of a lung is deeper than this; the deepest is found to this. */
const deepestMm = 128;
const exactMm = 2;

/**
 * The peripheral part of the lungs: no further below the ribs, in their slice, than a third of the deepest place of that lung.
 * Depth counts from the outline around both lungs, so the side of the heart is central, and so is what lies on the dome of
 * the diaphragm.
 */
export function peripheralLung({ lungs, side, shape, spacingMm }: LungGrid): BitMask {
  const hull = convexHull(lungs);
  const deeperThan = (lung: BitMask, mm: number) => and(erode(hull, discOf(mm, spacingMm)), lung);
  let peripheral = emptyMask(shape);
  for (const label of [rightLung, leftLung]) {
    const lung = maskOfBytes(side, shape, label);
    let [low, high] = [0, deepestMm];
    while (high - low > exactMm) {
      const middle = (low + high) / 2;
      if (countOf(deeperThan(lung, middle)) > 0) low = middle;
      else high = middle;
    }
    peripheral = or(peripheral, andNot(lung, deeperThan(lung, outerShare * low)));
  }
  return peripheral;
}
