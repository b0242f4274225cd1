import { z } from "zod";
import { bootstrapEstimate, type Estimate, estimateSchema } from "../statistics/estimate.ts";
import { averagePrecisionStatistic, precisionRecall } from "../statistics/precisionRecall.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { jackknifeValues, observedValue, type Statistic } from "../statistics/statistic.ts";
import { z95 } from "../statistics/wilson.ts";
import type { Items } from "./items.ts";

export const precisionRecallTableSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        class: z.string(),
        /** The mean of precision over recall, as a sum over the steps of the curve. */
        averagePrecision: estimateSchema,
        /** The class's share of the items: what a classifier that knows nothing would reach. */
        prevalence: z.number().nullable(),
        points: z
          .array(z.strictObject({ recall: z.number(), precision: z.number(), threshold: z.number() }))
          .readonly(),
      }),
    )
    .readonly(),
});

/** Precision against recall of each class. */
export type PrecisionRecallTable = z.infer<typeof precisionRecallTableSchema>;
type Point = PrecisionRecallTable["rows"][number]["points"][number];

/** Precision–recall curve and average precision of each class against the rest, with 95 % intervals over subjects. */
export function precisionRecallTable(
  items: Items,
  resampling: Resampling,
  what: "images" | "studies",
): PrecisionRecallTable {
  const n = items.truth.length;
  return {
    rows: items.classes.map((name, k) => {
      const positive = Uint8Array.from(items.truth, (truth) => Number(truth === k));
      const positives = positive.reduce((sum, one) => sum + one, 0);
      const { subjectOf: cluster, subjects } = items;
      const averagePrecision = averagePrecisionStatistic({ scores: items.scores[k], positive, cluster, subjects });
      return {
        class: name,
        averagePrecision:
          subjects > mostResampled && positives > 0
            ? byJackknife(averagePrecision, n)
            : bootstrapEstimate(averagePrecision, { n, resampling, absent: `no ${what} of ${name}` }),
        prevalence: n === 0 ? null : positives / n,
        points: curveOf(items.scores[k], positive),
      };
    }),
  };
}

/** With more subjects than this the mean is as good as normal, and resampling would only cost time. */
const mostResampled = 500;

/** Value ± 1.96 of the jackknife's standard errors. @source Efron and Tibshirani 1993, chapter 11. */
function byJackknife(statistic: Statistic, n: number): Estimate {
  const { subjects } = statistic;
  const value = observedValue(statistic);
  const without = jackknifeValues(statistic);
  const mean = without.reduce((sum, one) => sum + one, 0) / subjects;
  const squares = without.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const half = z95 * Math.sqrt(((subjects - 1) / subjects) * squares);
  const [low, high] = [Math.max(0, value - half), Math.min(1, value + half)];
  return { value, n, subjects, low, high, method: "asymptotic" };
}

const mostPoints = 300;

/** The curve from the highest threshold down, thinned to one point for each small step of recall. */
function curveOf(scores: Float64Array, positive: Uint8Array): Point[] {
  const { points } = precisionRecall(scores, positive);
  const piece = ({ recall }: Point) => Math.floor(recall * mostPoints);
  if (points.length <= mostPoints) return points;
  return points.filter((point, i) => i === 0 || i === points.length - 1 || piece(points[i + 1]) !== piece(point));
}
