import type { Random } from "../base/random.ts";
import type { Anatomy } from "./anatomy.ts";
import { depthInLobe, type Lesion, type Lobe, type Nodule } from "./lesions.ts";
import type { Point } from "./plane.ts";
import { type DepthField, drawLungPoint } from "./tree.ts";

/** Pneumonia of another cause: lobar, as in tuberculosis, or scattered foci with a halo; with how much fluid behind, [right, left]. */
export function drawPneumoniaLesions(
  anatomy: Anatomy,
  depth: DepthField,
  random: Random,
): { lesions: Lesion[]; effusionMm: readonly [number, number] } {
  const kind = random.uniform();
  const severity = random.uniform();
  if (kind < 0.45) return drawLobar(anatomy, depth, random, severity);
  if (kind < 0.8) return { lesions: drawTuberculous(anatomy, depth, random, severity), effusionMm: [0, 0] };
  return { lesions: drawFoci(anatomy, depth, random, severity), effusionMm: [0, 0] };
}

const lobes: readonly Lobe[] = ["right lower", "left lower", "right upper", "right middle", "left upper"];

function drawLobar(anatomy: Anatomy, depth: DepthField, random: Random, severity: number) {
  const lesions: Lesion[] = [];
  const count = severity > 0.7 ? 2 : 1;
  const chosen = random.shuffled(lobes).slice(0, count);
  const effusion: [number, number] = [0, 0];
  for (const lobe of chosen) {
    const side = lobe.startsWith("right") ? 1 : 2;
    const centre = pointInLobe(anatomy, depth, random, lobe, 12);
    const reach = 50 + 55 * severity * random.between(0.7, 1.2);
    lesions.push({
      shape: "cloud",
      side,
      centre,
      halfAlongMm: reach,
      halfZMm: reach * random.between(0.8, 1.15),
      halfDepthMm: null,
      lobe,
      glassHu: random.between(-480, -300),
      coreHu: random.between(15, 50),
      core: random.between(0.72, 0.9),
      unevenness: 0.3,
      softness: 0.24,
      netHu: 0,
    });
    if (severity > 0.4 && random.uniform() < 0.5) effusion[side - 1] = random.between(9, 24);
  }
  const foci = severity < 0.1 ? random.integer(3) : 5 + random.integer(5 + Math.round(9 * severity));
  for (let i = 0; i < foci; i++) {
    const side = chosen[0]?.startsWith("right") ? 1 : 2;
    lesions.push(drawNodule(random, side, drawLungPoint(anatomy, depth, random, side, 8), [6, 13], 0.3));
  }
  return { lesions, effusionMm: effusion };
}

/** Nodules and cavities of the upper lobes with clusters of small nodules around, and spread by the bronchi. */
function drawTuberculous(anatomy: Anatomy, depth: DepthField, random: Random, severity: number): Lesion[] {
  const lesions: Lesion[] = [];
  const first = random.pick(["right upper", "left upper"] as const);
  const other: Lobe = first === "right upper" ? "left upper" : "right upper";
  const groups = severity > 0.5 ? [first, other, first] : severity > 0.1 ? [first, other] : [first];
  for (const lobe of groups) {
    const side = lobe.startsWith("right") ? 1 : 2;
    const centre = pointInLobe(anatomy, depth, random, random.uniform() < 0.8 ? lobe : lowerOf(lobe), 14);
    const cavity = random.uniform() < 0.6;
    const radius = random.between(10, 17 + 9 * severity);
    lesions.push({
      ...drawNodule(random, side, centre, [radius, radius], 0),
      unevenness: 0.22,
      wallMm: cavity ? Math.max(2.4, radius * random.between(0.22, 0.45)) : null,
    });
    const small = 10 + random.integer(9 + Math.round(18 * severity));
    for (let i = 0; i < small; i++) {
      const point = scattered(depth, random, side, centre, 26 + radius);
      if (point) lesions.push(drawNodule(random, side, point, [1.8, 4.4], 0));
    }
    const larger = 2 + random.integer(4);
    for (let i = 0; i < larger; i++) {
      const point = scattered(depth, random, side, centre, 38 + radius);
      if (point) lesions.push(drawNodule(random, side, point, [5, 11], 0.15));
    }
  }
  const spread = severity < 0.1 ? random.integer(5) : 8 + random.integer(8 + Math.round(24 * severity));
  const firstSide = first === "right upper" ? 1 : 2;
  for (let i = 0; i < spread; i++) {
    const side = random.uniform() < 0.6 ? firstSide : ((3 - firstSide) as 1 | 2);
    lesions.push(drawNodule(random, side, drawLungPoint(anatomy, depth, random, side, 6), [4, 9.5], 0.1));
  }
  return lesions;
}

/** Scattered round foci, some with a halo, as in septic or fungal disease and bronchopneumonia. */
function drawFoci(anatomy: Anatomy, depth: DepthField, random: Random, severity: number): Lesion[] {
  const count = 9 + Math.round(24 * severity) + random.integer(6);
  const isOneSided = random.uniform() < 0.4;
  const first = random.pick([1, 2] as const);
  return Array.from({ length: count }, () => {
    const side = isOneSided ? first : random.pick([1, 2] as const);
    const point = drawLungPoint(anatomy, depth, random, side, 5);
    return drawNodule(random, side, point, [7, 16], 0.6);
  });
}

function drawNodule(
  random: Random,
  side: 1 | 2,
  centre: Point,
  radiiMm: readonly [number, number],
  haloChance: number,
): Nodule {
  const radiusMm = random.between(radiiMm[0], radiiMm[1]);
  const hasHalo = random.uniform() < haloChance;
  return {
    shape: "nodule",
    side,
    centre,
    radiusMm,
    hu: random.between(0, 55),
    wallMm: radiusMm > 8 && random.uniform() < 0.2 ? radiusMm * random.between(0.3, 0.5) : null,
    haloMm: hasHalo ? random.between(5, 10) : 0,
    haloHu: random.between(-580, -430),
    unevenness: random.between(0.08, 0.2),
  };
}

function pointInLobe(anatomy: Anatomy, depth: DepthField, random: Random, lobe: Lobe, insideMm: number): Point {
  const side = lobe.startsWith("right") ? 1 : 2;
  let best = drawLungPoint(anatomy, depth, random, side, insideMm);
  for (let attempt = 0; attempt < 200 && depthInLobe(anatomy, lobe, best) < insideMm * 0.6; attempt++) {
    best = drawLungPoint(anatomy, depth, random, side, insideMm);
  }
  return best;
}

function lowerOf(lobe: Lobe): Lobe {
  return lobe.startsWith("right") ? "right lower" : "left lower";
}

/** A point of the lung within a reach of another; null where none was found. */
function scattered(depth: DepthField, random: Random, side: 1 | 2, centre: Point, reachMm: number): Point | null {
  for (let attempt = 0; attempt < 30; attempt++) {
    const point = {
      x: centre.x + 0.55 * reachMm * random.normal(),
      y: centre.y + 0.55 * reachMm * random.normal(),
      z: centre.z + 0.75 * reachMm * random.normal(),
    };
    const found = depth(point);
    if (found.side === side && found.depthMm > 3) return point;
  }
  return null;
}
