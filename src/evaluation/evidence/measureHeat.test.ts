import { describe, expect, test } from "vitest";
import { baselineHeats, type MeasuredSlice, measureHeat } from "./measureHeat.ts";

const px = 10;
const settings = { resamples: 200, seed: 1 };

/** 1 in rows and columns from … to, the latter not among them. */
function rectangle([top, bottom]: [number, number], [left, right]: [number, number]): Uint8Array {
  return Uint8Array.from({ length: px * px }, (_, p) => {
    const [y, x] = [Math.floor(p / px), p % px];
    return Number(y >= top && y < bottom && x >= left && x < right);
  });
}

const lungs = rectangle([0, 10], [0, 5]);
const lesions = rectangle([0, 5], [0, 4]);
const pixels = Uint8Array.from({ length: px * px }, (_, p) => p);
const slice: MeasuredSlice = { subjectId: "a", pixels, lungs, lesions };
const heatOn = (mask: Uint8Array) => Float32Array.from(mask);

describe("measureHeat", () => {
  test("gives heat that is the lesions all points, and even heat what their size is worth", () => {
    const perfect = measureHeat([slice], [heatOn(lesions)], settings);
    for (const name of ["shareInLungs", "pointsAtLesion", "shareOnLesions", "auc", "aucInLungs", "iou"] as const) {
      expect(perfect[name].value).toBe(1);
    }
    const even = measureHeat([slice], [new Float32Array(px * px).fill(2)], settings);
    expect(even.shareInLungs.value).toBeCloseTo(0.5, 12);
    expect(even.shareOnLesions.value).toBeCloseTo(0.2, 12);
    expect(even.auc.value).toBeCloseTo(0.5, 12);
    expect(even.aucInLungs.value).toBeCloseTo(0.5, 12);
  });

  test("counts places of the lungs alone within the lungs: heat beside them changes nothing there", () => {
    const beside = Float32Array.from(lungs, (isLung, p) => (isLung === 1 ? lesions[p]! : 9));
    const found = measureHeat([slice], [beside], settings);
    expect(found.aucInLungs.value).toBe(1);
    // 20 places of lesion are hotter than 30 of lung and colder than 50 outside.
    expect(found.auc.value).toBeCloseTo(30 / 80, 12);
    expect(found.pointsAtLesion.value).toBe(0);
    expect(found.shareInLungs.value).toBeCloseTo(20 / (20 + 50 * 9), 12);
  });

  test("is the mean over slices, between what its subjects have, and says of how many", () => {
    const slices = [slice, slice, { ...slice, subjectId: "b" }, { ...slice, subjectId: "c" }];
    const heats = [lesions, lesions, lesions, rectangle([5, 10], [5, 10])].map(heatOn);
    const { pointsAtLesion } = measureHeat(slices, heats, settings);
    expect(pointsAtLesion).toMatchObject({ value: 0.75, n: 4, subjects: 3 });
    expect(pointsAtLesion.low).toBeGreaterThanOrEqual(0);
    expect(pointsAtLesion.low).toBeLessThan(0.75);
    expect(pointsAtLesion.high).toBe(1);
  });

  test("says why there is no number: no lungs, no lesion, one too small to aim at, no heat", () => {
    const bare = measureHeat([{ ...slice, lungs: null, lesions: null }], [heatOn(lungs)], settings);
    expect(bare.shareInLungs).toMatchObject({ value: null, reason: "lungs were not isolated" });
    expect(bare.iou).toMatchObject({ value: null, reason: "no slice has a known lesion" });
    const speck = { ...slice, lesions: rectangle([0, 1], [0, 10]) };
    expect(measureHeat([speck, slice], [heatOn(lungs), heatOn(lungs)], settings).iou.n).toBe(1);
    const cold = measureHeat([slice], [new Float32Array(px * px)], settings);
    expect(cold.pointsAtLesion.value).toBeNull();
    expect(cold.shareOnLesions.value).toBeNull();
    expect(cold.auc.value).toBe(0.5);
  });
});

test("the baselines are a round blob, the lungs, and the grey of the lungs", () => {
  const { "blob in the centre": blobs, ...rest } = baselineHeats([slice], px);
  const blob = blobs![0]!;
  for (let y = 0; y < px; y++) {
    for (let x = 0; x < px; x++) {
      expect(blob[y * px + x]).toBe(blob[(px - 1 - y) * px + x]);
      expect(blob[y * px + x]).toBe(blob[x * px + y]);
    }
  }
  expect(blob[44]).toBe(Math.max(...blob));
  expect(rest["lung mask"]![0]).toEqual(heatOn(lungs));
  expect(rest["grey within the lungs"]![0]!.subarray(0, px)).toEqual(Float32Array.of(0, 1, 2, 3, 4, 0, 0, 0, 0, 0));
});
