import { describe, expect, it } from "vitest";
import { roundingOf } from "./roundingOf.ts";
import { chooseRange, createHistogram } from "./valueHistogram.ts";

/** 0 … 1 evenly, in parts that widen the histogram as they come, and one value far outside. */
function withOutlier() {
  const histogram = createHistogram();
  histogram.add(Float32Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 10000));
  histogram.add(Float32Array.from({ length: 99000 }, (_, i) => 0.1 + (0.9 * (i + 0.5)) / 99000));
  histogram.add(Float32Array.of(40));
  return histogram;
}

describe("createHistogram", () => {
  it("counts every value once, near its place, however far later ones lie", () => {
    const histogram = withOutlier();
    const bins = histogram.bins();
    expect(histogram.range().max).toBe(40);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(100001);
    const below = bins.filter(({ value }) => value < 0.1).reduce((sum, { count }) => sum + count, 0);
    // The bin around 0.1 is at most 2 · 40 / 4096 wide.
    expect(Math.abs(below - 1000)).toBeLessThan(110000 * ((2 * 40) / 4096));
    const mean = bins.reduce((sum, { value, count }) => sum + value * count, 0) / 100001;
    expect(mean).toBeCloseTo((1000 * 0.05 + 99000 * 0.55 + 40) / 100001, 2);
  });

  it("keeps left and right of 0 apart when it widens", () => {
    const histogram = createHistogram();
    histogram.add(Float32Array.of(-0.01, 0.02, 0.02));
    histogram.add(Float32Array.of(-5));
    const [left, right] = [(value: number) => value < 0, (value: number) => value > 0].map((isIn) =>
      histogram
        .bins()
        .filter(({ value }) => isIn(value))
        .reduce((sum, { count }) => sum + count, 0),
    );
    expect([left, right]).toEqual([2, 2]);
    expect(histogram.range()).toEqual({ min: -5, max: Math.fround(0.02) });
  });

  it("refuses what is no number", () => {
    expect(() => createHistogram().add(Float32Array.of(1, Number.POSITIVE_INFINITY))).toThrow(/reach from/);
  });
});

describe("chooseRange", () => {
  it("takes all values, all but the outermost, or what moves them least", () => {
    const histogram = withOutlier();
    const seen = Math.fround(0.5 / 10000);
    expect(chooseRange(histogram, "extremes")).toEqual({ min: seen, max: 40 });
    const { max } = chooseRange(histogram, "percentile");
    expect(max).toBeGreaterThan(0.95);
    expect(max).toBeLessThan(1.05);
    // One value of 100,001 cut off by d costs d², the others' rounding n · (max / 255)² / 12: least at
    // max = 40 / (1 + n / (12 · 255²)) = 35.5.
    expect(chooseRange(histogram, "leastError").max).toBeCloseTo(35.5, -0.5);
  });
});

describe("roundingOf", () => {
  it("has 0 among its numbers, for padding", () => {
    expect(roundingOf({ min: -1.28, max: 1.27 })).toEqual({ scale: Math.fround(0.01), zeroPoint: 128 });
    expect(roundingOf({ min: 0.3, max: 2.55 })).toEqual({ scale: Math.fround(0.01), zeroPoint: 0 });
    expect(roundingOf({ min: 0, max: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
  });
});
