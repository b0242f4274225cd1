import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { augmentations, randomView } from "./augment.ts";
import { fillBatch } from "./batches.ts";
import { type Distortion, distortedCrop } from "./distort.ts";

interface Golden {
  readonly storedPx: number;
  readonly inputPx: number;
  readonly image: readonly number[];
  readonly cases: readonly (Omit<Distortion, "noise"> & { top: number; left: number; grey: readonly number[] })[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("./distort.golden.json", import.meta.url), "utf8"));
const { storedPx, inputPx } = golden;
const image = Uint8Array.from(golden.image);
const plain: Distortion = { rotationDegrees: 0, scale: 1, brightness: 1, contrast: 1, noise: null };

describe("distortedCrop", () => {
  for (const { top, left, grey, ...distortion } of golden.cases) {
    it(`gives PyTorch's greys with ${JSON.stringify(distortion)}`, () => {
      const found = distortedCrop({ image, storedPx, top, left, inputPx }, { ...distortion, noise: null });
      for (const [i, value] of grey.entries()) expect(Math.abs(found[i]! - value), `pixel ${i}`).toBeLessThan(2e-3);
    });
  }

  it("turns a quarter counterclockwise: what was at the right is at the top", () => {
    const right = Uint8Array.from({ length: 25 }, (_, i) => (i === 2 * 5 + 4 ? 255 : 0));
    const crop = { image: right, storedPx: 5, top: 0, left: 0, inputPx: 5 };
    const turned = distortedCrop(crop, { ...plain, rotationDegrees: 90 });
    expect(turned.indexOf(Math.max(...turned))).toBe(2);
  });

  it("adds noise of the deviation asked for, the same for the same seed, within five standard errors", () => {
    const grey = new Uint8Array(100 * 100).fill(128);
    const crop = { image: grey, storedPx: 100, top: 0, left: 0, inputPx: 100 };
    const noisy = (seed: number) => distortedCrop(crop, { ...plain, noise: { deviation: 0.05, seed } });
    const differences = Float64Array.from(noisy(1), (value) => (value - 128) / 255);
    const squares = differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
    expect(Math.abs(squares / 0.05 ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / differences.length));
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect(Math.abs(mean)).toBeLessThan((5 * 0.05) / Math.sqrt(differences.length));
    expect(noisy(1)).toEqual(noisy(1));
    expect(noisy(1)).not.toEqual(noisy(2));
  });
});

describe("randomView with more than the paper's augmentation", () => {
  it("draws within what is asked for, from the seed alone", () => {
    const settings = augmentations.more!;
    const draw = (seed: number) => randomView({ storedPx: 256, inputPx: 224 }, createRandom(seed), settings);
    const views = Array.from({ length: 200 }, (_, seed) => draw(seed));
    for (const { distortion } of views) {
      expect(Math.abs(distortion!.rotationDegrees)).toBeLessThanOrEqual(10);
      for (const factor of [distortion!.scale, distortion!.brightness, distortion!.contrast]) {
        expect(Math.abs(factor - 1)).toBeLessThanOrEqual(0.1);
      }
    }
    expect(Math.max(...views.map(({ distortion }) => distortion!.rotationDegrees))).toBeGreaterThan(8);
    expect(draw(3)).toEqual(draw(3));
  });

  it("crops and flips as the paper's does with the same seed", () => {
    const sizes = { storedPx: 256, inputPx: 224 };
    const { distortion, ...view } = randomView(sizes, createRandom(4), augmentations.more);
    expect(view).toEqual(randomView(sizes, createRandom(4)));
  });

  it("fills a batch with the distorted crop, flipped and normalised", () => {
    const recipe = {
      storedPx,
      inputPx,
      mean: [0, 0.2, 0.4] as [number, number, number],
      std: [1, 0.5, 0.25] as [number, number, number],
    };
    const { top, left, grey, ...distortion } = golden.cases.at(-1)!;
    const target = new Float32Array(3 * inputPx * inputPx);
    fillBatch(target, [image], recipe, [{ top, left, isFlipped: true, distortion: { ...distortion, noise: null } }]);
    const first = grey[inputPx - 1]! / 255;
    expect(target[0]).toBeCloseTo(first, 4);
    expect(target[2 * inputPx * inputPx]).toBeCloseTo((first - 0.4) / 0.25, 4);
  });
});
