import { createHash } from "node:crypto";
import { createRandom, type Random } from "../base/random.ts";
import type { Volume } from "../study/volume.ts";
import { type Anatomy, drawAnatomy } from "./anatomy.ts";
import { drawCourseLesions } from "./course.ts";
import { drawCovidLesions } from "./covid.ts";
import { type Lesion, type Manifestation, manifestations } from "./lesions.ts";
import { growLungTrees } from "./lungTrees.ts";
import { oneSpot } from "./oneSpot.ts";
import { createRaster, type Raster } from "./plane.ts";
import type { LesionTruth, StudyPlan } from "./planPhantoms.ts";
import { drawPneumoniaLesions } from "./pneumonia.ts";
import { type LungState, liningMaps, renderSlice, type Scene } from "./renderSlice.ts";
import { kernelWeights, scanSlice } from "./scanner.ts";
import { cutSection } from "./section.ts";
import { createDepthField } from "./tree.ts";

/** A study in memory with its truth. Masks are [z, y, x] as the volume. */
export interface DrawnStudy {
  readonly plan: StudyPlan;
  readonly sex: "F" | "M";
  readonly ageYears: number;
  readonly volume: Volume;
  /** 0 outside, 1 right lung, 2 left lung; lesions and vessels of the lung included, trachea and main bronchi not. */
  readonly lungs: Uint8Array;
  /** 0 none, 1 ground-glass opacity, 2 consolidation (nodules and cavities too), 3 fibrotic streaks. */
  readonly lesions: Uint8Array;
  /** Of each slice: the manifestation that covers most of it, or null where less than 30 mm² is lesion. */
  readonly sliceLabels: readonly (Manifestation | null)[];
  /** Of each slice: every manifestation that covers as much of it as a label needs. */
  readonly sliceShows: readonly (readonly Manifestation[])[];
  /** Millilitres of each manifestation that is there. */
  readonly lesionVolumes: readonly LesionTruth[];
  /** Instance number of each slice: not the anatomical order in some studies, as in life. */
  readonly instanceNumbers: readonly number[];
}

const leastLesionMm2 = 30;
/** Streaks are thin: their area counts so many times when a slice's label is chosen. */
const streakWeight = 3;

/** Draws one study: the same volume and truth for the same plan. */
export function drawStudy(plan: StudyPlan): DrawnStudy {
  const subject = createRandom(plan.seed).fork(`subject ${plan.subject}`);
  const anatomy = drawAnatomy(subject.fork("anatomy"));
  const depth = createDepthField(anatomy);
  const trees = growLungTrees(anatomy, depth, subject.fork("trees"));
  const visit = subject.fork(`visit ${plan.study}`);
  const disease = subject.fork("disease");
  const { course, day } = plan;
  let lesions: Lesion[] = [];
  let effusionMm: readonly [number, number] = [0, 0];
  if (course !== undefined) {
    lesions = drawCourseLesions(anatomy, depth, { disease: () => subject.fork("disease"), course, day });
  } else if (plan.label === "COVID-19") lesions = drawCovidLesions(anatomy, depth, disease, day);
  if (plan.label === "other pneumonia") ({ lesions, effusionMm } = drawPneumoniaLesions(anatomy, depth, disease));
  if (plan.spot !== undefined) [lesions, effusionMm] = [oneSpot(lesions, plan.spot * anatomy.apexMm), [0, 0]];
  const raster = placeRaster(plan, anatomy, visit.fork("raster"));
  const scene: Scene = {
    anatomy,
    trees,
    lesions,
    state: { ...drawLungState(visit.fork("state")), effusionMm },
    ...liningMaps(anatomy, raster),
    tableYMm: backOf(anatomy) + 3,
  };
  return scan(plan, scene, raster, visit.fork("scan"));
}

/** The lungs' filling of the day: it moves the mean density as much as disease does, whatever the class. */
function drawLungState(random: Random): Omit<LungState, "effusionMm"> {
  return {
    lungHu: -908 + 140 * random.uniform() ** 1.3,
    gravityHu: random.between(15, 60),
    dependentHu: random.uniform() < 0.25 ? random.between(160, 420) : 0,
    mottleHu: random.between(8, 22),
  };
}

function placeRaster(plan: StudyPlan, anatomy: Anatomy, random: Random): Raster {
  const centreMm = { x: random.between(-8, 8), y: random.between(-6, 10) };
  const needed = 2 * (anatomy.halfWidthMm + anatomy.muscleMm * 0.4 + 12);
  const pixelMm = Math.round((Math.max(plan.fieldOfViewMm, needed) / plan.matrix) * 1e4) / 1e4;
  return createRaster(plan.matrix, pixelMm, centreMm, plan.spacingZMm);
}

function backOf(anatomy: Anatomy): number {
  const { skinMm } = cutSection(anatomy, 0.4 * anatomy.apexMm);
  return skinMm[Math.round(skinMm.length / 4)] as number;
}

function scan(plan: StudyPlan, scene: Scene, raster: Raster, random: Random): DrawnStudy {
  const { anatomy } = scene;
  const { matrix, pixelMm } = raster;
  const bottomMm = lowestLungMm(scene, raster) - random.between(2, 22);
  const topMm = anatomy.apexMm + random.between(4, 24);
  const count = Math.max(2, Math.ceil((topMm - bottomMm) / plan.spacingZMm) + 1);
  const area = matrix * matrix;
  const voxels = new Int16Array(count * area);
  const lungs = new Uint8Array(count * area);
  const lesions = new Uint8Array(count * area);
  const weights = kernelWeights(plan.kernel, pixelMm);
  const share = noiseShare(raster);
  const dose = random.between(0.8, 1.35);
  const motionMm = random.uniform() < 0.15 ? random.between(2.5, 6) : 0;
  const isSeen = circleOf(matrix);
  for (let z = 0; z < count; z++) {
    const zMm = bottomMm + z * plan.spacingZMm;
    const slice = renderSlice(scene, raster, zMm);
    if (motionMm > 0 && zMm < 0.5 * anatomy.apexMm)
      smearInto(slice.hu, raster, 1.02 * anatomy.halfWidthMm, motionMm, random);
    const shoulders = zMm > anatomy.apexMm - 50 ? 1.5 : 1;
    const hu = (plan.kernel.noiseHu * dose * shoulders) / Math.sqrt(plan.spacingZMm);
    const seen = scanSlice(slice.hu, matrix, weights, { hu, share, random });
    const start = z * area;
    for (let index = 0; index < area; index++) {
      const value = Math.round(seen[index] as number);
      voxels[start + index] = isSeen[index] === 0 ? -1024 : Math.max(-1024, value);
    }
    lungs.set(slice.lungs, start);
    lesions.set(slice.lesions, start);
  }
  const ids = (what: string) => phantomUid(`${plan.seed}/${plan.name}/${plan.matrix}/${plan.spacingZMm}/${what}`);
  const counts = countBySlice(lesions, area, count);
  return {
    plan,
    sex: anatomy.sex,
    ageYears: anatomy.ageYears,
    volume: {
      voxels,
      shape: [count, matrix, matrix],
      geometry: {
        originMm: [round4(raster.x0Mm), round4(raster.y0Mm), round4(bottomMm)],
        spacingMm: [plan.spacingZMm, pixelMm, pixelMm],
        axes: [
          [0, 0, 1],
          [0, 1, 0],
          [1, 0, 0],
        ],
      },
      series: {
        studyUid: ids("study"),
        seriesUid: ids("series"),
        modality: "CT",
        description: "Chest, drawn phantom",
        kernel: plan.kernel.name,
        sliceThicknessMm: plan.spacingZMm,
        manufacturer: plan.manufacturer,
        modelName: plan.model,
      },
      sliceNames: Array.from({ length: count }, (_, z) => ids(`slice ${z}`)),
      warnings: [],
    },
    lungs,
    lesions,
    sliceLabels: counts.map((pixels) => labelOf(pixels, pixelMm * pixelMm)),
    sliceShows: counts.map((pixels) => shownIn(pixels, pixelMm * pixelMm)),
    lesionVolumes: volumesOf(counts, (pixelMm * pixelMm * plan.spacingZMm) / 1000),
    instanceNumbers: numberInstances(plan, count, random.fork("numbers")),
  };
}

/** A UID under 2.25 that the text decides. @source PS3.5 B.2 */
export function phantomUid(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return `2.25.${BigInt(`0x${digits}`)}`;
}

/** How low the lungs reach behind the diaphragm's domes. */
function lowestLungMm(scene: Scene, raster: Raster): number {
  const { cavityMm } = cutSection(scene.anatomy, -60);
  let lowest = 0;
  scene.floorMm.forEach((floor, index) => {
    const inside = (cavityMm[raster.direction[index] as number] as number) - 4;
    if ((raster.radiusMm[index] as number) < inside && floor < lowest) lowest = floor;
  });
  return lowest;
}

/** 1 within the circle that a scanner reconstructs. */
function circleOf(matrix: number): Uint8Array {
  const middle = (matrix - 1) / 2;
  const isSeen = new Uint8Array(matrix * matrix);
  for (let row = 0; row < matrix; row++) {
    for (let column = 0; column < matrix; column++) {
      const squared = (row - middle) ** 2 + (column - middle) ** 2;
      isSeen[row * matrix + column] = squared <= (matrix / 2) ** 2 ? 1 : 0;
    }
  }
  return isSeen;
}

/** Noise is less towards the air around the body. */
function noiseShare(raster: Raster): Float32Array {
  return raster.radiusMm.map((radius) => 0.55 + 0.55 * Math.exp(-((radius / 140) ** 2)));
}

/** A breath or heartbeat during the scan: the inside of the chest and its shifted self, about half each. */
function smearInto(hu: Float32Array, raster: Raster, withinMm: number, shiftMm: number, random: Random): void {
  const { matrix, pixelMm, radiusMm } = raster;
  const turn = random.between(0, 2 * Math.PI);
  const shift =
    Math.round((shiftMm / pixelMm) * Math.sin(turn)) * matrix + Math.round((shiftMm / pixelMm) * Math.cos(turn));
  const before = hu.slice();
  for (let index = 0; index < hu.length; index++) {
    if ((radiusMm[index] as number) > withinMm || (before[index] as number) < -950) continue;
    const shifted = before[index + shift] ?? -1000;
    hu[index] = 0.55 * (before[index] as number) + 0.45 * shifted;
  }
}

function countBySlice(lesions: Uint8Array, area: number, count: number): number[][] {
  return Array.from({ length: count }, (_, z) => {
    const pixels = [0, 0, 0];
    for (let i = z * area; i < (z + 1) * area; i++) {
      const code = lesions[i] as number;
      if (code > 0) pixels[code - 1] = (pixels[code - 1] as number) + 1;
    }
    return pixels;
  });
}

function labelOf(pixels: readonly number[], pixelMm2: number): Manifestation | null {
  const areas = weighedAreas(pixels, pixelMm2);
  const largest = Math.max(...areas);
  if (largest < leastLesionMm2) return null;
  return manifestations[areas.indexOf(largest)] ?? null;
}

function shownIn(pixels: readonly number[], pixelMm2: number): Manifestation[] {
  const areas = weighedAreas(pixels, pixelMm2);
  return manifestations.filter((_, i) => (areas[i] as number) >= leastLesionMm2);
}

function weighedAreas(pixels: readonly number[], pixelMm2: number): number[] {
  return pixels.map((pixelCount, i) => pixelCount * pixelMm2 * (i === 2 ? streakWeight : 1));
}

function volumesOf(counts: readonly number[][], ml: number): LesionTruth[] {
  return manifestations.flatMap((manifestation, i) => {
    const voxels = counts.reduce((sum, pixels) => sum + (pixels[i] as number), 0);
    return voxels > 0 ? [{ manifestation, ml: Math.round(voxels * ml * 1000) / 1000 }] : [];
  });
}

function numberInstances(plan: StudyPlan, count: number, random: Random): number[] {
  const up = Array.from({ length: count }, (_, z) => z + 1);
  if (plan.numbering === "up") return up;
  return plan.numbering === "down" ? up.reverse() : random.shuffled(up);
}

function round4(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
