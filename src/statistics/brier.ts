import { ratioStatistic, type Statistic } from "./statistic.ts";

/** A Brier score and what it is made of: score = reliability − resolution + uncertainty. */
export interface Brier {
  /** Mean of (probability − truth)², 0 … 1, less is better. */
  readonly score: number;
  /** How far stated probabilities lie from what came true where they were stated; 0 is best. */
  readonly reliability: number;
  /** How far what came true differs between stated probabilities; more is better. */
  readonly resolution: number;
  /** What stating the prevalence alone would score. */
  readonly uncertainty: number;
}

/**
 * The Brier score of probabilities of being positive, with its decomposition over the distinct probabilities, which is
 * exact. positive: 1 or 0 for each item. NaN without items.
 * @source Brier 1950, Verification of forecasts expressed in terms of probability; Murphy 1973, A new vector partition of
 * the probability score.
 */
export function brier(probabilities: ArrayLike<number>, positive: ArrayLike<number>): Brier {
  const n = probabilities.length;
  const stated = new Map<number, { count: number; right: number }>();
  let [squares, positives] = [0, 0];
  for (let i = 0; i < n; i++) {
    const group = stated.get(probabilities[i]) ?? { count: 0, right: 0 };
    stated.set(probabilities[i], group);
    group.count++;
    group.right += positive[i];
    positives += positive[i];
    squares += (probabilities[i] - positive[i]) ** 2;
  }
  const prevalence = positives / n;
  let [reliability, resolution] = [0, 0];
  for (const [probability, { count, right }] of stated) {
    reliability += (count / n) * (probability - right / count) ** 2;
    resolution += (count / n) * (right / count - prevalence) ** 2;
  }
  return { score: squares / n, reliability, resolution, uncertainty: prevalence * (1 - prevalence) };
}

/** The Brier score for any weights of the subjects, for its interval. cluster: the item's subject, 0 … subjects − 1. */
export function brierStatistic(items: {
  readonly probabilities: ArrayLike<number>;
  readonly positive: ArrayLike<number>;
  readonly cluster: ArrayLike<number>;
  readonly subjects: number;
}): Statistic {
  const squares = new Float64Array(items.subjects);
  const counts = new Float64Array(items.subjects);
  for (let i = 0; i < items.cluster.length; i++) {
    squares[items.cluster[i]] += (items.probabilities[i] - items.positive[i]) ** 2;
    counts[items.cluster[i]]++;
  }
  return ratioStatistic(squares, counts);
}
