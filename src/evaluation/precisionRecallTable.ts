import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { orderByScore } from "../statistics/roc.ts";
import type { Items } from "./items.ts";
import { resampleValues } from "./resampleValues.ts";
import { valueEstimate } from "./valueEstimate.ts";

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
      const walk = descend(items, k);
      const values = resampleValues((weights) => [averagePrecisionOf(walk, weights)], resampling);
      const positives = items.truth.reduce((sum, truth) => sum + Number(truth === k), 0);
      return {
        class: name,
        averagePrecision: valueEstimate(values, 0, { n, subjects: items.subjects }, `no ${what} of ${name}`),
        prevalence: n === 0 ? null : positives / n,
        points: curveOf(walk, positives),
      };
    }),
  };
}

/** Items from the highest score to the lowest. */
interface Descent {
  readonly subject: Int32Array;
  readonly positive: Uint8Array;
  /** 1 where the next score is lower. */
  readonly endsTie: Uint8Array;
  readonly score: Float64Array;
}

function descend(items: Items, k: number): Descent {
  const scores = items.scores[k];
  const order = orderByScore(scores).reverse();
  const score = Float64Array.from(order, (item) => scores[item]);
  return {
    subject: Int32Array.from(order, (item) => items.subjectOf[item]),
    positive: Uint8Array.from(order, (item) => Number(items.truth[item] === k)),
    endsTie: Uint8Array.from(order, (_, i) => Number(i === order.length - 1 || score[i] !== score[i + 1])),
    score,
  };
}

/** The sum over thresholds of precision times the recall gained there; NaN without a positive. */
function averagePrecisionOf({ subject, positive, endsTie }: Descent, weights: Uint16Array): number {
  let [right, wrong, gained, sum] = [0, 0, 0, 0];
  for (let i = 0; i < subject.length; i++) {
    const weight = weights[subject[i]];
    if (positive[i] === 1) gained += weight;
    else wrong += weight;
    if (endsTie[i] === 0 || gained === 0) continue;
    right += gained;
    sum += (gained * right) / (right + wrong);
    gained = 0;
  }
  return right === 0 ? Number.NaN : sum / right;
}

const mostPoints = 300;

/** The curve from the highest threshold down, thinned to one point for each small step of recall. */
function curveOf({ positive, endsTie, score }: Descent, positives: number): Point[] {
  if (positives === 0) return [];
  const points: Point[] = [];
  let right = 0;
  for (let i = 0; i < positive.length; i++) {
    right += positive[i];
    if (endsTie[i] === 1) points.push({ recall: right / positives, precision: right / (i + 1), threshold: score[i] });
  }
  const piece = ({ recall }: Point) => Math.floor(recall * mostPoints);
  if (points.length <= mostPoints) return points;
  return points.filter((point, i) => i === 0 || i === points.length - 1 || piece(points[i + 1]) !== piece(point));
}
