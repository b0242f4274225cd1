import { roundingOf, type ValueRange } from "./roundingOf.ts";

const halfBins = 4096;

/** How often values occur, in bins of equal width around 0, which widen as larger values come. */
export interface ValueHistogram {
  add(values: Float32Array): void;
  /** From the smallest to the largest value seen. */
  range(): ValueRange;
  /** Each bin's middle and how many values fell into it. */
  bins(): { readonly value: number; readonly count: number }[];
}

export function createHistogram(): ValueHistogram {
  const counts = new Float64Array(2 * halfBins);
  let reach = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  /** Twice as wide: each pair of neighbours, counted from 0, becomes one. */
  const widen = () => {
    for (let i = 0; i < halfBins; i++) {
      const isIn = 2 * i + 1 < halfBins;
      const [right, left] = [halfBins + 2 * i, halfBins - 1 - 2 * i];
      counts[halfBins + i] = isIn ? counts[right] + counts[right + 1] : 0;
      counts[halfBins - 1 - i] = isIn ? counts[left] + counts[left - 1] : 0;
    }
    reach *= 2;
  };
  return {
    add(values) {
      let [low, high] = [min, max];
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      [min, max] = [low, high];
      const furthest = Math.max(Math.abs(low), Math.abs(high));
      if (!Number.isFinite(furthest)) throw new Error(`Maps reach from ${low} to ${high}`);
      if (reach === 0) reach = furthest;
      while (reach < furthest) widen();
      if (reach === 0) return;
      const perUnit = halfBins / reach;
      for (let i = 0; i < values.length; i++) {
        counts[Math.min(2 * halfBins - 1, Math.max(0, Math.floor(values[i] * perUnit) + halfBins))] += 1;
      }
    },
    range: () => ({ min, max }),
    bins: () =>
      [...counts].flatMap((count, i) =>
        count > 0 ? [{ value: ((i - halfBins + 0.5) * reach) / halfBins, count }] : [],
      ),
  };
}

/** How the range of maps is chosen from what values they had. */
export const rangeMethods = ["extremes", "percentile", "leastError"] as const;

export type RangeMethod = (typeof rangeMethods)[number];

/**
 * The range that maps are rounded in.
 *
 * extremes: all values that were seen. percentile: all but the outermost 0.005 % at each end. leastError: the range, of a
 * hundred around 0, whose rounding and cutting off move the values least in the mean square.
 */
export function chooseRange(histogram: ValueHistogram, method: RangeMethod): ValueRange {
  const seen = histogram.range();
  if (method === "extremes") return seen;
  const bins = histogram.bins();
  if (method === "leastError") return leastErrorRange(bins, seen);
  const left = 0.00005 * bins.reduce((sum, { count }) => sum + count, 0);
  const inner = (ordered: typeof bins) => {
    let outside = 0;
    return ordered.find(({ count }) => {
      outside += count;
      return outside > left;
    })?.value;
  };
  return { min: Math.max(seen.min, inner(bins) ?? 0), max: Math.min(seen.max, inner(bins.toReversed()) ?? 0) };
}

function leastErrorRange(bins: readonly { value: number; count: number }[], seen: ValueRange): ValueRange {
  const ranges = Array.from({ length: 100 }, (_, i) => {
    const share = (i + 1) / 100;
    return { min: seen.min * share, max: seen.max * share };
  });
  const errors = ranges.map((range) => {
    const { scale } = roundingOf(range);
    return bins.reduce((sum, { value, count }) => {
      const beyond = Math.max(value - range.max, range.min - value, 0);
      // Rounding to a grid moves a value by up to half a step either way: its square by step² / 12 on average.
      return sum + count * (beyond > 0 ? beyond ** 2 : scale ** 2 / 12);
    }, 0);
  });
  return ranges[errors.indexOf(Math.min(...errors))];
}
