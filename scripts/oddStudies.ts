// Studies that a classifier should not answer for, or should answer with care, made of drawn ones.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom, type Random } from "../src/base/random.ts";
import { type DrawnStudy, drawStudy } from "../src/phantom/drawStudy.ts";
import type { StudyPlan } from "../src/phantom/planPhantoms.ts";
import { writeStudy } from "../src/phantom/studyFiles.ts";
import { greyOfHu, lungWindow } from "../src/study/windowLevel.ts";

/** What is done to a drawn study, and what a reader of the table should know of it. */
export interface OddKind {
  readonly name: string;
  readonly what: string;
  /** Whether its label still holds: its accuracy may be asked for. */
  readonly isStillChest: boolean;
}

export const oddKinds = [
  { name: "clean", what: "as drawn", isStillChest: true },
  { name: "sharp kernel", what: "edges raised threefold, noise of 45 HU added", isStillChest: true },
  { name: "smooth kernel", what: "blurred by 2.5 px", isStillChest: true },
  { name: "low dose", what: "noise of 150 HU added", isStillChest: true },
  { name: "half a chest", what: "the upper half of the slices", isStillChest: true },
  { name: "shoulders", what: "the highest fifth of the slices", isStillChest: false },
  { name: "abdomen", what: "soft tissue instead of lungs, with pockets of bowel gas", isStillChest: false },
  { name: "inverted HU", what: "−1000 HU − value", isStillChest: false },
  { name: "8-bit DICOM", what: "the lung window's 256 greys as if they were HU", isStillChest: false },
  { name: "8-bit PNG", what: "the lung window's 256 greys as pictures", isStillChest: true },
] as const satisfies readonly OddKind[];

export type OddName = (typeof oddKinds)[number]["name"];

/** Draws a study, makes it odd and writes it below OUT; returns the path to diagnose. */
export async function writeOddStudy(out: string, plan: StudyPlan, kind: OddName): Promise<string> {
  const drawn = drawStudy(plan);
  if (kind === "8-bit PNG") return writePictures(join(out, "pictures", plan.name), drawn);
  await writeStudy(out, madeOdd(drawn, kind));
  return join(out, "studies", plan.name);
}

function madeOdd(drawn: DrawnStudy, kind: Exclude<OddName, "8-bit PNG">): DrawnStudy {
  const random = createRandom(drawn.plan.seed).fork(`${drawn.plan.name} ${kind}`);
  const [count] = drawn.volume.shape;
  switch (kind) {
    case "clean":
      return drawn;
    case "sharp kernel": {
      const soft = blurred(drawn, 1.2);
      const noise = normal(random, 45);
      return withVoxels(drawn, (hu, i) => hu + 2 * (hu - soft[i]) + noise());
    }
    case "smooth kernel": {
      const soft = blurred(drawn, 2.5);
      return withVoxels(drawn, (_, i) => soft[i]);
    }
    case "low dose": {
      const noise = normal(random, 150);
      return withVoxels(drawn, (hu) => hu + noise());
    }
    case "half a chest":
      return withSlices(drawn, Math.floor(count / 2));
    case "shoulders":
      return withSlices(drawn, Math.floor(0.8 * count));
    case "abdomen":
      return abdomen(drawn, random);
    case "inverted HU":
      return withVoxels(drawn, (hu) => -1000 - hu);
    case "8-bit DICOM":
      return withVoxels(drawn, (hu) => greyOfHu(hu, lungWindow));
  }
}

function withVoxels(drawn: DrawnStudy, change: (hu: number, index: number) => number): DrawnStudy {
  const voxels = drawn.volume.voxels.map((hu, i) => Math.max(-1024, Math.min(3071, Math.round(change(hu, i)))));
  return { ...drawn, volume: { ...drawn.volume, voxels } };
}

/** The slices from one on to the head. */
function withSlices(drawn: DrawnStudy, first: number): DrawnStudy {
  const { volume, lungs, lesions, sliceLabels, instanceNumbers } = drawn;
  const [count, rows, columns] = volume.shape;
  const area = rows * columns;
  const [x, y, z] = volume.geometry.originMm;
  return {
    ...drawn,
    volume: {
      ...volume,
      voxels: volume.voxels.slice(first * area),
      shape: [count - first, rows, columns],
      geometry: { ...volume.geometry, originMm: [x, y, z + first * volume.geometry.spacingMm[0]] },
      sliceNames: volume.sliceNames.slice(first),
    },
    lungs: lungs.slice(first * area),
    lesions: lesions.slice(first * area),
    sliceLabels: sliceLabels.slice(first),
    instanceNumbers: instanceNumbers.slice(first),
  };
}

/** All air inside the body becomes soft tissue; then gas lies in ellipsoids in its front half. */
function abdomen(drawn: DrawnStudy, random: Random): DrawnStudy {
  const [count, rows, columns] = drawn.volume.shape;
  const [stepZ, stepY] = drawn.volume.geometry.spacingMm;
  const noise = normal(random, 14);
  const pockets = Array.from({ length: 6 + random.integer(6) }, () => ({
    z: random.between(0, count),
    y: random.between(0.35, 0.52) * rows,
    x: random.between(0.33, 0.67) * columns,
    radiusZ: random.between(10, 40) / stepZ,
    radiusY: random.between(8, 18) / stepY,
    radiusX: random.between(12, 38) / stepY,
  }));
  const voxels = drawn.volume.voxels.slice();
  for (let line = 0; line < count * rows; line++) {
    const row = voxels.subarray(line * columns, (line + 1) * columns);
    const first = row.findIndex((hu) => hu > -200);
    const last = row.findLastIndex((hu) => hu > -200);
    const [z, y] = [Math.floor(line / rows), line % rows];
    for (let x = first; x >= 0 && x <= last; x++) {
      const isGas = pockets.some(
        (one) =>
          ((z - one.z) / one.radiusZ) ** 2 + ((y - one.y) / one.radiusY) ** 2 + ((x - one.x) / one.radiusX) ** 2 < 1,
      );
      if (isGas) row[x] = Math.round(-960 + noise());
      else if (row[x] < -150) row[x] = Math.round(55 + noise());
    }
  }
  return { ...drawn, volume: { ...drawn.volume, voxels } };
}

/** Each slice blurred by a Gaussian, sigma in pixels. */
function blurred({ volume }: DrawnStudy, sigma: number): Float32Array {
  const [count, rows, columns] = volume.shape;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (from: ArrayLike<number>, step: number, length: number) => {
    const result = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const at = Math.floor(i / step) % length;
      for (const [k, weight] of weights.entries()) {
        const clamped = Math.min(length - 1, Math.max(0, at + k - reach));
        result[i] += (weight / total) * from[i + (clamped - at) * step];
      }
    }
    return result;
  };
  return along(along(volume.voxels.subarray(0, count * rows * columns), 1, columns), columns, rows);
}

/** Normal numbers of a deviation. */
function normal(random: Random, deviation: number): () => number {
  return () => deviation * Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

async function writePictures(folder: string, { volume }: DrawnStudy): Promise<string> {
  const [count, height, width] = volume.shape;
  await mkdir(folder, { recursive: true });
  for (let z = 0; z < count; z++) {
    const hu = volume.voxels.subarray(z * height * width, (z + 1) * height * width);
    const grey = Uint8Array.from(hu, (value) => greyOfHu(value, lungWindow));
    const name = `${String(z + 1).padStart(3, "0")}.png`;
    await sharp(grey, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(join(folder, name));
  }
  return folder;
}
