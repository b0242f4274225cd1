import { expect, test } from "vitest";
import { createRaster, eachCovered, type Plane, stampEllipse } from "./plane.ts";

function emptyPlane(matrix: number, pixelMm: number, thicknessMm: number): Plane {
  const raster = createRaster(matrix, pixelMm, { x: 0, y: 0 }, thicknessMm);
  return { raster, zMm: 0, hu: new Float32Array(matrix * matrix) };
}

test("a raster is centred: the mean of its pixels' places is the centre", () => {
  const raster = createRaster(4, 2, { x: 10, y: -3 }, 5);
  expect([raster.x0Mm, raster.y0Mm]).toEqual([7, -6]);
  expect(raster.radiusMm[0]).toBeCloseTo(Math.hypot(7, 6), 5);
});

test("an ellipse covers pi times its half axes", () => {
  const plane = emptyPlane(100, 0.9, 5);
  stampEllipse(plane, { x: 3, y: -5, halfX: 20, halfY: 12, turn: 0.6 }, 1);
  const areaMm2 = plane.hu.reduce((sum, value) => sum + value, 0) * 0.81;
  expect(areaMm2 / (Math.PI * 20 * 12)).toBeCloseTo(1, 1);
});

test.each([
  ["lying in the slices", { x: -30, y: 0, z: 1 }, { x: 30, y: 5, z: 3 }],
  ["slanted", { x: -20, y: -10, z: -25 }, { x: 15, y: 12, z: 28 }],
  ["upright", { x: 2, y: 3, z: -30 }, { x: 2, y: 3, z: 30 }],
])("a rod %s fills about its volume over all slices", (_, from, to) => {
  const radius = 4;
  let volumeMm3 = 0;
  const raster = createRaster(128, 0.8, { x: 0, y: 0 }, 5);
  for (let zMm = -50; zMm <= 50; zMm += 5) {
    eachCovered(raster, zMm, { from, to, fromRadius: radius, toRadius: radius }, (_index, share) => {
      volumeMm3 += share * 0.64 * 5;
    });
  }
  const length = Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z);
  const capsule = Math.PI * radius ** 2 * length + (4 / 3) * Math.PI * radius ** 3;
  expect(volumeMm3 / capsule).toBeGreaterThan(0.85);
  expect(volumeMm3 / capsule).toBeLessThan(1.2);
});

test("a thin vessel fades in a thick slice", () => {
  const rod = { from: { x: -30, y: 0, z: 0 }, to: { x: 30, y: 0, z: 0 }, fromRadius: 1, toRadius: 1 };
  const strongest = (thicknessMm: number) => {
    let share = 0;
    eachCovered(createRaster(128, 0.8, { x: 0, y: 0 }, thicknessMm), 0, rod, (_index, one) => {
      share = Math.max(share, one);
    });
    return share;
  };
  expect(strongest(1)).toBeGreaterThan(0.9);
  expect(strongest(10)).toBeLessThan(0.25);
});
