import { differenceEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { drawsOf, observedValue, ratioStatistic } from "../statistics/statistic.ts";
import type { Items } from "./items.ts";

/**
 * Overall accuracy of one classifier minus another's over the same items, in −1 … 1, with a 95 % interval over subjects.
 * Both are resampled together: what is hard for both does not widen it.
 */
export function compareAccuracy(one: Items, other: Items, resampling: Resampling): Estimate {
  const n = one.truth.length;
  if (n === 0) return noEstimate("no studies");
  const gained = new Float64Array(one.subjects);
  const counted = new Float64Array(one.subjects);
  for (let i = 0; i < n; i++) {
    const subject = one.subjectOf[i];
    counted[subject]++;
    gained[subject] += Number(one.predicted[i] === one.truth[i]) - Number(other.predicted[i] === other.truth[i]);
  }
  const difference = ratioStatistic(gained, counted);
  return differenceEstimate(observedValue(difference), n, one.subjects, drawsOf(difference, resampling));
}
