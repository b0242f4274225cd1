import { rocCurve } from "./roc.ts";

/** An area under a part of the ROC curve. */
export interface PartialAuc {
  /** From 0 to the part's width. */
  readonly area: number;
  /** The same on a scale where chance is 0.5 and perfection 1. */
  readonly corrected: number;
}

/**
 * The area under the part of the ROC curve where specificity (or sensitivity) lies within from … to, of 0 … 1; NaN without
 * a positive or a negative.
 * @source McClish 1989, Analyzing a portion of the ROC curve (the correction); the areas are pROC's.
 */
export function partialAuc(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  part: { readonly focus: "specificity" | "sensitivity"; readonly from: number; readonly to: number },
): PartialAuc {
  const curve = rocCurve(Float64Array.from(scores), Uint8Array.from(positive));
  if (curve.length === 0) return { area: Number.NaN, corrected: Number.NaN };
  const [from, to] = [Math.min(part.from, part.to), Math.max(part.from, part.to)];
  // Both ways an area under a curve that rises with x, the error on the part's axis.
  const points =
    part.focus === "specificity"
      ? curve.map((point) => ({ x: point.falsePositiveRate, y: point.sensitivity }))
      : curve.map((point) => ({ x: 1 - point.sensitivity, y: 1 - point.falsePositiveRate })).reverse();
  const [left, right] = [1 - to, 1 - from];
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    const [start, end] = [Math.max(left, a.x), Math.min(right, b.x)];
    if (end <= start) continue;
    const at = (x: number) => a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
    area += ((at(start) + at(end)) / 2) * (end - start);
  }
  const chance = (right ** 2 - left ** 2) / 2;
  const most = right - left;
  return { area, corrected: (1 + (area - chance) / (most - chance)) / 2 };
}
