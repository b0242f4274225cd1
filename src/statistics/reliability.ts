import type { Statistic, SubjectWeights } from "./statistic.ts";
import { type Interval, wilsonInterval } from "./wilson.ts";

/** One bin of a reliability diagram. */
export interface ReliabilityBin extends Interval {
  /** The bin's edges. */
  readonly from: number;
  readonly to: number;
  /** Items in it; bins without any are left out. */
  readonly n: number;
  readonly meanProbability: number;
  /** Share of them that came true; low … high is Wilson's 95 % interval, which takes items as independent. */
  readonly share: number;
}

/**
 * Stated probabilities against what came true, in equal bins of 0 … 1. probabilities: of being positive; positive: 1 or 0.
 * An edge belongs to the bin above it, 1 to the last.
 */
export function reliabilityBins(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<number>,
  options: { readonly bins?: number } = {},
): ReliabilityBin[] {
  const { bins = 10 } = options;
  const { count, probability, right } = binnedSums(probabilities, positive, bins);
  return Array.from(count).flatMap((n, b) => {
    if (n === 0) return [];
    const share = right[b] / n;
    return {
      from: b / bins,
      to: (b + 1) / bins,
      n,
      meanProbability: probability[b] / n,
      share,
      ...wilsonInterval(share, n),
    };
  });
}

/**
 * The expected calibration error: how far the bins' mean probabilities lie from their shares of positives, weighted by
 * their items. It cannot be below what chance makes of few items.
 * @source Naeini et al. 2015, Obtaining well calibrated probabilities using Bayesian binning; Guo et al. 2017.
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<number>,
  options: { readonly bins?: number } = {},
): number {
  const { bins = 10 } = options;
  const { probability, right } = binnedSums(probabilities, positive, bins);
  return distanceOf(probability, right) / probabilities.length;
}

/** `calibrationError` for any weights of the subjects, for its interval. cluster: the item's subject, 0 … subjects − 1. */
export function calibrationErrorStatistic(
  items: {
    readonly probabilities: ArrayLike<number>;
    readonly positive: ArrayLike<number>;
    readonly cluster: ArrayLike<number>;
    readonly subjects: number;
  },
  options: { readonly bins?: number } = {},
): Statistic {
  const { bins = 10 } = options;
  const { probabilities, positive, cluster, subjects } = items;
  /** probability − truth, summed in each subject's bins; and each subject's items. */
  const excess = new Float64Array(subjects * bins);
  const count = new Float64Array(subjects);
  for (let i = 0; i < probabilities.length; i++) {
    excess[cluster[i] * bins + binOf(probabilities[i], bins)] += probabilities[i] - positive[i];
    count[cluster[i]]++;
  }
  const totals = (weights: SubjectWeights | null) => {
    const sums = new Float64Array(bins);
    let n = 0;
    for (let s = 0, at = 0; s < subjects; s++, at += bins) {
      const weight = weights === null ? 1 : weights[s];
      n += weight * count[s];
      for (let b = 0; b < bins; b++) sums[b] += weight * excess[at + b];
    }
    return { sums, n };
  };
  return {
    subjects,
    value: (weights) => {
      const { sums, n } = totals(weights);
      return n === 0 ? Number.NaN : sums.reduce((sum, one) => sum + Math.abs(one), 0) / n;
    },
    jackknife: () => {
      const { sums, n } = totals(null);
      return count.map((own, s) => {
        let distance = 0;
        for (let b = 0; b < bins; b++) distance += Math.abs(sums[b] - excess[s * bins + b]);
        return n === own ? Number.NaN : distance / (n - own);
      });
    },
  };
}

function distanceOf(probability: Float64Array, right: Float64Array): number {
  return probability.reduce((sum, stated, b) => sum + Math.abs(stated - right[b]), 0);
}

function binnedSums(probabilities: ArrayLike<number>, positive: ArrayLike<number>, bins: number) {
  const count = new Float64Array(bins);
  const probability = new Float64Array(bins);
  const right = new Float64Array(bins);
  for (let i = 0; i < probabilities.length; i++) {
    const b = binOf(probabilities[i], bins);
    count[b]++;
    probability[b] += probabilities[i];
    right[b] += positive[i];
  }
  return { count, probability, right };
}

/** The ten decimals that arithmetic leaves sure decide at an edge. */
function binOf(probability: number, bins: number): number {
  return Math.min(bins - 1, Math.floor(probability * bins + 1e-10));
}
