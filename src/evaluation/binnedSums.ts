import type { Items } from "./items.ts";

/**
 * Probabilities sorted into equal bins of 0 … 1, summed for each subject: enough for calibration and for decisions at the
 * bins' edges, in any resample, without looking at the items again.
 */
export interface BinnedSums {
  readonly bins: number;
  /** One entry for each subject and bin that occurs. */
  readonly subject: Int32Array;
  readonly bin: Uint16Array;
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
  const entryOf = new Map<number, number>();
  const entries: number[] = [];
  const at = new Int32Array(probabilities.length);
  for (let i = 0; i < at.length; i++) {
    const key = subjectOf[i] * bins + binOf(probabilities[i], bins);
    let entry = entryOf.get(key);
    if (entry === undefined) {
      entry = entries.length;
      entryOf.set(key, entry);
      entries.push(key);
    }
    at[i] = entry;
  }
  const sums = {
    bins,
    subject: Int32Array.from(entries, (key) => Math.floor(key / bins)),
    bin: Uint16Array.from(entries, (key) => key % bins),
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
  const { subject, bin } = sums;
  for (let entry = 0; entry < subject.length; entry++) {
    const weight = weights[subject[entry]];
    if (weight === 0) continue;
    const b = bin[entry];
    totals.count[b] += weight * sums.count[entry];
    totals.probability[b] += weight * sums.probability[entry];
    totals.positive[b] += weight * sums.positive[entry];
  }
  return totals;
}

/** Σ weight · value over subjects. */
export function weightedSum(values: Float64Array, weights: Uint16Array): number {
  let sum = 0;
  for (let s = 0; s < values.length; s++) sum += weights[s] * values[s];
  return sum;
}
