import { z } from "zod";
import { percentileInterval, type Resampling } from "../statistics/resampling.ts";
import { type BinTotals, binSums, resampleBins } from "./binnedSums.ts";
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
 * The decision curve of each class against the rest at thresholds of 1 … 99 %, with 95 % intervals over subjects. The share
 * of the class in the set counts as it is.
 * @source Vickers and Elkin 2006, Decision curve analysis.
 */
export function decisionTable(items: Items, resampling: Resampling): DecisionTable {
  if (items.truth.length === 0) return { rows: [] };
  const thresholds = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const rows = items.classes.map((name, k) => {
    const positive = Uint8Array.from(items.truth, (truth) => Number(truth === k));
    const sums = binSums(items, items.scores[k], positive, bins);
    const { values, draws } = resampleBins(sums, resampling, benefits);
    const prevalence = positive.reduce((sum, one) => sum + one, 0) / positive.length;
    const points = thresholds.map((threshold, t) => {
      const interval = items.subjects < 2 ? null : percentileInterval(draws[t].resampled);
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
