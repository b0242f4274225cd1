import { z } from "zod";
import { percentileInterval, type Resampling } from "../statistics/resampling.ts";
import { type Interval, z95 } from "../statistics/wilson.ts";
import { type BinnedSums, type BinTotals, binSums, resampleBins, totalsOf } from "./binnedSums.ts";
import type { Items } from "./items.ts";

export const decisionTableSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        class: z.string(),
        points: z
          .array(
            z.strictObject({
              /** Who is called positive: all with at least this probability. */
              threshold: z.number(),
              /** Right calls minus wrong ones at the threshold's exchange rate, for each item. */
              netBenefit: z.number(),
              low: z.number().nullable(),
              high: z.number().nullable(),
              /** Of calling all positive; of calling none it is 0. */
              all: z.number(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

/** What acting on the probabilities is worth, by the threshold at which one acts. */
export type DecisionTable = z.infer<typeof decisionTableSchema>;

const bins = 100;

/**
 * The decision curve of each class against the rest at thresholds of 1 … 99 %, with 95 % intervals over subjects, by
 * resampling or, of many, by standard errors. The share of the class in the set counts as it is.
 * @source Vickers and Elkin 2006, Decision curve analysis.
 */
export function decisionTable(items: Items, resampling: Resampling): DecisionTable {
  if (items.truth.length === 0) return { rows: [] };
  const thresholds = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const rows = items.classes.map((name, k) => {
    const positive = Uint8Array.from(items.truth, (truth) => Number(truth === k));
    const sums = binSums(items, items.scores[k], positive, bins);
    const { values, intervals } = withIntervals(sums, resampling);
    const prevalence = positive.reduce((sum, one) => sum + one, 0) / positive.length;
    const points = thresholds.map((threshold, t) => {
      const interval = intervals[t];
      return {
        threshold,
        netBenefit: values[t],
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        all: prevalence - ((1 - prevalence) * threshold) / (1 - threshold),
      };
    });
    return { class: name, points };
  });
  return { rows };
}

/** The net benefit at each threshold from the bins' sums, [bins − 1]. */
function benefits({ count, positive }: BinTotals): Float64Array {
  const n = count.reduce((sum, one) => sum + one, 0);
  const benefit = new Float64Array(bins - 1);
  let [right, wrong] = [0, 0];
  for (let b = bins - 1; b > 0; b--) {
    right += positive[b];
    wrong += count[b] - positive[b];
    benefit[b - 1] = (right - (wrong * b) / (bins - b)) / n;
  }
  return benefit;
}

/** With more subjects than this the mean of their benefits is as good as normal, and resampling would only cost time. */
const mostResampled = 500;

function withIntervals(
  sums: BinnedSums,
  resampling: Resampling,
): { values: ArrayLike<number>; intervals: readonly (Interval | null)[] } {
  const { subjects } = resampling;
  if (subjects > mostResampled) return normalIntervals(sums, subjects);
  const { values, draws } = resampleBins(sums, resampling, benefits);
  return {
    values,
    intervals: draws.map(({ resampled }) => (subjects < 2 ? null : percentileInterval(resampled))),
  };
}

/** Value ± 1.96 standard errors of a ratio of subjects' sums. @source Cochran 1977, Sampling techniques, section 6.3. */
function normalIntervals(sums: BinnedSums, subjects: number) {
  const values = benefits(totalsOf(sums, new Uint16Array(subjects).fill(1)));
  const own = new Float64Array(subjects * bins);
  const items = new Float64Array(subjects);
  for (let entry = 0; entry < sums.subject.length; entry++) {
    const [subject, bin] = [sums.subject[entry], sums.bin[entry]];
    const [count, positive] = [sums.count[entry], sums.positive[entry]];
    items[subject] += count;
    for (let b = 1; b <= bin; b++) own[subject * bins + b] += positive - ((count - positive) * b) / (bins - b);
  }
  const n = items.reduce((sum, count) => sum + count, 0);
  const intervals = Array.from(values, (value, t) => {
    let squares = 0;
    for (let s = 0; s < subjects; s++) squares += (own[s * bins + t + 1] - value * items[s]) ** 2;
    const half = (z95 * Math.sqrt(squares)) / n;
    return { low: value - half, high: value + half };
  });
  return { values, intervals };
}
