import type { Items } from "./items.ts";

/**
 * Probabilities sorted into equal bins of 0 … 1, summed for each subject: enough for calibration and for decisions at the
 * bins' edges, in any resample, without looking at the items again.
 */
export interface BinnedSums {
  readonly bins: number;
  /** One entry for each subject and bin that occurs, bin after bin. */
  readonly subject: Int32Array;
  readonly bin: Uint16Array;
  /** Where each bin's entries begin, and the end of the last, [bins + 1]. */
  readonly starts: Uint32Array;
  readonly count: Float64Array;
  /** Sum of the probabilities. */
  readonly probability: Float64Array;
  /** How many are positive. */
  readonly positive: Float64Array;
  /** Of each subject, the sum of (probability − truth)². */
  readonly squaredError: Float64Array;
}

/** Sums by bin: [bins] each. */
export interface BinTotals {
  readonly count: Float64Array;
  readonly probability: Float64Array;
  readonly positive: Float64Array;
}

/** Probabilities and what came true, as sums. Of a probability on an edge the bin above counts; 1 belongs to the last. */
export function binSums(
  { subjectOf, subjects }: Pick<Items, "subjectOf" | "subjects">,
  probabilities: Float64Array,
  positive: Uint8Array,
  bins: number,
): BinnedSums {
  const keys = Float64Array.from(probabilities, (p, i) => binOf(p, bins) * subjects + subjectOf[i]);
  const entries = [...new Set(keys)].sort((one, other) => one - other);
  const entryOf = new Map(entries.map((key, entry) => [key, entry]));
  const at = Int32Array.from(keys, (key) => entryOf.get(key) ?? 0);
  const bin = Uint16Array.from(entries, (key) => Math.floor(key / subjects));
  const sums = {
    bins,
    subject: Int32Array.from(entries, (key) => key % subjects),
    bin,
    starts: startsOf(bin, bins),
    count: new Float64Array(entries.length),
    probability: new Float64Array(entries.length),
    positive: new Float64Array(entries.length),
    squaredError: new Float64Array(subjects),
  };
  for (let i = 0; i < at.length; i++) {
    sums.count[at[i]]++;
    sums.probability[at[i]] += probabilities[i];
    sums.positive[at[i]] += positive[i];
    sums.squaredError[subjectOf[i]] += (probabilities[i] - positive[i]) ** 2;
  }
  return sums;
}

/** Where each bin begins in a list of bins that never falls, and the list's length. */
function startsOf(sorted: Uint16Array, bins: number): Uint32Array {
  const starts = new Uint32Array(bins + 1);
  for (const bin of sorted) starts[bin + 1]++;
  for (let b = 0; b < bins; b++) starts[b + 1] += starts[b];
  return starts;
}

/** The bin of a probability; the ten decimals that arithmetic leaves sure decide at an edge. */
function binOf(probability: number, bins: number): number {
  return Math.min(bins - 1, Math.floor(probability * bins + 1e-10));
}

/** The sums by bin with each subject counted as its weight says. */
export function totalsOf(sums: BinnedSums, weights: Uint16Array): BinTotals {
  const totals = {
    count: new Float64Array(sums.bins),
    probability: new Float64Array(sums.bins),
    positive: new Float64Array(sums.bins),
  };
  const { subject, starts, count, probability, positive } = sums;
  for (let b = 0; b < sums.bins; b++) {
    let [items, stated, right] = [0, 0, 0];
    for (let entry = starts[b]; entry < starts[b + 1]; entry++) {
      const weight = weights[subject[entry]];
      items += weight * count[entry];
      stated += weight * probability[entry];
      right += weight * positive[entry];
    }
    totals.count[b] = items;
    totals.probability[b] = stated;
    totals.positive[b] = right;
  }
  return totals;
}

/** Σ weight · value over subjects. */
export function weightedSum(values: Float64Array, weights: Uint16Array): number {
  let sum = 0;
  for (let s = 0; s < values.length; s++) sum += weights[s] * values[s];
  return sum;
}
