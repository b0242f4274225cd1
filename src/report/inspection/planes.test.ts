import { describe, expect, it } from "vitest";
import { lungMaskOf } from "../../lungs/lungMask.ts";
import type { Volume } from "../../study/volume.ts";
import { drawPlanes, edgesOf } from "./planes.ts";

const size = 32;

/** Slices of 32 × 32 pixels of 1 mm, 2 mm apart; white where isBright says so, else black in the lung window. */
function volumeOf(isBright: (z: number, y: number, x: number) => boolean): Volume {
  const shape = [16, size, size] as const;
  const voxels = new Int16Array(16 * size * size);
  for (let i = 0; i < voxels.length; i++) {
    const [z, y, x] = [Math.floor(i / size / size), Math.floor(i / size) % size, i % size];
    voxels[i] = isBright(z, y, x) ? 150 : -1350;
  }
  return {
    voxels,
    shape,
    geometry: {
      originMm: [0, 0, 0],
      spacingMm: [2, 1, 1],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1.2", seriesUid: "1.2.3", modality: "CT" },
    sliceNames: [],
    warnings: [],
  };
}

function planesOf(isBright: (z: number, y: number, x: number) => boolean) {
  const volume = volumeOf(isBright);
  const planes = drawPlanes({ kind: "volume", volume }, null);
  return (name: string) => {
    const { grey, shape } = planes.find(({ plane }) => plane === name)!;
    const at = (y: number, x: number) => grey[Math.floor(y * shape[0]) * shape[1] + Math.floor(x * shape[1])];
    return { shape, corners: [at(0.1, 0.1), at(0.1, 0.9), at(0.9, 0.1), at(0.9, 0.9)] };
  };
}

describe("drawPlanes", () => {
  it("draws in square millimetres, at most 256 px wide and high", () => {
    const plane = planesOf(() => true);
    expect(plane("axial").shape).toEqual([256, 256]);
    expect(plane("coronal").shape).toEqual([256, 256]);
  });

  it("has the head at the top of coronal and sagittal planes", () => {
    const plane = planesOf((z) => z >= 8);
    expect(plane("coronal").corners).toEqual([255, 255, 0, 0]);
    expect(plane("sagittal").corners).toEqual([255, 255, 0, 0]);
  });

  it("has the patient's right at the left of axial and coronal planes, the front at the top of axial and the left of sagittal ones", () => {
    const right = planesOf((_, __, x) => x < 16);
    expect(right("axial").corners).toEqual([255, 0, 255, 0]);
    expect(right("coronal").corners).toEqual([255, 0, 255, 0]);
    const front = planesOf((_, y) => y < 16);
    expect(front("axial").corners).toEqual([255, 255, 0, 0]);
    expect(front("sagittal").corners).toEqual([255, 0, 255, 0]);
  });

  it("goes through the lungs, each side with its own edges", () => {
    const volume = volumeOf((_, y, x) => y < 4 || x < 4);
    const labels = new Uint8Array(volume.voxels.length);
    for (let z = 10; z < 14; z++) {
      for (let y = 20; y < 24; y++) {
        labels.fill(1, (z * size + y) * size + 4, (z * size + y) * size + 8);
        labels.fill(2, (z * size + y) * size + 20, (z * size + y) * size + 28);
      }
    }
    const planes = drawPlanes({ kind: "volume", volume }, lungMaskOf(labels, volume, []));
    // 20, 50 and 80 % of the way from slice 11 to slice 14 of 16 round to two slices.
    expect(planes.map(({ plane, place }) => `${plane} ${place}`)).toEqual([
      "axial slice 13 of 16",
      "axial slice 12 of 16",
      "coronal row 23 of 32",
      "sagittal column 7 of 32",
      "sagittal column 25 of 32",
    ]);
    const sides = (name: string, i = 0) => [...new Set(planes.filter(({ plane }) => plane === name)[i]!.edges)].sort();
    expect(sides("axial")).toEqual([0, 1, 2]);
    expect(sides("sagittal", 0)).toEqual([0, 1]);
    expect(sides("sagittal", 1)).toEqual([0, 2]);
  });
});

it("edgesOf keeps the labels that have another beside, above or below them", () => {
  const labels = Uint8Array.from(
    [
      [0, 0, 0, 0, 0],
      [1, 1, 1, 2, 2],
      [1, 1, 1, 2, 2],
      [1, 1, 1, 2, 2],
      [0, 0, 0, 0, 0],
    ].flat(),
  );
  const edges = [
    [0, 0, 0, 0, 0],
    [1, 1, 1, 2, 2],
    [1, 0, 1, 2, 2],
    [1, 1, 1, 2, 2],
    [0, 0, 0, 0, 0],
  ].flat();
  expect([...edgesOf(labels, [5, 5])]).toEqual(edges);
});
