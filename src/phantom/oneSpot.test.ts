import { expect, test } from "vitest";
import { drawStudy } from "./drawStudy.ts";
import { planPhantoms } from "./planPhantoms.ts";

const settings = { subjects: 6, seed: 5, matrix: 72, sliceSpacingMm: 5 };
const spotted = planPhantoms({ ...settings, spot: 0.05 });

test("disease of one spot is in at most that share of the slices with lung, and in one piece of them", () => {
  let seen = 0;
  for (const plan of spotted) {
    const { lesions, lungs, volume } = drawStudy(plan);
    const area = volume.shape[1] * volume.shape[2];
    const has = (codes: Uint8Array, z: number) => codes.subarray(z * area, (z + 1) * area).some((code) => code > 0);
    const slices = Array.from({ length: volume.shape[0] }, (_, z) => z);
    const diseased = slices.filter((z) => has(lesions, z));
    expect(diseased.length).toBeLessThanOrEqual(0.05 * slices.filter((z) => has(lungs, z)).length);
    if (plan.label === "normal") expect(diseased).toEqual([]);
    if (diseased.length > 0) expect(diseased.at(-1)! - diseased[0]! + 1).toBe(diseased.length);
    if (plan.label === "COVID-19") expect(diseased.length).toBeGreaterThan(0);
    seen += diseased.length;
  }
  expect(seen).toBeGreaterThan(0);
});

test("changes nothing but the disease: a person without one is the same, voxel by voxel", () => {
  const normal = spotted.find(({ label }) => label === "normal")!;
  const usual = planPhantoms(settings).find(({ name }) => name === normal.name)!;
  expect(drawStudy(normal).volume.voxels).toEqual(drawStudy(usual).volume.voxels);
});
