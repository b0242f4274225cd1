import { type Anatomy, apexZMm, diaphragmZMm } from "./anatomy.ts";
import { ease, roundedMin } from "./texture.ts";

/** Directions around the chest's middle: index 0 points left, a quarter to the back. */
export const directions = 720;

/** Rows of the mediastinum's borders: one a millimetre, y from −`borderReach` to `borderReach`. */
export const borderReach = 160;

/** The chest cut at one height: how far its layers reach in every direction, and the borders of the mediastinum. */
export interface Section {
  readonly zMm: number;
  /** Inside of the ribs, muscle's outside, skin's outside, by direction. */
  readonly cavityMm: Float32Array;
  readonly muscleMm: Float32Array;
  readonly skinMm: Float32Array;
  /** Cosine of the slant of the inside against the circle: turns radial into true distance. */
  readonly cavityCosine: Float32Array;
  /** How far the mediastinum reaches to each side of x = 0, by row y, both positive. */
  readonly rightBorderMm: Float32Array;
  readonly leftBorderMm: Float32Array;
  readonly rightCosine: Float32Array;
  readonly leftCosine: Float32Array;
}

/** An ellipse of soft tissue of the mediastinum in an axial plane. */
export interface Ellipse {
  readonly xMm: number;
  readonly yMm: number;
  readonly halfXMm: number;
  readonly halfYMm: number;
  /** Muscle or wall against blood. */
  readonly blood: boolean;
}

const cosines = new Float32Array(directions);
const sines = new Float32Array(directions);
for (let i = 0; i < directions; i++) {
  cosines[i] = Math.cos((2 * Math.PI * i) / directions);
  sines[i] = Math.sin((2 * Math.PI * i) / directions);
}

/** The section at a height. */
export function cutSection(anatomy: Anatomy, zMm: number): Section {
  const cavityMm = new Float32Array(directions);
  const muscleMm = new Float32Array(directions);
  const skinMm = new Float32Array(directions);
  const below = anatomy.apexMm - zMm;
  const narrowing = 1 - Math.exp(-(Math.max(below, -30) + 34) / 58);
  const neck = 1 - 0.5 * ease((-20 - below) / 55);
  const width = anatomy.halfWidthMm * (0.2 + 0.8 * narrowing) * neck;
  const depth = anatomy.halfDepthMm * (0.3 + 0.7 * narrowing) * neck;
  const shoulder = 1 - ease((below + 10) / 95);
  const breast = Math.exp(-(((below - 150) / 45) ** 2));
  const n = anatomy.squareness;
  for (let i = 0; i < directions; i++) {
    const cosine = cosines[i] as number;
    const sine = sines[i] as number;
    const side = Math.abs(cosine);
    const halfDepth = sine > 0 ? depth * 1.02 : depth * 0.96;
    const inside = ((side / width) ** n + (Math.abs(sine) / halfDepth) ** n) ** (-1 / n);
    const back = Math.max(0, sine);
    const front = Math.max(0, -sine);
    const pectoral = 0.9 * front * Math.exp(-(((below - 95) / 60) ** 2)) * side * 2;
    const muscle =
      11 +
      anatomy.muscleMm * (0.35 + 0.6 * back * back + 0.35 * side * side * (1 - narrowing * 0.2) + pectoral) * neck +
      shoulder * 46 * side * side * neck;
    const bulge = anatomy.breastMm * breast * Math.exp(-(((side - 0.62) / 0.3) ** 2)) * ease(front * 2.2);
    const fat = anatomy.fatMm * (0.55 + 0.45 * front + 0.35 * side * side) * neck + bulge;
    cavityMm[i] = inside;
    muscleMm[i] = inside + muscle;
    skinMm[i] = inside + muscle + fat + 2;
  }
  const borders = mediastinalBorders(anatomy, zMm, depth);
  return { zMm, cavityMm, muscleMm, skinMm, cavityCosine: slantOf(cavityMm), ...borders };
}

/** Which direction a point lies in. */
export function directionOf(x: number, y: number): number {
  const turn = Math.atan2(y, x) / (2 * Math.PI);
  return Math.floor((turn < 0 ? turn + 1 : turn) * directions) % directions;
}

/** How deep a point lies in a lung: side 0 is outside. depthMm: to the nearest border; costalMm: to ribs or diaphragm. */
export function lungDepthAt(
  anatomy: Anatomy,
  section: Section,
  x: number,
  y: number,
): { side: 0 | 1 | 2; depthMm: number; costalMm: number } {
  const direction = directionOf(x, y);
  const inside =
    ((section.cavityMm[direction] as number) - Math.hypot(x, y)) * (section.cavityCosine[direction] as number);
  const row = Math.max(0, Math.min(2 * borderReach, Math.round(y + borderReach)));
  const medial =
    x < 0
      ? (-x - (section.rightBorderMm[row] as number)) * (section.rightCosine[row] as number)
      : (x - (section.leftBorderMm[row] as number)) * (section.leftCosine[row] as number);
  const above = (section.zMm - diaphragmZMm(anatomy, x, y)) * 0.72;
  const below = (apexZMm(anatomy, x, y) - section.zMm) * 0.5;
  const costalMm = Math.min(inside, above, below);
  const depthMm = Math.min(roundedMin(inside, medial, 9), above, below);
  return { side: depthMm <= 0 ? 0 : x < 0 ? 1 : 2, depthMm, costalMm };
}

/** The organs of the mediastinum at a height, as ellipses; they shape its borders and are painted into it. */
export function mediastinalEllipses(anatomy: Anatomy, zMm: number): Ellipse[] {
  const { heartMm: heart, spineYMm: spine, archMm, apexMm } = anatomy;
  const ellipses: Ellipse[] = [];
  const add = (xMm: number, yMm: number, halfXMm: number, halfYMm: number, blood = true) => {
    if (halfXMm > 1 && halfYMm > 1) ellipses.push({ xMm, yMm, halfXMm, halfYMm, blood });
  };
  const ball = (xMm: number, yMm: number, z: number, halfX: number, halfY: number, halfZ: number) => {
    const share = 1 - ((zMm - z) / halfZ) ** 2;
    if (share > 0) add(xMm, yMm, halfX * Math.sqrt(share), halfY * Math.sqrt(share));
  };
  const heartZ = 0.55 * heart;
  const lean = (zMm - heartZ) * 0.25;
  ball(0.5 * heart - lean, -0.42 * heart, heartZ, 1.02 * heart, 0.78 * heart, 1.02 * heart);
  ball(-0.32 * heart, -0.3 * heart, heartZ + 6, 0.52 * heart, 0.6 * heart, 0.8 * heart);
  ball(0.1 * heart, 0.22 * heart, heartZ + 18, 0.75 * heart, 0.42 * heart, 0.5 * heart);
  const aboveHeart = zMm - heartZ;
  if (zMm < archMm) {
    add(24 - 0.05 * (archMm - zMm), spine - 14, 13, 13);
    if (aboveHeart > 0.4 * heart) add(-8, -22, 17, 17);
    if (aboveHeart > 0.35 * heart && zMm < anatomy.carinaMm + 12) {
      add(16, -18, 16, 14);
      add(0, -4, 32, 11);
    }
  } else {
    ball(14, 0, archMm + 2, 19, 34, 17);
    add(-2, -20, 7, 7);
    add(12, -8, 5, 6);
    add(18, 6, 5, 6);
  }
  if (zMm > heartZ + 10) add(-24, -14, 9, 10);
  else add(-24, 2, 13, 13);
  if (zMm > archMm - 10) add(16, -26, 7, 6);
  if (zMm < apexMm + 30) add(6, spine - 24, 8, 6, false);
  return ellipses;
}

function mediastinalBorders(anatomy: Anatomy, zMm: number, depth: number) {
  const rows = 2 * borderReach + 1;
  const right = new Float32Array(rows).fill(3);
  const left = new Float32Array(rows).fill(3);
  const reach = (yMm: number, halfYMm: number, rightMm: number, leftMm: number) => {
    const first = Math.max(0, Math.ceil(yMm - halfYMm + borderReach));
    const last = Math.min(rows - 1, Math.floor(yMm + halfYMm + borderReach));
    for (let row = first; row <= last; row++) {
      const share = Math.sqrt(Math.max(0, 1 - ((row - borderReach - yMm) / halfYMm) ** 2));
      right[row] = Math.max(right[row] as number, rightMm * share);
      left[row] = Math.max(left[row] as number, leftMm * share);
    }
  };
  for (const ellipse of mediastinalEllipses(anatomy, zMm)) {
    const first = Math.max(0, Math.ceil(ellipse.yMm - ellipse.halfYMm - 3 + borderReach));
    const last = Math.min(rows - 1, Math.floor(ellipse.yMm + ellipse.halfYMm + 3 + borderReach));
    for (let row = first; row <= last; row++) {
      const away = (row - borderReach - ellipse.yMm) / (ellipse.halfYMm + 3);
      const half = (ellipse.halfXMm + 3) * Math.sqrt(Math.max(0, 1 - away * away));
      right[row] = Math.max(right[row] as number, half - ellipse.xMm);
      left[row] = Math.max(left[row] as number, half + ellipse.xMm);
    }
  }
  const below = anatomy.apexMm - zMm;
  const upper = ease((zMm - anatomy.carinaMm + 35) / 40);
  reach(0, 44, 27 * upper, 27 * upper);
  const hilum = Math.exp(-(((zMm - anatomy.carinaMm + 28) / 26) ** 2));
  reach(10, 26, 42 * hilum, 41 * hilum);
  const spine = anatomy.spineYMm;
  reach(spine, 26, 21, 21);
  for (let row = Math.round(spine + borderReach); row < rows; row++) {
    const behind = row - borderReach - spine;
    const wide = 21 + 0.12 * behind;
    right[row] = Math.max(right[row] as number, wide);
    left[row] = Math.max(left[row] as number, wide);
  }
  const frontWidth = 4 + 16 * ease((60 - below) / 50);
  for (let row = 0; row < borderReach; row++) {
    const fromFront = row - borderReach + depth * 0.96;
    const wedge = frontWidth + 14 * ease((14 - fromFront) / 16);
    right[row] = Math.max(right[row] as number, wedge);
    left[row] = Math.max(left[row] as number, wedge);
  }
  const rightBorderMm = smoothed(right, 4);
  const leftBorderMm = smoothed(left, 4);
  return {
    rightBorderMm,
    leftBorderMm,
    rightCosine: slopeCosine(rightBorderMm),
    leftCosine: slopeCosine(leftBorderMm),
  };
}

function smoothed(values: Float32Array, reach: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let sum = 0;
    for (let k = -reach; k <= reach; k++) sum += values[Math.max(0, Math.min(values.length - 1, i + k))] as number;
    result[i] = sum / (2 * reach + 1);
  }
  return result;
}

function slopeCosine(values: Float32Array): Float32Array {
  return values.map((_, i) => {
    const slope = ((values[Math.min(values.length - 1, i + 2)] as number) - (values[Math.max(0, i - 2)] as number)) / 4;
    return 1 / Math.sqrt(1 + slope * slope);
  });
}

function slantOf(radii: Float32Array): Float32Array {
  const step = (2 * Math.PI * 4) / directions;
  return radii.map((radius, i) => {
    const ahead = radii[(i + 2) % directions] as number;
    const behind = radii[(i + directions - 2) % directions] as number;
    const slope = (ahead - behind) / (step * radius);
    return 1 / Math.sqrt(1 + slope * slope);
  });
}
