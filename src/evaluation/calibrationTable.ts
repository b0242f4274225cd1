import { z } from "zod";
import { bootstrapEstimate, estimateSchema, shareEstimate } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { ratioStatistic } from "../statistics/statistic.ts";
import { type BinnedSums, type BinTotals, binSums, resampleBins, totalsOf } from "./binnedSums.ts";
import type { Items } from "./items.ts";
import type { ResampledValues } from "./resampleValues.ts";
import { type Basis, valueEstimate } from "./valueEstimate.ts";

const binSchema = z.strictObject({
  low: z.number(),
  high: z.number(),
  count: z.int(),
  meanProbability: z.number(),
  /** Share of the bin's items for which it came true. */
  share: estimateSchema,
});

const rowSchema = z.strictObject({
  /** A class against the rest; null: the most probable class, whichever it is (was it right?). */
  class: z.string().nullable(),
  /** Mean of (probability − truth)². */
  brier: estimateSchema,
  /** What the bins explain of it: brier = reliability − resolution + uncertainty + what varies within bins. */
  decomposition: z
    .strictObject({ reliability: z.number(), resolution: z.number(), uncertainty: z.number() })
    .nullable(),
  /** Expected calibration error: the bins' distances from the diagonal, weighted by their items. */
  calibrationError: estimateSchema,
  /** Only bins with items in them. */
  bins: z.array(binSchema).readonly(),
});

export const calibrationTableSchema = z.strictObject({
  binCount: z.int(),
  rows: z.array(rowSchema).readonly(),
  /** Sum over classes of (probability − truth)², 0 … 2, mean over the items. */
  brierOfAll: estimateSchema,
});

/** How far probabilities can be taken at their word. */
export type CalibrationTable = z.infer<typeof calibrationTableSchema>;
type CalibrationRow = z.infer<typeof rowSchema>;

const binCount = 10;

/**
 * Calibration of each class's probability and of the most probable class's, over ten equal bins, with 95 % intervals over
 * subjects.
 * @source Brier 1950; Murphy 1973 (the decomposition); Naeini et al. 2015 and Guo et al. 2017 (expected calibration error).
 */
export function calibrationTable(items: Items, resampling: Resampling, what: "images" | "studies"): CalibrationTable {
  const n = items.truth.length;
  const on = { n, subjects: items.subjects };
  const ofClasses = items.classes.map((_, k) => {
    const positive = Uint8Array.from(items.truth, (truth) => Number(truth === k));
    return binSums(items, items.scores[k], positive, binCount);
  });
  const rows = [
    ...ofClasses.map((sums, k) => rowOf(items.classes[k], sums, on, { resampling, what })),
    rowOf(null, topSums(items), on, { resampling, what }),
  ];
  const errors = new Float64Array(items.subjects);
  for (const { squaredError } of ofClasses)
    squaredError.forEach((own, subject) => {
      errors[subject] += own;
    });
  const brier = ratioStatistic(errors, countsOf(items));
  const brierOfAll = bootstrapEstimate(brier, { n, resampling, absent: `no ${what}` });
  return { binCount, rows, brierOfAll };
}

/** The probability of the class that is most probable, and whether it is the truth. */
function topSums(items: Items): BinnedSums {
  const top = Int32Array.from(items.truth, (_, i) => {
    let best = 0;
    for (let k = 1; k < items.classes.length; k++) if (items.scores[k][i] > items.scores[best][i]) best = k;
    return best;
  });
  const confidence = Float64Array.from(top, (k, i) => items.scores[k][i]);
  const right = Uint8Array.from(top, (k, i) => Number(k === items.truth[i]));
  return binSums(items, confidence, right, binCount);
}

function countsOf({ subjectOf, subjects }: Items): Float64Array {
  const counts = new Float64Array(subjects);
  for (const subject of subjectOf) counts[subject]++;
  return counts;
}

function rowOf(
  name: string | null,
  sums: BinnedSums,
  on: Basis,
  { resampling, what }: { resampling: Resampling; what: string },
): CalibrationRow {
  const values = resampleBins(sums, resampling, (totals) => {
    const { count, positive, squaredError } = totals;
    const n = count.reduce((sum, one) => sum + one, 0);
    const shares = count.map((bin, b) => (bin === 0 ? Number.NaN : positive[b] / bin));
    return [squaredError / n, calibrationErrorOf(totals, n), ...shares];
  });
  const totals = totalsOf(sums, new Uint16Array(on.subjects).fill(1));
  const reason = `no ${what}`;
  return {
    class: name,
    brier: valueEstimate(values, 0, on, reason),
    decomposition: on.n === 0 ? null : decompose(totals, on.n),
    calibrationError: valueEstimate(values, 1, on, reason),
    bins: binsOf(sums, totals, values),
  };
}

function calibrationErrorOf({ count, probability, positive }: BinTotals, n: number): number {
  let sum = 0;
  for (let b = 0; b < count.length; b++) sum += Math.abs(probability[b] - positive[b]);
  return sum / n;
}

function decompose({ count, probability, positive }: BinTotals, n: number) {
  const overall = positive.reduce((sum, one) => sum + one, 0) / n;
  let [reliability, resolution] = [0, 0];
  for (let b = 0; b < count.length; b++) {
    if (count[b] === 0) continue;
    reliability += (probability[b] - positive[b]) ** 2 / count[b] / n;
    resolution += (count[b] * (positive[b] / count[b] - overall) ** 2) / n;
  }
  return { reliability, resolution, uncertainty: overall * (1 - overall) };
}

function binsOf(sums: BinnedSums, totals: BinTotals, values: ResampledValues): CalibrationRow["bins"] {
  const { count, probability, positive } = totals;
  return Array.from(count).flatMap((items, b) => {
    if (items === 0) return [];
    const own = sums.count.subarray(sums.starts[b], sums.starts[b + 1]);
    const counts = { numerator: positive[b], denominator: items, subjects: own.length, mostOfOne: Math.max(...own) };
    return {
      low: b / sums.bins,
      high: (b + 1) / sums.bins,
      count: items,
      meanProbability: probability[b] / items,
      share: shareEstimate(counts, values.draws[2 + b], "nothing in this bin"),
    };
  });
}
