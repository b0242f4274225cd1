import { expect, test } from "vitest";
import { rankCorrelation } from "./rankCorrelation.ts";

test("is 1 for any rising function and −1 for a falling one", () => {
  expect(rankCorrelation([1, 2, 3, 10], [0, 5, 6, 7])).toBe(1);
  expect(rankCorrelation([1, 2, 3, 10], [9, 5, 4, 1])).toBe(-1);
});

test("shares the ranks of equal values: scipy.stats.spearmanr gives 0.925476", () => {
  expect(rankCorrelation([1, 2, 2, 3, 5, 4], [1, 1, 3, 3, 9, 4])).toBeCloseTo(0.925476, 6);
});

test("is not defined where one list is all equal", () => expect(rankCorrelation([1, 1], [1, 2])).toBeNull());
