import { expect, it } from "vitest";
import { type Geometry, positionMm, voxelMl } from "./volume.ts";
import { greyOfHu, lungWindow } from "./windowLevel.ts";

const geometry: Geometry = {
  originMm: [-100, -50, 10],
  spacingMm: [5, 0.5, 0.8],
  axes: [
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ],
};

it("places a voxel in the patient: x by columns, y by rows, z by slices", () => {
  expect(positionMm(geometry, [2, 10, 100])).toEqual([-100 + 80, -50 + 5, 10 + 10]);
});

it("counts millilitres of a voxel", () => {
  expect(voxelMl(geometry)).toBeCloseTo(0.002, 12);
});

it("maps the lung window −1350…150 HU to 0…255 and clips beyond it", () => {
  expect([-2000, -1350, -600, 150, 3000].map((hu) => greyOfHu(hu, lungWindow))).toEqual([0, 0, 128, 255, 255]);
});
