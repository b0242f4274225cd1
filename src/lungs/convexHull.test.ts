import fc from "fast-check";
import { expect, test } from "vitest";
import { andNot, countOf, maskOfBytes, writeInto } from "./bitMask.ts";
import { convexHull } from "./convexHull.ts";

test("fills the corner of an L", () => {
  expect(hullOf(["#....", "#....", "#....", "#....", "#####"])).toEqual(["#....", "##...", "###..", "####.", "#####"]);
});

test("closes a gap and leaves a line a line", () => {
  expect(hullOf(["#..#", "....", "#..#"])).toEqual(["####", "####", "####"]);
  expect(hullOf(["....", ".##.", "...."])).toEqual(["....", ".##.", "...."]);
  expect(hullOf(["#...", ".#..", "..#."])).toEqual(["#...", ".#..", "..#."]);
});

test("holds the mask, and its own hull is itself", () => {
  const shape = [2, 12, 40] as const;
  const length = shape[0] * shape[1] * shape[2];
  fc.assert(
    fc.property(fc.array(fc.nat(length - 1), { maxLength: 12 }), (set) => {
      const bytes = new Uint8Array(length);
      for (const i of set) bytes[i] = 1;
      const mask = maskOfBytes(bytes, shape);
      const hull = convexHull(mask);
      expect(countOf(andNot(mask, hull))).toBe(0);
      expect(convexHull(hull).words).toEqual(hull.words);
    }),
    { seed: 3, numRuns: 300 },
  );
});

function hullOf(picture: readonly string[]): string[] {
  const columns = picture[0]!.length;
  const bytes = Uint8Array.from(picture.join(""), (character) => (character === "#" ? 1 : 0));
  const result = new Uint8Array(bytes.length);
  writeInto(result, convexHull(maskOfBytes(bytes, [1, picture.length, columns])), 1);
  return picture.map((_, y) =>
    [...result.subarray(y * columns, (y + 1) * columns)].map((bit) => (bit ? "#" : ".")).join(""),
  );
}
