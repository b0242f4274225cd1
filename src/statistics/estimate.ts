import { z } from "zod";
import { percentileInterval } from "./resampling.ts";
import { type Interval, newcombeAucInterval, wilsonInterval } from "./wilson.ts";

/**
 * How an interval was made.
 * - `wilson`: every subject counts once, Wilson's interval of the share.
 * - `cluster-bootstrap`: subjects drawn anew with all that is theirs, 2.5 and 97.5 % percentiles.
 * - `wilson-subjects`: all resamples are equal (such as 40 of 40 right); Wilson's interval with the subjects as n.
 * - `newcombe-subjects`: the same for an area under the curve, by Newcombe's method 5.
 * - `none`: there is no interval; the reason is given.
 */
export type IntervalMethod = "wilson" | "cluster-bootstrap" | "wilson-subjects" | "newcombe-subjects" | "none";

/** A number with what it rests on: never without its n, never NaN. */
export interface Estimate {
  /** null where it cannot be computed; `reason` says why. */
  readonly value: number | null;
  /** How many images, studies or pairs it was computed from. A share's denominator. */
  readonly n: number;
  /** How many subjects those belong to. */
  readonly subjects: number;
  /** A share's numerator; absent where the value is no share. */
  readonly numerator?: number;
  /** A share's denominator; absent where the value is no share. */
  readonly denominator?: number;
  /** The 95 % interval's ends. */
  readonly low: number | null;
  readonly high: number | null;
  readonly method: IntervalMethod;
  readonly reason?: string;
}

export const estimateSchema = z.strictObject({
  value: z.number().nullable(),
  n: z.number().nonnegative(),
  subjects: z.int().nonnegative(),
  numerator: z.number().optional(),
  denominator: z.number().optional(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  method: z.enum(["wilson", "cluster-bootstrap", "wilson-subjects", "newcombe-subjects", "none"]),
  reason: z.string().optional(),
});

/** An estimate that cannot be made, with the reason. */
export function noEstimate(reason: string, n = 0, subjects = 0): Estimate {
  return { value: null, n, subjects, low: null, high: null, method: "none", reason };
}

/** What a share was counted from. */
export interface ShareCounts {
  readonly numerator: number;
  readonly denominator: number;
  /** Subjects with anything in the denominator. */
  readonly subjects: number;
  /** The most that one subject has in the denominator. */
  readonly mostOfOne: number;
}

/**
 * A share with its 95 % interval: Wilson's where no subject counts twice, else by resampling subjects.
 * resampled: the share in each resample, NaN where its denominator was empty. absent: what is missing when there is none.
 */
export function shareEstimate(counts: ShareCounts, resampled: Float64Array, absent: string): Estimate {
  const { numerator, denominator, subjects } = counts;
  if (denominator === 0) return { ...noEstimate(absent), numerator, denominator };
  const value = numerator / denominator;
  const share = { value, n: denominator, subjects, numerator, denominator };
  if (counts.mostOfOne <= 1) return { ...share, ...wilsonInterval(value, denominator), method: "wilson" };
  return { ...share, ...resampledInterval(value, subjects, resampled, () => wilsonInterval(value, subjects)) };
}

/**
 * An area under the ROC curve with its 95 % interval by resampling subjects.
 * n: items; positives, negatives: subjects with at least one item of that kind. resampled: as in shareEstimate.
 */
export function aucEstimate(
  value: number,
  on: { n: number; subjects: number; positives: number; negatives: number },
  resampled: Float64Array,
): Estimate {
  const fallback = () => newcombeAucInterval(value, on.positives, on.negatives);
  const interval = resampledInterval(value, on.subjects, resampled, fallback);
  const method = interval.method === "wilson-subjects" ? "newcombe-subjects" : interval.method;
  return { value, n: on.n, subjects: on.subjects, ...interval, method };
}

/** A difference of two shares over the same items, in −1 … 1, with its 95 % interval by resampling subjects. */
export function differenceEstimate(value: number, n: number, subjects: number, resampled: Float64Array): Estimate {
  const interval = percentileInterval(resampled);
  if (interval === null || interval.low === interval.high) {
    return { value, n, subjects, low: null, high: null, method: "none", reason: everyResampleEqual };
  }
  return { value, n, subjects, ...interval, method: "cluster-bootstrap" };
}

const everyResampleEqual = "too few subjects differ for an interval by resampling";

function resampledInterval(
  value: number,
  subjects: number,
  resampled: Float64Array,
  whenAllEqual: () => Interval,
): Pick<Estimate, "low" | "high" | "method" | "reason"> {
  if (subjects < 2) {
    return { low: null, high: null, method: "none", reason: "one subject only: nothing says how others would differ" };
  }
  const interval = percentileInterval(resampled);
  if (interval === null) return { low: null, high: null, method: "none", reason: everyResampleEqual };
  if (interval.high - interval.low > 1e-12) {
    return { low: Math.min(interval.low, value), high: Math.max(interval.high, value), method: "cluster-bootstrap" };
  }
  return { ...whenAllEqual(), method: "wilson-subjects" };
}
