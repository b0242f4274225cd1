import { differenceEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import { type Resampling, weightsOf } from "../statistics/resampling.ts";
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
  const differenceOf = (weights?: Uint16Array) => {
    let [gain, count] = [0, 0];
    for (let subject = 0; subject < gained.length; subject++) {
      const weight = weights === undefined ? 1 : weights[subject];
      gain += weight * gained[subject];
      count += weight * counted[subject];
    }
    return gain / count;
  };
  const resampled = Float64Array.from({ length: resampling.resamples }, (_, r) =>
    differenceOf(weightsOf(resampling, r)),
  );
  return differenceEstimate(differenceOf(), n, one.subjects, resampled);
}
