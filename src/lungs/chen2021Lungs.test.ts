import { existsSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import type { Volume } from "../study/volume.ts";
import { chen2021LungMask } from "./chen2021Lungs.ts";
import { labelsOf } from "./lungMask.ts";
import { chen2021Lungs } from "./lungSettings.ts";

const data = new URL("../../../shared/data/lung-masks/", import.meta.url);

/** Made by chen2021Lungs.golden.py with scikit-image. */
const golden = JSON.parse(readFileSync(new URL("./chen2021Lungs.golden.json", import.meta.url), "utf8")) as {
  name: string;
  area: number;
  sha256: string;
}[];

test.skipIf(!existsSync(data)).each(golden)(
  "isolates the lungs of the real slice $name pixel for pixel as scikit-image does",
  async ({ name, area, sha256 }) => {
    const png = sharp(readFileSync(new URL(`${name}-hu2048.png`, data))).toColourspace("grey16");
    const { data: raw, info } = await png.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
    const stored = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
    const voxels = Int16Array.from(stored, (value) => value - 2048);
    const mask = chen2021LungMask(volumeOf(voxels, [1, info.height, info.width], 0.7), chen2021Lungs);
    const binary = labelsOf(mask).map((label) => (label === 0 ? 0 : 1));
    expect(binary.reduce((sum, bit) => sum + bit, 0)).toBe(area);
    expect(sha256Hex(binary)).toBe(sha256);
  },
);

test("keeps fat and aerated lung of the chest, and leaves out what is above 0 HU, the air outside and the table", () => {
  const size = 80;
  const voxels = new Int16Array(size * size).fill(-1000);
  const fill = (rows: [number, number], columns: [number, number], hu: number) => {
    for (let y = rows[0]; y < rows[1]; y++) voxels.fill(hu, y * size + columns[0], y * size + columns[1]);
  };
  fill([10, 65], [8, 72], 40);
  fill([20, 50], [14, 34], -700);
  fill([20, 50], [46, 66], -700);
  fill([55, 63], [20, 60], -100);
  fill([74, 76], [0, 80], -500);
  const mask = chen2021LungMask(volumeOf(voxels, [1, size, size], 1), {
    ...chen2021Lungs,
    lungClosingMm: 2,
    lungSmallestMm2: 50,
  });
  const labels = labelsOf(mask);
  const at = (y: number, x: number) => labels[y * size + x];
  expect(at(35, 24)).toBe(1);
  expect(at(35, 56)).toBe(2);
  expect(at(59, 30)).toBe(1);
  expect(at(35, 40)).toBe(0);
  expect(at(75, 40)).toBe(0);
  expect(at(5, 40)).toBe(0);
});

test("warns that nothing is left of a slice of air", () => {
  const mask = chen2021LungMask(volumeOf(new Int16Array(400).fill(-1000), [1, 20, 20], 1), chen2021Lungs);
  expect(mask.volumeMl).toBe(0);
  expect(mask.warnings.map((warning) => warning.code)).toEqual(["NO_LUNGS_FOUND"]);
});

function volumeOf(voxels: Int16Array, shape: [number, number, number], pixelMm: number): Volume {
  return {
    voxels,
    shape,
    geometry: {
      originMm: [0, 0, 0],
      spacingMm: [1, pixelMm, pixelMm],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1.2", seriesUid: "1.2.3", modality: "CT" },
    sliceNames: Array.from({ length: shape[0] }, (_, z) => `slice ${z}`),
    warnings: [],
  };
}
