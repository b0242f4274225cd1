import { expect, test } from "vitest";
import { newcombeAucInterval, wilsonInterval } from "./wilson.ts";

// The paper's own counts; the intervals are R's prop.test(correct = FALSE), to a tenth of a percent.
test.each([
  [37, 39, 83.1, 98.6],
  [46, 52, 77.0, 94.6],
  [83, 91, 83.6, 95.5],
])("gives %i of %i the interval %d to %d %%", (right, n, low, high) => {
  const interval = wilsonInterval(right / n, n);
  expect(100 * interval.low).toBeCloseTo(low, 1);
  expect(100 * interval.high).toBeCloseTo(high, 1);
});

test("keeps the ends of 0 and of all exactly there, with z²/(n + z²) as the other end", () => {
  const z2 = 1.959963984540054 ** 2;
  expect(wilsonInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(z2 / (10 + z2), 12) });
  expect(wilsonInterval(1, 10)).toEqual({ low: expect.closeTo(10 / (10 + z2), 12), high: 1 });
});

test("gives a perfect curve of few subjects a wide interval and of many a narrow one", () => {
  const few = newcombeAucInterval(1, 3, 6);
  const many = newcombeAucInterval(1, 300, 600);
  expect(few.high).toBe(1);
  expect(few.low).toBeLessThan(0.8);
  expect(many.low).toBeGreaterThan(0.98);
});

test("mirrors the interval of an area and of its complement", () => {
  const high = newcombeAucInterval(0.8, 12, 12);
  const low = newcombeAucInterval(0.2, 12, 12);
  expect(high.low).toBeCloseTo(1 - low.high, 9);
  expect(high.high).toBeCloseTo(1 - low.low, 9);
});
