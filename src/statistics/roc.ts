import { ascending } from "./ascending.ts";

/** A point of an ROC curve: what is called positive when the score is at least the threshold. */
export interface RocPoint {
  /** 1 − specificity. */
  readonly falsePositiveRate: number;
  readonly sensitivity: number;
  /** null at the origin, where nothing is positive. */
  readonly threshold: number | null;
}

/**
 * The ROC curve, from (0, 0) to (1, 1); points on a straight line between their neighbours are left out. Empty if there
 * is no positive or no negative. scores, positive: one for each item; positive is 1 or 0.
 */
export function rocCurve(scores: Float64Array, positive: Uint8Array): RocPoint[] {
  const positives = positive.reduce((sum, one) => sum + one, 0);
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const order = ascending(scores);
  const steps: Step[] = [{ right: 0, wrong: 0, threshold: null }];
  let [right, wrong] = [0, 0];
  for (let i = order.length - 1; i >= 0; i--) {
    if (positive[order[i]] === 1) right++;
    else wrong++;
    if (i > 0 && scores[order[i - 1]] === scores[order[i]]) continue;
    const step = { right, wrong, threshold: scores[order[i]] };
    const [before, last] = [steps.at(-2), steps.at(-1)];
    if (before !== undefined && last !== undefined && isStraight(before, last, step)) steps.pop();
    steps.push(step);
  }
  return steps.map((step) => ({
    falsePositiveRate: step.wrong / negatives,
    sensitivity: step.right / positives,
    threshold: step.threshold,
  }));
}

/**
 * At most about `most` points of a curve, its ends among them: the last point of each of equal pieces of the way from
 * (0, 0) to (1, 1), so that no point left out is further than 2 / most from one that is kept.
 */
export function thinCurve(points: readonly RocPoint[], most = 400): RocPoint[] {
  if (points.length <= most) return [...points];
  const piece = (point: RocPoint) => Math.floor(((point.falsePositiveRate + point.sensitivity) / 2) * (most - 2));
  return points.filter((point, i) => i === 0 || i === points.length - 1 || piece(points[i + 1]) !== piece(point));
}

interface Step {
  readonly right: number;
  readonly wrong: number;
  readonly threshold: number | null;
}

function isStraight(a: Step, b: Step, c: Step): boolean {
  return (b.right - a.right) * (c.wrong - b.wrong) === (c.right - b.right) * (b.wrong - a.wrong);
}
