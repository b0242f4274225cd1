import { type Resampling, weightsOf } from "./resampling.ts";

/** How often each subject counts, [subjects]: once each in the data, again and again or never in a resample. */
export type SubjectWeights = Uint16Array;

/**
 * A number that can be had for any weights of the subjects. Resamples, the jackknife and through them every bootstrap
 * interval ask nothing else of it.
 */
export interface Statistic {
  readonly subjects: number;
  /** NaN where it is not defined, as a sensitivity without positives. */
  readonly value: (weights: SubjectWeights) => number;
  /** `value` without each subject in turn, [subjects], where there is a faster way than to ask once for each. */
  readonly jackknife?: () => Float64Array;
  /** `value` in each resample, [resamples], where there is a faster way than to ask once for each. */
  readonly resampled?: (resampling: Resampling) => Float64Array;
}

/** What a bootstrap interval is made from. */
export interface Draws {
  /** The statistic in each resample; NaN where it was not defined. */
  readonly resampled: Float64Array;
  /** The statistic without each subject in turn; NaN where it is not defined. null: plain percentiles will do. */
  readonly jackknife: Float64Array | null;
}

/** The statistic of the data as they are: every subject once. */
export function observedValue(statistic: Statistic): number {
  return statistic.value(new Uint16Array(statistic.subjects).fill(1));
}

/** The statistic in each resample and without each subject. */
export function drawsOf(statistic: Statistic, resampling: Resampling): Draws {
  return { resampled: resampledValues(statistic, resampling), jackknife: jackknifeValues(statistic) };
}

/** The statistic in each resample, [resamples]. */
export function resampledValues(statistic: Statistic, resampling: Resampling): Float64Array {
  if (statistic.resampled !== undefined) return statistic.resampled(resampling);
  const values = new Float64Array(resampling.resamples);
  for (let r = 0; r < values.length; r++) values[r] = statistic.value(weightsOf(resampling, r));
  return values;
}

/** The statistic without each subject in turn, [subjects]. */
export function jackknifeValues(statistic: Statistic): Float64Array {
  if (statistic.jackknife !== undefined) return statistic.jackknife();
  const weights = new Uint16Array(statistic.subjects).fill(1);
  const values = new Float64Array(statistic.subjects);
  for (let s = 0; s < values.length; s++) {
    weights[s] = 0;
    values[s] = statistic.value(weights);
    weights[s] = 1;
  }
  return values;
}

/**
 * A share, a mean or a difference of two over the same items: the sum of the numerators over that of the denominators.
 * numerators, denominators: what each subject brings to them, [subjects].
 */
export function ratioStatistic(numerators: ArrayLike<number>, denominators: ArrayLike<number>): Statistic {
  const subjects = numerators.length;
  const sums = (weights: SubjectWeights | null) => {
    let [over, under] = [0, 0];
    for (let s = 0; s < subjects; s++) {
      const weight = weights === null ? 1 : weights[s];
      over += weight * numerators[s];
      under += weight * denominators[s];
    }
    return { over, under };
  };
  return {
    subjects,
    value: (weights) => {
      const { over, under } = sums(weights);
      return under === 0 ? Number.NaN : over / under;
    },
    jackknife: () => {
      const { over, under } = sums(null);
      return Float64Array.from({ length: subjects }, (_, s) =>
        under === denominators[s] ? Number.NaN : (over - numerators[s]) / (under - denominators[s]),
      );
    },
  };
}

/** A weighted sum of statistics of the same subjects: [1, −1] gives a difference, [1/2, 1/2] a mean. */
export function combine(statistics: readonly Statistic[], factors: readonly number[]): Statistic {
  const sum = (of: (statistic: Statistic) => number) =>
    statistics.reduce((total, statistic, i) => total + factors[i] * of(statistic), 0);
  const sumLists = (of: (statistic: Statistic) => Float64Array) => combineLists(statistics.map(of), factors);
  return {
    subjects: statistics[0]?.subjects ?? 0,
    value: (weights) => sum((statistic) => statistic.value(weights)),
    jackknife: () => sumLists(jackknifeValues),
    resampled: (resampling) => sumLists((statistic) => resampledValues(statistic, resampling)),
  };
}

/** One statistic minus another, over the same subjects resampled together. */
export function differenceOf(one: Statistic, other: Statistic): Statistic {
  return combine([one, other], [1, -1]);
}

/** The mean of statistics of the same subjects. */
export function meanOf(statistics: readonly Statistic[]): Statistic {
  return combine(
    statistics,
    statistics.map(() => 1 / statistics.length),
  );
}

/** `meanOf` for statistics that have been drawn already. */
export function meanOfDraws(draws: readonly Draws[]): Draws {
  const factors = draws.map(() => 1 / draws.length);
  const resampled = draws.map((one) => one.resampled);
  const jackknives = draws.flatMap((one) => one.jackknife ?? []);
  const isWhole = jackknives.length === draws.length;
  return {
    resampled: combineLists(resampled, factors),
    jackknife: isWhole ? combineLists(jackknives, factors) : null,
  };
}

function combineLists(lists: readonly Float64Array[], factors: readonly number[]): Float64Array {
  const sum = new Float64Array(lists[0]?.length ?? 0);
  for (const [i, list] of lists.entries()) for (let j = 0; j < sum.length; j++) sum[j] += factors[i] * list[j];
  return sum;
}
