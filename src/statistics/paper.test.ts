import { expect, test } from "vitest";
import { clopperPearsonInterval } from "./clopperPearson.ts";
import { countShare, shareEstimate } from "./estimate.ts";
import { fisherExact } from "./exactTests.ts";
import { isPossibleShare, nearestShares } from "./possibleShare.ts";
import { sampleSizeNote } from "./sampleSize.ts";

// Chen et al. 2021: one study each of 91 subjects; what it prints and what follows from its counts.
const noDraws = { resampled: new Float64Array(0), jackknife: null };
const printed = (successes: number, n: number) => {
  const ones = Array.from({ length: n }, () => 1);
  const counts = countShare(
    ones.map((_, i) => (i < successes ? 1 : 0)),
    ones,
  );
  const { value, low, high, method } = shareEstimate(counts, noDraws, "no studies");
  return [(100 * value!).toFixed(2), (100 * low!).toFixed(1), (100 * high!).toFixed(1), method];
};

test("prints the paper's sensitivity, specificity, accuracy and overall accuracy with Wilson's intervals", () => {
  expect(printed(37, 39)).toEqual(["94.87", "83.1", "98.6", "wilson"]);
  expect(printed(46, 52)).toEqual(["88.46", "77.0", "94.6", "wilson"]);
  expect(printed(83, 91)).toEqual(["91.21", "83.6", "95.5", "wilson"]);
  expect(printed(81, 91)).toEqual(["89.01", "80.9", "93.9", "wilson"]);
});

test("flags the radiologists' specificity of 93.41 % as no share of 52 studies, but one of 91", () => {
  expect(isPossibleShare(93.41, 52, 2)).toBe(false);
  expect(nearestShares(93.41, 52, 2)).toEqual([
    { numerator: 48, percent: 92.31 },
    { numerator: 49, percent: 94.23 },
  ]);
  expect(nearestShares(93.41, 91, 2)).toEqual([{ numerator: 85, percent: 93.41 }]);
});

test("takes every other figure of the paper's studies as possible", () => {
  for (const [percent, n] of [
    [94.87, 39],
    [88.46, 52],
    [91.21, 91],
    [89.01, 91],
    [89.74, 39],
    [93.41, 91],
  ] as const) {
    expect(isPossibleShare(percent, n, 2), `${percent} of ${n}`).toBe(true);
  }
});

test("takes a half rounded up, down or to even as possible, and nothing beyond 0 and 100", () => {
  expect([12, 13].map((percent) => isPossibleShare(percent, 8, 0))).toEqual([true, true]);
  expect(isPossibleShare(0, 10, 1)).toBe(true);
  expect(isPossibleShare(100, 10, 1)).toBe(true);
  expect(isPossibleShare(100.1, 10, 1)).toBe(false);
  expect(nearestShares(104, 10, 0)).toEqual([{ numerator: 10, percent: 100 }]);
});

test("finds no difference between 37 and 35 of 39: p = 0.67", () => {
  const { p } = fisherExact({ successes: 37, n: 39 }, { successes: 35, n: 39 });
  expect(p.toFixed(2)).toBe("0.67");
});

test("says what 39 studies are good for", () => {
  const [low, high] = [0.8311435995238639, 0.9858220445847258];
  const estimate = { value: 37 / 39, n: 39, subjects: 39, low, high, method: "wilson" as const };
  expect(sampleSizeNote(estimate, "studies")).toMatch(
    /^With 39 studies the interval is ±8 points; for ±3 points about /,
  );
});

test("is exact where Wilson is not: Clopper and Pearson's interval is the wider one", () => {
  const { low, high } = clopperPearsonInterval(37, 39);
  expect(low).toBeLessThan(0.8311);
  expect(high).toBeGreaterThan(0.9858);
});
