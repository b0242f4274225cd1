import { greyByRange } from "../slices/greyOfSlice.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import { wholePlanePx as px } from "../slices/wholePlanes.ts";
import { detailOfRanks, rankGreys } from "./detail.ts";
import { lungsDarkerThan, lungsOfPlane } from "./lungsOfPlane.ts";

/**
 * What is seen in a study's lungs, as it is compared with other studies. Lungs are found on whole planes, so that
 * it does not matter how they were outlined when the study was prepared.
 */
export interface WholeSignature {
  readonly caseId: string;
  readonly subjectId: string;
  /** Centre and spread (standard deviation) of the lungs in pixels of a plane and in mm of height: by them studies are laid over each other. */
  readonly frame: {
    readonly y: number;
    readonly x: number;
    readonly spreadY: number;
    readonly spreadX: number;
    readonly heightMm: number;
  };
  /** Rows and columns of the planes that hold all lungs. */
  readonly box: { readonly top: number; readonly left: number; readonly rows: number; readonly columns: number };
  /** [planes with lung, box rows, box columns]: detail of the lungs, `nothing` elsewhere. */
  readonly detail: Int8Array;
  readonly heightsMm: readonly number[];
  /** [levels, glancePx, glancePx], of a picture one level: coarse detail in the frame of the lungs, 0 where nothing is seen. */
  readonly glance: Float32Array;
  /** The sum of squares of each level of the glance. */
  readonly glancePower: Float64Array;
}

/** In a detail, what is no lung. */
export const nothing = -128;

/** Levels of a glance lie so far apart, about the centre of the lungs. */
export const glanceStepMm = 16;
const levelsOfVolume = 11;
export const glancePx = 14;
/** Half a side of a glance, in spreads of the lungs. */
const [glanceReachY, glanceReachX] = [2.2, 2];
/** Fewer pixels of lung in all tell nothing. */
const fewestLungPixels = 300;

/**
 * A study's signature; null where its planes show no lungs, or nothing within them (as in a window for soft tissue).
 *
 * pixels: [planes, wholePlanePx, wholePlanePx], grey 0–255, as wholePlanes makes them.
 */
export function wholeSignatureOf(
  who: { readonly caseId: string; readonly subjectId: string },
  { pixels, heightsMm }: { readonly pixels: Uint8Array; readonly heightsMm: readonly number[] },
): WholeSignature | null {
  const size = px * px;
  const planes = heightsMm.map((heightMm, i) => {
    const grey = pixels.subarray(i * size, (i + 1) * size);
    const lungs = lungsOfPlane(grey);
    return { heightMm, grey, lungs };
  });
  const frame = frameOf(planes);
  if (frame === null) return null;
  const seen = planes.flatMap(({ heightMm, grey, lungs }) => {
    if (isOneGrey(grey, lungs)) return [];
    const ranks = rankGreys(grey.map((value, i) => (lungs[i] === 1 ? Math.max(13, value) : 0)));
    return ranks === null ? [] : [{ heightMm, detail: detailOfRanks(ranks, px) }];
  });
  if (seen.length === 0) return null;
  const box = boxOf(seen);
  const detail = new Int8Array(seen.length * box.rows * box.columns);
  for (const [i, plane] of seen.entries()) {
    for (let y = 0; y < box.rows; y++) {
      for (let x = 0; x < box.columns; x++) {
        const value = plane.detail[(y + box.top) * px + x + box.left] as number;
        // A difference of ranks, −255 to 255, is kept to two.
        detail[(i * box.rows + y) * box.columns + x] = Number.isNaN(value)
          ? nothing
          : Math.round(Math.max(-254, Math.min(254, value)) / 2);
      }
    }
  }
  const levels = heightsMm.length === 1 ? 1 : levelsOfVolume;
  const glance = glanceOf(seen, frame, levels);
  const level = glancePx * glancePx;
  const glancePower = Float64Array.from({ length: levels }, (_, k) =>
    glance.subarray(k * level, (k + 1) * level).reduce((sum, value) => sum + value * value, 0),
  );
  const { caseId, subjectId } = who;
  return {
    caseId,
    subjectId,
    frame,
    box,
    detail,
    heightsMm: seen.map(({ heightMm }) => heightMm),
    glance,
    glancePower,
  };
}

/** Whether half of the lungs is of one grey, as where a window made all of them black. */
function isOneGrey(grey: Uint8Array, lungs: Uint8Array): boolean {
  const counts = new Uint16Array(256);
  let all = 0;
  for (let i = 0; i < lungs.length; i++) {
    if (lungs[i] !== 1) continue;
    counts[grey[i] as number] = (counts[grey[i] as number] as number) + 1;
    all++;
  }
  return counts.some((count) => 2 * count > all);
}

/**
 * The signature of one picture, of a study that has no heights; null as wholeSignatureOf.
 *
 * pixels: [side, side], grey 0–255.
 */
export function wholeSignatureOfPicture(
  who: { readonly caseId: string; readonly subjectId: string },
  pixels: Uint8Array,
  side: number,
): WholeSignature | null {
  const small = resizeGrey(pixels, [side, side], [px, px]);
  return wholeSignatureOf(who, { pixels: greyByRange(small, null), heightsMm: [0] });
}

/** Moments of the lungs of all planes. The darker a pixel the more it counts, so that where exactly lung begins hardly matters. */
function frameOf(
  planes: readonly { readonly heightMm: number; readonly grey: Uint8Array; readonly lungs: Uint8Array }[],
): WholeSignature["frame"] | null {
  let [count, all, sumY, sumX, sumYY, sumXX, sumZ] = [0, 0, 0, 0, 0, 0, 0];
  for (const { heightMm, grey, lungs } of planes) {
    for (let i = 0; i < lungs.length; i++) {
      if (lungs[i] !== 1) continue;
      const weight = Math.max(0, 1 - (grey[i] as number) / lungsDarkerThan);
      const [y, x] = [Math.floor(i / px), i % px];
      count++;
      all += weight;
      sumY += weight * y;
      sumX += weight * x;
      sumYY += weight * y * y;
      sumXX += weight * x * x;
      sumZ += weight * heightMm;
    }
  }
  if (count < fewestLungPixels || all === 0) return null;
  const [y, x] = [sumY / all, sumX / all];
  const [spreadY, spreadX] = [Math.sqrt(sumYY / all - y * y), Math.sqrt(sumXX / all - x * x)];
  return { y, x, spreadY, spreadX, heightMm: sumZ / all };
}

interface DetailedPlane {
  readonly heightMm: number;
  /** [px, px]; NaN where there is no lung. */
  readonly detail: Float32Array;
}

function boxOf(planes: readonly DetailedPlane[]): WholeSignature["box"] {
  let [top, left, bottom, right] = [px, px, 0, 0];
  for (const { detail } of planes) {
    for (let i = 0; i < detail.length; i++) {
      if (Number.isNaN(detail[i])) continue;
      const [y, x] = [Math.floor(i / px), i % px];
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
    }
  }
  return { top, left, rows: Math.max(0, bottom - top), columns: Math.max(0, right - left) };
}

/** Each level of a glance is the plane next to its height, each of its pixels the mean of three by three. */
function glanceOf(planes: readonly DetailedPlane[], frame: WholeSignature["frame"], levels: number): Float32Array {
  const glance = new Float32Array(levels * glancePx * glancePx);
  const reachOf = (i: number) => (2 * (i + 0.5)) / glancePx - 1;
  for (let level = 0; level < levels; level++) {
    const heightMm = frame.heightMm + (level - (levels - 1) / 2) * glanceStepMm;
    const missMm = (plane: DetailedPlane) => Math.abs(plane.heightMm - heightMm);
    const plane = planes.reduce((best, next) => (missMm(next) < missMm(best) ? next : best));
    if (missMm(plane) > glanceStepMm / 2) continue;
    for (let v = 0; v < glancePx; v++) {
      const y = Math.round(frame.y + glanceReachY * frame.spreadY * reachOf(v));
      for (let u = 0; u < glancePx; u++) {
        const x = Math.round(frame.x + glanceReachX * frame.spreadX * reachOf(u));
        glance[(level * glancePx + v) * glancePx + u] = meanAround(plane.detail, y, x);
      }
    }
  }
  return glance;
}

/** 0 where less than half is lung. */
function meanAround(detail: Float32Array, y: number, x: number): number {
  if (y < 1 || x < 1 || y > px - 2 || x > px - 2) return 0;
  let [sum, count] = [0, 0];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const value = detail[(y + dy) * px + x + dx] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return count < 5 ? 0 : sum / count;
}
