import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { hasBurnedInText } from "./burnedInText.ts";

/** Letters of 5 × 7 dots. */
const font: Readonly<Record<string, readonly string[]>> = {
  D: ["####.", "#...#", "#...#", "#...#", "#...#", "#...#", "####."],
  O: [".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."],
  E: ["#####", "#....", "#....", "####.", "#....", "#....", "#####"],
  J: ["..###", "...#.", "...#.", "...#.", "...#.", "#..#.", ".##.."],
  A: [".###.", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"],
  N: ["#...#", "##..#", "#.#.#", "#..##", "#...#", "#...#", "#...#"],
};
const size = 128;

/** A noisy body with bright ribs: ellipses of bone of several sizes in a ring. */
function drawSlice(): Int16Array {
  const random = createRandom(3);
  const values = new Int16Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const body = ((x - 64) / 50) ** 2 + ((y - 64) / 38) ** 2;
      let hu = body < 1 ? 40 : -1000;
      for (let rib = 0; rib < 12; rib++) {
        const angle = (rib / 12) * 2 * Math.PI;
        const [cx, cy] = [64 + 44 * Math.cos(angle), 64 + 33 * Math.sin(angle)];
        if (Math.hypot((x - cx) / (4 + (rib % 3)), (y - cy) / 3) < 1) hu = 900;
      }
      values[y * size + x] = hu + 30 * random.normal();
    }
  }
  return values;
}

function write(values: Int16Array, text: string, scale: number, grey: number): Int16Array {
  [...text].forEach((letter, i) => {
    font[letter]?.forEach((line, y) => {
      [...line].forEach((dot, x) => {
        if (dot !== "#") return;
        for (let dy = 0; dy < scale; dy++) {
          for (let dx = 0; dx < scale; dx++) {
            values[(4 + y * scale + dy) * size + 4 + (i * 6 + x) * scale + dx] = grey;
          }
        }
      });
    });
  });
  return values;
}

describe("hasBurnedInText", () => {
  it("finds no text in a body with ribs", () => {
    expect(hasBurnedInText(drawSlice(), size, size)).toBe(false);
  });

  it.each([1, 2, 3])("finds a name in the corner, letters of %i pixels a dot", (scale) => {
    expect(hasBurnedInText(write(drawSlice(), "DOEJANE", scale, 3071), size, size)).toBe(true);
  });

  it("takes four marks for no line of text", () => {
    expect(hasBurnedInText(write(drawSlice(), "JADE", 2, 3071), size, size)).toBe(false);
  });

  it("says nothing of an empty slice", () => {
    expect(hasBurnedInText(new Int16Array(size * size), size, size)).toBe(false);
  });
});
