import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import type { Volume } from "../study/volume.ts";
import { wholePlanePx, wholePlanes } from "./wholePlanes.ts";

const side = 128;

/** A volume of noise over −1000 to 200 HU, its slices at these heights. */
function volumeAt(heightsMm: readonly number[], change: (hu: number) => number = (hu) => hu): Volume {
  const voxels = new Int16Array(heightsMm.length * side * side);
  for (const [z, height] of heightsMm.entries()) {
    const random = createRandom(`height ${height}`);
    for (let i = 0; i < side * side; i++) voxels[z * side * side + i] = change(random.integer(1200) - 1000);
  }
  const step = (heightsMm[1] ?? 0) - (heightsMm[0] ?? 0);
  return {
    voxels,
    shape: [heightsMm.length, side, side],
    geometry: {
      originMm: [0, 0, heightsMm[0] ?? 0],
      spacingMm: [step, 1, 1],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1", seriesUid: "1.1", modality: "CT" },
    sliceNames: heightsMm.map(String),
    warnings: [],
  };
}

const every = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

describe("wholePlanes", () => {
  it("makes one plane of each 8 mm, counted from the patient's zero", () => {
    const { pixels, heightsMm } = wholePlanes(volumeAt(every(-6, 25, 2)));
    // −6 to −2, 0 to 6, 8 to 14, 16 to 22, 24
    expect(heightsMm).toEqual([-4, 3, 11, 19, 24]);
    expect(pixels.length).toBe(5 * wholePlanePx ** 2);
  });

  it("gives the same whatever window the volume was stretched by", () => {
    const heights = every(0, 40, 4);
    const plain = wholePlanes(volumeAt(heights)).pixels;
    const stretched = wholePlanes(volumeAt(heights, (hu) => 2 * hu + 300)).pixels;
    expect(plain.every((grey, i) => Math.abs(grey - (stretched[i] as number)) <= 1)).toBe(true);
  });

  it("shows the same planes where slices at the ends were left out", () => {
    const whole = wholePlanes(volumeAt(every(0, 63, 4)));
    const part = wholePlanes(volumeAt(every(16, 47, 4)));
    expect(part.heightsMm).toEqual(whole.heightsMm.slice(2, 6));
    const same = whole.pixels.subarray(2 * wholePlanePx ** 2, 6 * wholePlanePx ** 2);
    // The range is that of other voxels.
    expect(part.pixels.every((grey, i) => Math.abs(grey - (same[i] as number)) <= 4)).toBe(true);
  });

  it("takes the mean of the pixels of each place", () => {
    const halves = volumeAt([0, 8]);
    // Left half −1000 HU, right half 200: what lies at a place is one grey.
    halves.voxels.forEach((_, i) => {
      halves.voxels[i] = i % side < side / 2 ? -1000 : 200;
    });
    const { pixels } = wholePlanes(halves);
    expect(pixels[wholePlanePx / 2 - 1]).toBe(0);
    expect(pixels[wholePlanePx / 2]).toBe(255);
  });
});
