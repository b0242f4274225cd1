import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { randomView } from "./augment.ts";
import { fillBatch } from "./batches.ts";

const recipe = {
  storedPx: 4,
  inputPx: 2,
  mean: [0, 0.2, 0.4] as [number, number, number],
  std: [1, 0.5, 0.25] as [number, number, number],
};
/** Grey = 51 × column + row, so that columns are fifths of the range. */
const image = Uint8Array.from({ length: 16 }, (_, i) => 51 * (i % 4) + Math.floor(i / 4));

const greysOf = (plane: Float32Array) => Array.from(plane, (value) => Math.max(0, Math.round(value * 255)));

describe("fillBatch", () => {
  it("takes the centre crop and normalises each channel by its mean and deviation", () => {
    const target = new Float32Array(2 * 3 * 4);
    const black = new Uint8Array(16);
    fillBatch(target, [image, black], recipe, "none");
    expect(greysOf(target.subarray(0, 4))).toEqual([52, 103, 53, 104]);
    const grey = 52 / 255;
    expect(target[4]).toBeCloseTo((grey - 0.2) / 0.5, 6);
    expect(target[8]).toBeCloseTo((grey - 0.4) / 0.25, 6);
    expect(Array.from(target.subarray(12))).toEqual([
      0,
      0,
      0,
      0,
      ...new Array(4).fill(Math.fround(-0.4)),
      ...new Array(4).fill(Math.fround(-1.6)),
    ]);
  });

  it("crops where randomView says, the same in all channels, and flips rows left to right", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { top, left, isFlipped } = randomView(recipe, createRandom(seed));
      const target = new Float32Array(12);
      fillBatch(target, [image], recipe, createRandom(seed));
      const expected = [0, 1].flatMap((y) => {
        const row = [0, 1].map((x) => 51 * (left + x) + top + y);
        return isFlipped ? row.reverse() : row;
      });
      expect(greysOf(target.subarray(0, 4))).toEqual(expected);
      expect(greysOf(target.subarray(4, 8).map((value) => value * 0.5 + 0.2))).toEqual(expected);
      seen.add(`${top} ${left} ${isFlipped}`);
    }
    expect(seen.size).toBeGreaterThan(10);
  });

  it("refuses a batch or an image of another size", () => {
    expect(() => fillBatch(new Float32Array(11), [image], recipe, "none")).toThrow(RangeError);
    expect(() => fillBatch(new Float32Array(12), [image.subarray(1)], recipe, "none")).toThrow(RangeError);
  });
});

describe("randomView", () => {
  it("is uniform over the 33 × 33 crops of the paper and flips half, within five standard errors", () => {
    const random = createRandom("views");
    const views = Array.from({ length: 33_000 }, () => randomView({ storedPx: 256, inputPx: 224 }, random));
    const expected = 1000;
    const tolerance = 5 * Math.sqrt(expected);
    for (let place = 0; place <= 32; place++) {
      expect(Math.abs(views.filter(({ top }) => top === place).length - expected)).toBeLessThan(tolerance);
      expect(Math.abs(views.filter(({ left }) => left === place).length - expected)).toBeLessThan(tolerance);
    }
    expect(Math.abs(views.filter(({ isFlipped }) => isFlipped).length - 16_500)).toBeLessThan(
      5 * Math.sqrt(33_000 / 4),
    );
  });
});
