import { describe, expect, it } from "vitest";
import { type Geometry, positionMm, type Shape3, type Vector3 } from "../study/volume.ts";
import { turnToLps } from "./turnToLps.ts";

const shape: Shape3 = [2, 3, 4];
const voxels = Int16Array.from({ length: 24 }, (_, i) => i);
const left: Vector3 = [1, 0, 0];
const back: Vector3 = [0, 1, 0];
const head: Vector3 = [0, 0, 1];
const minus = ([x, y, z]: Vector3): Vector3 => [-x, -y, -z];

/** All 48 ways in which three index axes can lie along the patient's. */
const axesOf: Geometry["axes"][] = [
  [head, back, left],
  [head, left, back],
  [back, head, left],
  [back, left, head],
  [left, head, back],
  [left, back, head],
].flatMap((order) =>
  Array.from(
    { length: 8 },
    (_, bits) => order.map((axis, i) => (bits & (1 << i) ? minus(axis as Vector3) : axis)) as never,
  ),
);

describe("turnToLps", () => {
  it("keeps every voxel at its place in the patient, for all 48 orientations", () => {
    for (const axes of axesOf) {
      const geometry: Geometry = { originMm: [7, -8, 9], spacingMm: [2, 0.5, 0.8], axes };
      const turned = turnToLps({ voxels, shape, geometry });
      expect(turned.geometry.axes.map((axis) => axis.map((part) => part + 0))).toEqual([head, back, left]);
      const places = (of: { voxels: Int16Array; shape: Shape3; geometry: Geometry }) => {
        const found = new Map<string, number>();
        for (let z = 0, at = 0; z < of.shape[0]; z++) {
          for (let y = 0; y < of.shape[1]; y++) {
            for (let x = 0; x < of.shape[2]; x++, at++) {
              const place = positionMm(of.geometry, [z, y, x]).map((mm) => mm.toFixed(6));
              found.set(place.join(" "), of.voxels[at]!);
            }
          }
        }
        return [...found].sort();
      };
      expect(places(turned)).toEqual(places({ voxels, shape, geometry }));
    }
  });

  it("gives the same array where nothing is to turn, oblique axes included", () => {
    const axes: Geometry["axes"] = [
      [0, 0.6, 0.8],
      [0, 0.8, -0.6],
      [1, 0, 0],
    ];
    const geometry: Geometry = { originMm: [0, 0, 0], spacingMm: [1, 1, 1], axes };
    expect(turnToLps({ voxels, shape, geometry }).voxels).toBe(voxels);
  });
});
