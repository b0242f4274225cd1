import { expect, test } from "vitest";
import type { Volume } from "../study/volume.ts";
import { and, countOf } from "./bitMask.ts";
import { chen2021LungMask } from "./chen2021Lungs.ts";
import { defaultLungMask } from "./defaultLungMask.ts";
import { drawThorax } from "./drawnThorax.fixture.ts";
import { isolateLungs } from "./isolateLungs.ts";
import { bothLungs, labelsOf } from "./lungMask.ts";
import { chen2021Lungs, defaultLungs } from "./lungSettings.ts";

/** The drawn thorax with every slice there several times, nearer together. */
function repeated(volume: Volume, times: number): Volume {
  const [slices, rows, columns] = volume.shape;
  const area = rows * columns;
  const voxels = new Int16Array(volume.voxels.length * times);
  for (let z = 0; z < slices * times; z++) {
    const from = Math.floor(z / times) * area;
    voxels.set(volume.voxels.subarray(from, from + area), z * area);
  }
  const [stepZ, stepY, stepX] = volume.geometry.spacingMm;
  return {
    ...volume,
    voxels,
    shape: [slices * times, rows, columns],
    geometry: { ...volume.geometry, spacingMm: [stepZ / times, stepY, stepX] },
    sliceNames: Array.from({ length: slices * times }, (_, z) => `slice ${z}`),
  };
}

test("gives the paper's lungs of many slices as those of each", () => {
  const volume = repeated(drawThorax(), 2);
  const whole = chen2021LungMask(volume, chen2021Lungs);
  const inSlabs = isolateLungs(volume, chen2021Lungs);
  expect(volume.shape[0]).toBeGreaterThan(64);
  expect(inSlabs).toEqual(whole);
  expect(inSlabs.volumeMl).toBeGreaterThan(0);
});

test("warns only where no slice at all has lung", () => {
  const half = drawThorax({ slices: 70, lungSlices: [5, 20] });
  expect(isolateLungs(half, chen2021Lungs).warnings).toEqual([]);
  const air = { ...half, voxels: new Int16Array(half.voxels.length).fill(-1000) };
  expect(isolateLungs(air, chen2021Lungs).warnings.map(({ code }) => code)).toEqual(["NO_LUNGS_FOUND"]);
});

test("finds in every third slice of a long volume what all of them show", () => {
  const volume = repeated(drawThorax(), 24);
  const thin = isolateLungs(volume, defaultLungs);
  const all = defaultLungMask(drawThorax(), defaultLungs);
  expect(volume.shape[0]).toBe(960);
  expect(thin.shape).toEqual(volume.shape);
  // 24 slices that are one drawn slice, by 3, in blocks of 4: each lies within one.
  expect(labelsOf(thin, 460)).toEqual(labelsOf(all, 19));
  expect(thin.rightMl / all.rightMl).toBeCloseTo(1, 2);
  expect(thin.leftMl / all.leftMl).toBeCloseTo(1, 2);
  expect(countOf(and(thin.right, thin.left))).toBe(0);
  expect(countOf(bothLungs(thin, 0))).toBe(0);
});
