import { expect, test } from "vitest";
import { mapOntoBox, placeInSlice } from "./preparedBox.ts";

const box = { firstRow: 10, firstColumn: 20, rows: 4, columns: 4 };
const map = Float32Array.of(1, 2, 3, 4);

test("a map of two places a side stands for two pixels each, and comes back on its own box as it is", () => {
  expect(placeInSlice(box, 2, [0, 1])).toEqual([10.5, 22.5]);
  expect([...mapOntoBox({ map, mapPx: 2, box }, box, [2, 2])]).toEqual([1, 2, 3, 4]);
});

test("a larger box shows it in its place, and nothing around it", () => {
  const wide = { firstRow: 8, firstColumn: 20, rows: 8, columns: 4 };
  const shown = mapOntoBox({ map, mapPx: 2, box }, wide, [4, 2]);
  expect([...shown]).toEqual([0, 0, 1, 2, 3, 4, 0, 0]);
});

test("in between it is bilinear", () => {
  const shown = mapOntoBox({ map, mapPx: 2, box }, box, [1, 1]);
  expect([...shown]).toEqual([2.5]);
});
