import { z } from "zod";
import { bootstrapEstimate, estimateSchema } from "../statistics/estimate.ts";
import { averagePrecisionStatistic, precisionRecall } from "../statistics/precisionRecall.ts";
import type { Resampling } from "../statistics/resampling.ts";
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
        averagePrecision: bootstrapEstimate(averagePrecision, { n, resampling, absent: `no ${what} of ${name}` }),
        prevalence: n === 0 ? null : positives / n,
        points: curveOf(items.scores[k], positive),
      };
    }),
  };
}

const mostPoints = 300;

/** The curve from the highest threshold down, thinned to one point for each small step of recall. */
function curveOf(scores: Float64Array, positive: Uint8Array): Point[] {
  const { points } = precisionRecall(scores, positive);
  const piece = ({ recall }: Point) => Math.floor(recall * mostPoints);
  if (points.length <= mostPoints) return points;
  return points.filter((point, i) => i === 0 || i === points.length - 1 || piece(points[i + 1]) !== piece(point));
}
