import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import { resizeGrey } from "./resizeGrey.ts";

interface GoldenCase {
  shape: [number, number];
  to: [number, number];
  sha256: string;
  pixels?: number[];
}

/** Made by resizeGrey.golden.py with Pillow. */
const cases = JSON.parse(
  readFileSync(new URL("./resizeGrey.golden.json", import.meta.url), "utf8"),
) as readonly GoldenCase[];

test.each(cases)("resizes $shape to $to exactly as Pillow does", ({ shape, to, sha256, pixels }) => {
  const result = resizeGrey(picture(shape), shape, to);
  if (pixels) expect([...result]).toEqual(pixels);
  expect(sha256Hex(result)).toBe(sha256);
});

test("leaves an even grey even", () => {
  const result = resizeGrey(new Uint8Array(37 * 53).fill(200), [37, 53], [19, 71]);
  expect(result.every((grey) => grey === 200)).toBe(true);
});

/** The same formula as in the script. */
function picture([rows, columns]: readonly [number, number]): Uint8Array {
  const pixels = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++)
      pixels[y * columns + x] = (x * x * 7 + y * y * 13 + x * y * 5 + (x ^ y) * 3) % 256;
  }
  return pixels;
}
