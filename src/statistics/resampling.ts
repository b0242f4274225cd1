import { createRandom } from "../base/random.ts";
import type { Interval } from "./wilson.ts";

/** Subjects drawn anew with replacement, many times over. */
export interface Resampling {
  readonly subjects: number;
  readonly resamples: number;
  /** How often each subject was drawn in each resample, [resamples, subjects]. */
  readonly weights: Uint16Array;
}

/**
 * Draws as many subjects as there are, with replacement, again and again: a subject brings all its studies and images,
 * since they are not independent of each other. The seed decides it wholly.
 * @source Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 8 (the cluster as the unit).
 */
export function resampleSubjects(subjects: number, options: { resamples: number; seed: number }): Resampling {
  const { resamples, seed } = options;
  const random = createRandom(seed).fork("resampling");
  const weights = new Uint16Array(resamples * subjects);
  for (let r = 0; r < resamples; r++) {
    for (let draw = 0; draw < subjects; draw++) weights[r * subjects + random.integer(subjects)]++;
  }
  return { subjects, resamples, weights };
}

/** One resample's weights, [subjects]; a view, not a copy. */
export function weightsOf(resampling: Resampling, resample: number): Uint16Array {
  return resampling.weights.subarray(resample * resampling.subjects, (resample + 1) * resampling.subjects);
}

/**
 * The 2.5 and 97.5 % points of what was computed in the resamples, without those where it could not be (NaN); null if
 * that was so in more than half of them.
 */
export function percentileInterval(resampled: Float64Array): Interval | null {
  const known = resampled.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0 || known.length < resampled.length / 2) return null;
  return { low: quantile(known, 0.025), high: quantile(known, 0.975) };
}

/** A quantile of sorted values, linear between them (type 7 of Hyndman and Fan, as in NumPy and R). */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
