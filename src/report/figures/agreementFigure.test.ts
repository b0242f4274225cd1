import { expect, test } from "vitest";
import { agreementFigure, agreementOf } from "./agreementFigure.ts";
import { standaloneSvg } from "./figure.ts";

// Differences 1, 2 and 6: mean 3, squares 4 + 1 + 9 over 2 is 7.
const pairs = [
  { name: "a", group: "x", measured: 2, truth: 1 },
  { name: "b", group: "x", measured: 5, truth: 3 },
  { name: "c", group: "y", measured: 10, truth: 4 },
];

test("gives bias and limits of agreement", () => {
  const { bias, sd, low, high } = agreementOf(pairs);
  expect(bias).toBe(3);
  expect(sd).toBeCloseTo(Math.sqrt(7), 12);
  expect([low, high]).toEqual([3 - 1.96 * Math.sqrt(7), 3 + 1.96 * Math.sqrt(7)]);
});

test("draws a file whose root has each attribute once, as XML asks", () => {
  const svg = standaloneSvg(agreementFigure(pairs, { name: "f", what: "Scope", unit: "ml" }));
  const root = /^<svg [^>]*>/.exec(svg)?.[0] ?? "";
  const names = [...root.matchAll(/ ([\w:-]+)="/g)].map((found) => found[1]);
  expect(names.length).toBeGreaterThan(5);
  expect(new Set(names).size).toBe(names.length);
});
