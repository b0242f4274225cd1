import type { Random } from "../base/random.ts";
import { createTexture, type Texture } from "./texture.ts";

/**
 * The measures of one drawn person. The frame is the patient's (x left, y back, z head, millimetres); x = y = 0 is the
 * middle of the chest, z = 0 the top of the right dome of the diaphragm.
 */
export interface Anatomy {
  readonly sex: "F" | "M";
  readonly ageYears: number;
  /** Height of the lungs' tops. */
  readonly apexMm: number;
  /** Half the width and depth of the chest's inside at its widest. */
  readonly halfWidthMm: number;
  readonly halfDepthMm: number;
  /** 2 is an ellipse, more is boxier. */
  readonly squareness: number;
  readonly domes: { readonly right: Dome; readonly left: Dome };
  readonly fatMm: number;
  readonly muscleMm: number;
  readonly breastMm: number;
  readonly heartMm: number;
  readonly spineYMm: number;
  /** Height of the aortic arch and of the tracheal bifurcation. */
  readonly archMm: number;
  readonly carinaMm: number;
  readonly ribStepMm: number;
  readonly ribPhaseMm: number;
  readonly vertebraStepMm: number;
  readonly bloodHu: number;
  readonly boneHu: number;
  readonly fissures: Fissures;
  readonly stomach: Stomach;
  readonly texture: Texture;
}

export interface Dome {
  readonly centreXMm: number;
  readonly centreYMm: number;
  readonly topMm: number;
  readonly dropMm: number;
}

/** The oblique fissures rise to the back: z = height + slope · y; the horizontal one lies before the right oblique one. */
export interface Fissures {
  readonly rightHeightMm: number;
  readonly leftHeightMm: number;
  readonly slope: number;
  readonly horizontalMm: number;
}

interface Stomach {
  readonly gas: boolean;
  readonly centreXMm: number;
  readonly centreYMm: number;
  readonly radiusMm: number;
}

/** A person drawn from random numbers. */
export function drawAnatomy(random: Random): Anatomy {
  const sex = random.pick(["F", "M"] as const);
  const size = (sex === "F" ? 0.94 : 1.03) * (1 + 0.05 * clipped(random.normal(), 2));
  const apexMm = 195 * size * (1 + 0.07 * clipped(random.normal(), 2));
  const rightTop = 0;
  const halfDepthMm = 88 * size * (1 + 0.06 * clipped(random.normal(), 2));
  const slope = random.between(1.05, 1.45);
  const obliqueMm = apexMm * random.between(0.3, 0.4);
  const archMm = apexMm - random.between(58, 74) * size;
  return {
    sex,
    ageYears: 22 + random.integer(62),
    apexMm,
    halfWidthMm: 131 * size * (1 + 0.05 * clipped(random.normal(), 2)),
    halfDepthMm,
    squareness: random.between(1.98, 2.3),
    domes: {
      right: drawDome(random, -64 * size, rightTop, size),
      left: drawDome(random, 66 * size, rightTop - random.between(6, 22), size),
    },
    fatMm: 7 + 24 * random.uniform() ** 1.6,
    muscleMm: random.between(11, 18) * (sex === "F" ? 0.85 : 1.1),
    breastMm: sex === "F" ? random.between(8, 34) : 0,
    heartMm: 58 * size * random.between(0.84, 1.12),
    spineYMm: halfDepthMm * random.between(0.56, 0.64),
    archMm,
    carinaMm: archMm - random.between(20, 32) * size,
    ribStepMm: (apexMm + 75) / 10.5,
    ribPhaseMm: random.between(0, 24),
    vertebraStepMm: random.between(23, 28) * size,
    bloodHu: random.uniform() < 0.2 ? random.between(120, 220) : random.between(32, 48),
    boneHu: random.between(0.75, 1.15),
    fissures: {
      rightHeightMm: obliqueMm,
      leftHeightMm: obliqueMm + random.between(-12, 12),
      slope,
      horizontalMm: apexMm * random.between(0.4, 0.5),
    },
    stomach: {
      gas: random.uniform() < 0.7,
      centreXMm: 58 * size,
      centreYMm: random.between(-35, -15),
      radiusMm: random.between(24, 40),
    },
    texture: createTexture(random.fork("texture")),
  };
}

/** The diaphragm's height over a point of the axial plane. */
export function diaphragmZMm(anatomy: Anatomy, x: number, y: number): number {
  const dome = x < 0 ? anatomy.domes.right : anatomy.domes.left;
  const size = anatomy.halfWidthMm / 131;
  const across = (x - dome.centreXMm) / ((Math.abs(x) > Math.abs(dome.centreXMm) ? 64 : 100) * size);
  const along = (y - dome.centreYMm) / ((y > dome.centreYMm ? 60 : 92) * size);
  const squared = across * across + along * along;
  return dome.topMm - (dome.dropMm * squared) / (1 + 0.22 * squared);
}

/** The height of the lung's top over a point of the axial plane: a cap over each apex. */
export function apexZMm(anatomy: Anatomy, x: number, y: number): number {
  const across = (Math.abs(x) - 0.36 * anatomy.halfWidthMm) / (0.53 * anatomy.halfWidthMm);
  const along = (y - 14) / (y > 14 ? 72 : 98);
  return anatomy.apexMm - 84 * (across * across + along * along) ** 1.2;
}

function drawDome(random: Random, centreXMm: number, topMm: number, size: number): Dome {
  return {
    centreXMm: centreXMm + random.between(-6, 6),
    centreYMm: random.between(-18, -2),
    topMm,
    dropMm: random.between(34, 49) * size,
  };
}

function clipped(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
