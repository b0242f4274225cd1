import { type Resampling, weightsOf } from "../statistics/resampling.ts";
import type { Items } from "./items.ts";
import { type ResampledValues, resampleValues } from "./resampleValues.ts";

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

/** Sums by bin, [bins] each. */
export interface BinTotals {
  readonly count: Float64Array;
  readonly probability: Float64Array;
  readonly positive: Float64Array;
  /** Over all bins. */
  readonly squaredError: number;
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
  return totalsOfFour(sums, [weights, weights, weights, weights])[0];
}

/** Numbers that follow from the sums by bin, in every resample and, of few subjects, without each subject. */
export function resampleBins(
  sums: BinnedSums,
  resampling: Resampling,
  valuesOf: (totals: BinTotals) => ArrayLike<number>,
): ResampledValues {
  const last = resampling.resamples - 1;
  let four: BinTotals[] = [];
  return resampleValues((weights, resample) => {
    if (resample === null) return valuesOf(totalsOf(sums, weights));
    if (resample % 4 === 0) {
      const next = [0, 1, 2, 3].map((b) => weightsOf(resampling, Math.min(resample + b, last)));
      four = totalsOfFour(sums, next);
    }
    return valuesOf(four[resample % 4]);
  }, resampling);
}

/** Four weightings at once: walking the entries costs more than what is done at each. */
function totalsOfFour(sums: BinnedSums, weights: readonly Uint16Array[]): BinTotals[] {
  const { bins, subject, starts, count, probability, positive, squaredError } = sums;
  const subjects = squaredError.length;
  const four = new Float64Array(4 * subjects);
  for (let s = 0; s < subjects; s++) for (let b = 0; b < 4; b++) four[4 * s + b] = weights[b][s];
  const totals = weights.map((own) => ({
    count: new Float64Array(bins),
    probability: new Float64Array(bins),
    positive: new Float64Array(bins),
    squaredError: weightedSum(squaredError, own),
  }));
  for (let bin = 0; bin < bins; bin++) {
    let [count0, count1, count2, count3] = [0, 0, 0, 0];
    let [stated0, stated1, stated2, stated3] = [0, 0, 0, 0];
    let [right0, right1, right2, right3] = [0, 0, 0, 0];
    for (let entry = starts[bin]; entry < starts[bin + 1]; entry++) {
      const at = 4 * subject[entry];
      const [items, stated, right] = [count[entry], probability[entry], positive[entry]];
      count0 += items * four[at];
      count1 += items * four[at + 1];
      count2 += items * four[at + 2];
      count3 += items * four[at + 3];
      stated0 += stated * four[at];
      stated1 += stated * four[at + 1];
      stated2 += stated * four[at + 2];
      stated3 += stated * four[at + 3];
      if (right === 0) continue;
      right0 += right * four[at];
      right1 += right * four[at + 1];
      right2 += right * four[at + 2];
      right3 += right * four[at + 3];
    }
    for (const [b, sum] of [count0, count1, count2, count3].entries()) totals[b].count[bin] = sum;
    for (const [b, sum] of [stated0, stated1, stated2, stated3].entries()) totals[b].probability[bin] = sum;
    for (const [b, sum] of [right0, right1, right2, right3].entries()) totals[b].positive[bin] = sum;
  }
  return totals;
}

function weightedSum(values: Float64Array, weights: Uint16Array): number {
  let sum = 0;
  for (let s = 0; s < values.length; s++) sum += weights[s] * values[s];
  return sum;
}
