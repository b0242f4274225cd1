import { type Resampling, weightsOf } from "../statistics/resampling.ts";
import type { Draws, SubjectWeights } from "../statistics/statistic.ts";

/**
 * Numbers that follow from how often each subject counts; NaN where one cannot be computed. weights: [subjects]; resample:
 * which one, from 0 up; null where the weights are of no resample.
 */
export type ValuesOf = (weights: SubjectWeights, resample: number | null) => ArrayLike<number>;

/** Several numbers, as they are and in every resample. */
export interface ResampledValues {
  /** Each subject counted once. */
  readonly values: readonly number[];
  /** Of each number, what its interval is made from. */
  readonly draws: readonly Draws[];
}

/** With more subjects than this the skewness that the jackknife measures is smaller than the resampling's own noise. */
const mostJackknifed = 500;

/** Several numbers that are had in one go, in every resample and, of few subjects, without each subject. */
export function resampleValues(of: ValuesOf, resampling: Resampling): ResampledValues {
  const { subjects, resamples } = resampling;
  const weights = new Uint16Array(subjects).fill(1);
  const values = Array.from(of(weights, null));
  const resampled = columns(values.length, resamples, (r) => of(weightsOf(resampling, r), r));
  if (subjects > mostJackknifed)
    return { values, draws: resampled.map((own) => ({ resampled: own, jackknife: null })) };
  const jackknife = columns(values.length, subjects, (left) => {
    weights[left] = 0;
    const without = of(weights, null);
    weights[left] = 1;
    return without;
  });
  return { values, draws: values.map((_, i) => ({ resampled: resampled[i], jackknife: jackknife[i] })) };
}

function columns(count: number, rows: number, valuesOf: (row: number) => ArrayLike<number>): Float64Array[] {
  const all = Array.from({ length: count }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const values = valuesOf(row);
    for (let i = 0; i < count; i++) all[i][row] = values[i];
  }
  return all;
}
