import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { addUp, classShares, countsOfSubjects, ratio } from "./confusion.ts";
import type { Items } from "./items.ts";
import { resampleValues } from "./resampleValues.ts";
import { valueEstimate } from "./valueEstimate.ts";

export const predictiveTableSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        class: z.string(),
        at: z
          .array(
            z.strictObject({
              /** The class's share among those who would be examined. */
              prevalence: z.number(),
              /** Whether that is the share in this set, and not one assumed. */
              isObserved: z.boolean(),
              /** Of those called positive, how many are. */
              positive: estimateSchema,
              /** Of those called negative, how many are. */
              negative: estimateSchema,
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

/** What a call is worth where the disease is rare or common. */
export type PredictiveTable = z.infer<typeof predictiveTableSchema>;

/** Prevalences from screening to a ward in an epidemic. */
export const usualPrevalences: readonly number[] = [0.01, 0.05, 0.1, 0.2, 0.5];

/**
 * Positive and negative predictive value of each class at several prevalences, from its sensitivity and specificity, with
 * 95 % intervals over subjects. The set's own prevalence comes first; prevalences: above 0 and below 1.
 */
export function predictiveTable(
  items: Items,
  resampling: Resampling,
  prevalences: readonly number[] = usualPrevalences,
): PredictiveTable {
  const { classes, subjects } = items;
  const counts = countsOfSubjects(items);
  const on = { n: items.truth.length, subjects };
  return {
    rows: classes.map((name, k) => {
      const [sensitivity, specificity] = classShares(classes, k, "");
      const observed = on.n === 0 ? 0 : items.truth.reduce((sum, truth) => sum + Number(truth === k), 0) / on.n;
      const all = [...(observed > 0 && observed < 1 ? [observed] : []), ...prevalences];
      const values = resampleValues((weights) => {
        const sum = addUp(counts, classes.length, weights);
        const [found, spared] = [ratio(sensitivity.of(sum)), ratio(specificity.of(sum))];
        return all.flatMap((prevalence) => valuesAt(found, spared, prevalence));
      }, resampling);
      const absent = (called: string) => (observed > 0 && observed < 1 ? called : missingKind(name, observed));
      const at = all.map((prevalence, i) => ({
        prevalence,
        isObserved: i === 0 && all.length > prevalences.length,
        positive: valueEstimate(values, 2 * i, on, absent(`none is called ${name}`)),
        negative: valueEstimate(values, 2 * i + 1, on, absent(`all are called ${name}`)),
      }));
      return { class: name, at };
    }),
  };
}

function missingKind(name: string, observed: number): string {
  return observed === 0 ? `the set holds none of ${name}` : `the set holds ${name} only`;
}

/** Bayes' rule. NaN where nobody gets the call. */
function valuesAt(sensitivity: number, specificity: number, prevalence: number): [number, number] {
  const found = sensitivity * prevalence;
  const spared = specificity * (1 - prevalence);
  return [found / (found + (1 - prevalence - spared)), spared / (spared + (prevalence - found))];
}
