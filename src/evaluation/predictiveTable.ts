import { z } from "zod";
import { countShare, type Estimate, estimateSchema } from "../statistics/estimate.ts";
import { predictiveValueEstimates, predictiveValues } from "../statistics/predictiveValues.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { addUp, type Counts, classShares, countsOfSubjects, ratio, type Share, shareOfEach } from "./confusion.ts";
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
  const n = items.truth.length;
  const counts = countsOfSubjects(items);
  const shares = classes.map((_, k) => classShares(classes, k, "").slice(0, 2));
  const observed = classes.map((_, k) =>
    n === 0 ? 0 : items.truth.reduce((sum, one) => sum + Number(one === k), 0) / n,
  );
  const asked = observed.map((own) => [...(own > 0 && own < 1 ? [own] : []), ...prevalences]);
  const values = resampleValues((weights) => {
    const sum = addUp(counts, classes.length, weights);
    return shares.flatMap(([sensitivity, specificity], k) => {
      const [found, spared] = [ratio(sensitivity.of(sum)), ratio(specificity.of(sum))];
      return asked[k].flatMap((prevalence) => {
        const { positive, negative } = predictiveValues(found, spared, prevalence);
        return [positive, negative];
      });
    });
  }, resampling);
  let next = 0;
  return {
    rows: classes.map((name, k) => {
      const trials = shares[k].map((share) => subjectTrials(share, counts, classes.length));
      const isMixed = asked[k].length > prevalences.length;
      const estimate = (called: string, logit: Estimate) => {
        const absent = isMixed ? called : missingKind(name, observed[k]);
        return withInterval(valueEstimate(values, next++, { n, subjects }, absent), logit);
      };
      const at = asked[k].map((prevalence, i) => {
        const logit = predictiveValueEstimates(trials[0], trials[1], prevalence);
        return {
          prevalence,
          isObserved: i === 0 && isMixed,
          positive: estimate(`none is called ${name}`, logit.positive),
          negative: estimate(`all are called ${name}`, logit.negative),
        };
      });
      return { class: name, at };
    }),
  };
}

function missingKind(name: string, observed: number): string {
  return observed === 0 ? `the set holds none of ${name}` : `the set holds ${name} only`;
}

/** A share as if each subject with anything in it were one trial. */
function subjectTrials(share: Share, counts: Counts, classes: number): { successes: number; n: number } {
  const { numerators, denominators } = shareOfEach(share, counts, classes);
  const { numerator, denominator, subjects: n } = countShare(numerators, denominators);
  return { successes: denominator === 0 ? 0 : (numerator / denominator) * n, n };
}

/** The estimate, with the ends of another where all resamples are equal, as with no wrong call. */
function withInterval(estimate: Estimate, other: Estimate): Estimate {
  if (estimate.value === null || estimate.method !== "none" || estimate.subjects < 2 || other.low === null)
    return estimate;
  const { reason: _, ...known } = estimate;
  return { ...known, low: other.low, high: other.high, method: other.method };
}
