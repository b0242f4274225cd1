import { normalP } from "./distributions.ts";
import { type Placements, placements } from "./placements.ts";
import { type Interval, z95 } from "./wilson.ts";

/** An area under the ROC curve with its variance and normal 95 % interval, cut at 0 and 1. */
export interface AucVariance extends Interval {
  readonly auc: number;
  readonly variance: number;
}

/** Two areas of the same items compared. */
export interface AucTest extends Interval {
  /** The first area minus the second, with the 95 % interval in low … high. */
  readonly difference: number;
  readonly variance: number;
  /** NaN where the variance is 0. */
  readonly z: number;
  /** Two-sided; 1 where the two do not differ at all. */
  readonly p: number;
}

/**
 * The area under the ROC curve of independent items with DeLong's variance.
 *
 * scores, positive: one for each item; positive is 1 or 0. The variance is NaN with fewer than two of either kind.
 * @source DeLong, DeLong and Clarke-Pearson 1988, Comparing the areas under two or more correlated ROC curves; Sun and
 * Xu 2014, Fast implementation of DeLong's algorithm.
 */
export function delongAuc(scores: ArrayLike<number>, positive: ArrayLike<number>): AucVariance {
  const one = placements(scores, positive);
  return withInterval(one.auc, aucCovariance(one, one));
}

/** Whether two scores of the same items, a and b, have different areas, by DeLong's paired test. */
export function delongTest(a: ArrayLike<number>, b: ArrayLike<number>, positive: ArrayLike<number>): AucTest {
  const [one, other] = [placements(a, positive), placements(b, positive)];
  const variance = aucCovariance(one, one) + aucCovariance(other, other) - 2 * aucCovariance(one, other);
  return testDifference(one.auc - other.auc, Math.max(0, variance));
}

/** Whether two areas of different, independent items differ, by DeLong's variances. */
export function delongUnpairedTest(one: AucVariance, other: AucVariance): AucTest {
  return testDifference(one.auc - other.auc, one.variance + other.variance);
}

/** The covariance of two areas of the same independent items. */
export function aucCovariance(one: Placements, other: Placements): number {
  return (
    covariance(one.ofPositives, other.ofPositives) / one.positives.length +
    covariance(one.ofNegatives, other.ofNegatives) / one.negatives.length
  );
}

/** An area with the normal 95 % interval that follows from its variance. */
export function withInterval(auc: number, variance: number): AucVariance {
  const half = z95 * Math.sqrt(variance);
  return { auc, variance, low: Math.max(0, auc - half), high: Math.min(1, auc + half) };
}

/** The two-sided normal test of a difference with a variance. */
export function testDifference(difference: number, variance: number): AucTest {
  const half = z95 * Math.sqrt(variance);
  // Equal scores leave rounding in the variance, not 0.
  const isCertain = variance < 1e-18;
  const z = isCertain ? Number.NaN : difference / Math.sqrt(variance);
  const p = isCertain ? (Math.abs(difference) < 1e-12 ? 1 : 0) : normalP(z);
  return { difference, variance, z, p, low: difference - half, high: difference + half };
}

function covariance(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - meanA) * (b[i] - meanB);
  return sum / (a.length - 1);
}
