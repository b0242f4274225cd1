import { normalCdf, normalQuantile } from "./distributions.ts";
import { quantile } from "./resampling.ts";
import { type Interval, z95 } from "./wilson.ts";

/**
 * The bias-corrected and accelerated 95 % bootstrap interval: percentiles of the resamples, moved for the median's bias and
 * for how the spread changes with the value; null where it cannot be made.
 *
 * value: the statistic of the data. resampled: of each resample, NaN where not defined. jackknife: without one cluster
 * each; NaN is left out. null if more than half of the resamples are NaN, all lie on one side of the value, or the
 * correction runs away.
 * @source Efron 1987, Better bootstrap confidence intervals; ties of a resample with the value count half.
 */
export function bcaInterval(value: number, resampled: Float64Array, jackknife: Float64Array): Interval | null {
  const known = resampled.filter((one) => !Number.isNaN(one)).sort();
  if (known.length === 0 || known.length < resampled.length / 2) return null;
  const bias = normalQuantile(shareBelow(known, value));
  if (!Number.isFinite(bias)) return null;
  const acceleration = accelerationOf(jackknife);
  const end = (z: number) => {
    const moved = bias + z;
    const shrunk = 1 - acceleration * moved;
    return shrunk <= 0 ? Number.NaN : normalCdf(bias + moved / shrunk);
  };
  const [low, high] = [end(-z95), end(z95)];
  if (!(low <= high)) return null;
  return { low: quantile(known, low), high: quantile(known, high) };
}

/** A sixth of the jackknife's skewness; 0 where nothing differs. */
function accelerationOf(jackknife: Float64Array): number {
  const known = jackknife.filter((one) => !Number.isNaN(one));
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  let [squares, cubes] = [0, 0];
  for (const one of known) {
    const distance = mean - one;
    squares += distance ** 2;
    cubes += distance ** 3;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}

/** The share of sorted values that lie below, equal ones counting half; what differs by rounding only is equal. */
function shareBelow(sorted: Float64Array, value: number): number {
  const slack = 1e-12 * Math.max(1, Math.abs(value));
  return (countBelow(sorted, value - slack) + countBelow(sorted, value + slack)) / (2 * sorted.length);
}

function countBelow(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
