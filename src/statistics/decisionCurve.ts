import { ascending } from "./ascending.ts";

/** What acting at a threshold is worth. */
export interface DecisionPoint {
  /** Who is treated: all with at least this probability, 0 … 1. */
  readonly threshold: number;
  /** True positives less false positives at the threshold's exchange rate, for each item. */
  readonly netBenefit: number;
  /** Of treating everybody; of treating nobody it is 0. */
  readonly all: number;
}

/**
 * The decision curve: net benefit at each threshold, against treating all or none. probabilities: of being positive;
 * positive: 1 or 0; thresholds: below 1.
 * @source Vickers and Elkin 2006, Decision curve analysis: a novel method for evaluating prediction models.
 */
export function decisionCurve(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<number>,
  thresholds: readonly number[],
): DecisionPoint[] {
  const n = probabilities.length;
  const order = ascending(probabilities);
  /** Positives from each place of the order to its end. */
  const positivesFrom = new Float64Array(n + 1);
  for (let i = n - 1; i >= 0; i--) positivesFrom[i] = positivesFrom[i + 1] + positive[order[i]];
  const benefit = (from: number, threshold: number) => {
    const right = positivesFrom[from];
    return (right - ((n - from - right) * threshold) / (1 - threshold)) / n;
  };
  return thresholds.map((threshold) => {
    let [from, to] = [0, n];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (probabilities[order[middle]] < threshold) from = middle + 1;
      else to = middle;
    }
    return { threshold, netBenefit: benefit(from, threshold), all: benefit(0, threshold) };
  });
}
