import { z } from "zod";
import { bcaInterval } from "./bca.ts";
import { percentileInterval, type Resampling } from "./resampling.ts";
import { type Draws, drawsOf, observedValue, ratioStatistic, type Statistic } from "./statistic.ts";
import { type Interval, newcombeAucInterval, wilsonInterval } from "./wilson.ts";

/**
 * How an interval was made.
 * - `wilson`: every subject counts once, Wilson's interval of the share.
 * - `clopper-pearson`: the same, exact and so wider.
 * - `bca-bootstrap`: subjects drawn anew with all that is theirs, percentiles corrected for bias and skew (Efron 1987).
 * - `cluster-bootstrap`: the plain 2.5 and 97.5 % percentiles, where the correction cannot be computed.
 * - `wilson-subjects`: all resamples are equal (such as 40 of 40 right); Wilson's interval with the subjects as n.
 * - `newcombe-subjects`: the same for an area under the curve, by Newcombe's method 5.
 * - `delong`, `obuchowski`: an area's normal interval by its variance, items independent or clustered in subjects.
 * - `obuchowski-rockette`: over readers and cases.
 * - `logit`: a predictive value's, on the log-odds (Mercaldo 2007).
 * - `asymptotic`: value ± 1.96 standard errors by a large-sample formula.
 * - `none`: there is no interval; the reason is given.
 */
export const intervalMethods = [
  "wilson",
  "clopper-pearson",
  "bca-bootstrap",
  "cluster-bootstrap",
  "wilson-subjects",
  "newcombe-subjects",
  "delong",
  "obuchowski",
  "obuchowski-rockette",
  "logit",
  "asymptotic",
  "none",
] as const;

export type IntervalMethod = (typeof intervalMethods)[number];

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
  method: z.enum(intervalMethods),
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
 * draws: of the share; absent: what is missing when there is no denominator.
 */
export function shareEstimate(counts: ShareCounts, draws: Draws, absent: string): Estimate {
  const { numerator, denominator, subjects } = counts;
  if (denominator === 0) return { ...noEstimate(absent), numerator, denominator };
  const value = numerator / denominator;
  const share = { value, n: denominator, subjects, numerator, denominator };
  if (counts.mostOfOne <= 1) return { ...share, ...wilsonInterval(value, denominator), method: "wilson" };
  return { ...share, ...resampledInterval(value, subjects, draws, () => wilsonInterval(value, subjects)) };
}

/** `shareEstimate` from what each subject brings to the numerator and to the denominator, [subjects]. */
export function shareOfSubjects(
  numerators: ArrayLike<number>,
  denominators: ArrayLike<number>,
  options: { resampling: Resampling; absent: string },
): Estimate {
  const counts = countShare(numerators, denominators);
  const isPlain = counts.denominator === 0 || counts.mostOfOne <= 1;
  const draws = isPlain ? noDraws : drawsOf(ratioStatistic(numerators, denominators), options.resampling);
  return shareEstimate(counts, draws, options.absent);
}

/** What a share was counted from, of what each subject brings to the numerator and to the denominator. */
export function countShare(numerators: ArrayLike<number>, denominators: ArrayLike<number>): ShareCounts {
  const counts = { numerator: 0, denominator: 0, subjects: 0, mostOfOne: 0 };
  for (let s = 0; s < denominators.length; s++) {
    counts.numerator += numerators[s];
    counts.denominator += denominators[s];
    if (denominators[s] > 0) counts.subjects++;
    counts.mostOfOne = Math.max(counts.mostOfOne, denominators[s]);
  }
  return counts;
}

const noDraws: Draws = { resampled: new Float64Array(0), jackknife: null };

/**
 * An area under the ROC curve with its 95 % interval by resampling subjects.
 * n: items; positives, negatives: subjects with at least one item of that kind.
 */
export function aucEstimate(
  value: number,
  on: { n: number; subjects: number; positives: number; negatives: number },
  draws: Draws,
): Estimate {
  const fallback = () => newcombeAucInterval(value, on.positives, on.negatives);
  const interval = resampledInterval(value, on.subjects, draws, fallback);
  const method = interval.method === "wilson-subjects" ? "newcombe-subjects" : interval.method;
  return { value, n: on.n, subjects: on.subjects, ...interval, method };
}

/** A difference of two shares over the same items, in −1 … 1, with its 95 % interval by resampling subjects. */
export function differenceEstimate(value: number, n: number, subjects: number, draws: Draws): Estimate {
  return { value, n, subjects, ...resampledInterval(value, subjects, draws, null) };
}

/**
 * Any statistic with its 95 % interval by resampling subjects, for what has no other: a Brier score, a calibration error,
 * kappa, a difference of areas. n: the items it was computed from. absent: why it may not be defined.
 */
export function bootstrapEstimate(
  statistic: Statistic,
  options: { n: number; resampling: Resampling; absent: string },
): Estimate {
  const value = observedValue(statistic);
  const { n, resampling, absent } = options;
  if (Number.isNaN(value)) return noEstimate(absent, n, statistic.subjects);
  return differenceEstimate(value, n, statistic.subjects, drawsOf(statistic, resampling));
}

const everyResampleEqual = "too few subjects differ for an interval by resampling";

/** whenAllEqual: an interval for when resampling says nothing; null if there is none. */
function resampledInterval(
  value: number,
  subjects: number,
  draws: Draws,
  whenAllEqual: (() => Interval) | null,
): Pick<Estimate, "low" | "high" | "method" | "reason"> {
  if (subjects < 2) {
    return { low: null, high: null, method: "none", reason: "one subject only: nothing says how others would differ" };
  }
  const percentiles = percentileInterval(draws.resampled);
  if (percentiles === null) return { low: null, high: null, method: "none", reason: everyResampleEqual };
  if (isPoint(percentiles)) {
    if (whenAllEqual === null) return { low: null, high: null, method: "none", reason: everyResampleEqual };
    return { ...whenAllEqual(), method: "wilson-subjects" };
  }
  const corrected = draws.jackknife === null ? null : bcaInterval(value, draws.resampled, draws.jackknife);
  const isCorrected = corrected !== null && !isPoint(corrected);
  const { low, high } = isCorrected ? corrected : percentiles;
  const method = isCorrected ? "bca-bootstrap" : "cluster-bootstrap";
  return { low: Math.min(low, value), high: Math.max(high, value), method };
}

function isPoint({ low, high }: Interval): boolean {
  return high - low <= 1e-12;
}
