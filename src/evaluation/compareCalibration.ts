import { differenceEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import { permutationOfShares } from "../statistics/permutation.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { drawsOf, observedValue, ratioStatistic } from "../statistics/statistic.ts";
import type { Items } from "./items.ts";

/**
 * The Brier score over all classes (0 … 2) of one classifier minus another's over the same items: below 0, the first one's
 * probabilities are nearer to the truth. With a 95 % interval over subjects, both resampled together, and a permutation test
 * that exchanges the two classifiers' probabilities of whole subjects.
 */
export function compareCalibration(
  first: Items,
  second: Items,
  options: { readonly resamples: number; readonly seed: number },
): { readonly difference: Estimate; readonly p: number | null } {
  const n = first.truth.length;
  if (n === 0) return { difference: noEstimate("no items that both were asked about"), p: null };
  const { subjectOf, subjects } = first;
  const errors = [squaredErrors(first), squaredErrors(second)] as const;
  const [gained, counted] = [new Float64Array(subjects), new Float64Array(subjects)];
  for (let i = 0; i < n; i++) {
    gained[subjectOf[i]] += errors[0][i] - errors[1][i];
    counted[subjectOf[i]]++;
  }
  const statistic = ratioStatistic(gained, counted);
  const draws = drawsOf(statistic, resampleSubjects(subjects, options));
  return {
    difference: differenceEstimate(observedValue(statistic), n, subjects, draws),
    p: permutationOfShares(...errors, subjectOf, options).p,
  };
}

/** Of each item, the sum over classes of (probability − truth)². */
function squaredErrors({ classes, scores, truth }: Items): Float64Array {
  return Float64Array.from(truth, (true_, i) =>
    classes.reduce((sum, _, k) => sum + (scores[k][i] - Number(k === true_)) ** 2, 0),
  );
}
