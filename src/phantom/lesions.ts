import type { Anatomy } from "./anatomy.ts";
import type { Point } from "./plane.ts";
import { ease } from "./texture.ts";
import type { Rod } from "./tree.ts";

/** What a lesion slice is labelled with. */
export const manifestations = ["ground-glass opacity", "consolidation", "fibrotic streaks"] as const;
export type Manifestation = (typeof manifestations)[number];

/** A lobe of a lung. */
export type Lobe = "right upper" | "right middle" | "right lower" | "left upper" | "left lower";

/** A cloud within the lung, its border made uneven by texture. */
export interface Cloud {
  readonly shape: "cloud";
  readonly side: 1 | 2;
  readonly centre: Point;
  /** Along the pleura (or x, y), along z. */
  readonly halfAlongMm: number;
  readonly halfZMm: number;
  /** How far it reaches from the pleura into the lung; null: a cloud away from the pleura. */
  readonly halfDepthMm: number | null;
  /** Where it may grow: null everywhere in its lung. */
  readonly lobe: Lobe | null;
  /** How opaque: Hounsfield units of its ground glass, and of its dense core. */
  readonly glassHu: number;
  readonly coreHu: number;
  /** Which share of its extent is dense core, 0 … 1. */
  readonly core: number;
  /** 0 smooth, 1 torn. */
  readonly unevenness: number;
  /** Width of its border as a share of its extent. */
  readonly softness: number;
  /** How much a net of thickened septa shows in it (crazy paving), Hounsfield units. */
  readonly netHu: number;
}

/** A round nodule, solid or a cavity within a wall, with or without a halo of ground glass. */
export interface Nodule {
  readonly shape: "nodule";
  readonly side: 1 | 2;
  readonly centre: Point;
  readonly radiusMm: number;
  readonly hu: number;
  /** null: solid. */
  readonly wallMm: number | null;
  readonly haloMm: number;
  readonly haloHu: number;
  readonly unevenness: number;
}

/** A band of scar: a line of rods. */
export interface Strand {
  readonly shape: "strand";
  readonly side: 1 | 2;
  readonly rods: readonly Rod[];
  readonly hu: number;
}

export type Lesion = Cloud | Nodule | Strand;

/** How much of a place is lesion (0 … 1), what value it takes, and as which manifestation it counts. */
export interface LesionSample {
  readonly share: number;
  readonly hu: number;
  readonly manifestation: 0 | 1 | 2;
}

const nothing: LesionSample = { share: 0, hu: 0, manifestation: 0 };

/** The box of a cloud or nodule in millimetres, halo included. */
export function boxOf(lesion: Cloud | Nodule) {
  const flat =
    lesion.shape === "nodule"
      ? lesion.radiusMm * 1.4 + lesion.haloMm
      : 1.62 * Math.max(lesion.halfAlongMm, lesion.halfDepthMm ?? 0);
  const high = lesion.shape === "nodule" ? flat : 1.62 * lesion.halfZMm;
  const { x, y, z } = lesion.centre;
  return { left: x - flat, right: x + flat, front: y - flat, back: y + flat, low: z - high, high: z + high };
}

/** A cloud at a point of its lung. costalMm: the point's depth below ribs and diaphragm. */
export function sampleCloud(anatomy: Anatomy, cloud: Cloud, point: Point, costalMm: number): LesionSample {
  const { centre } = cloud;
  const dx = point.x - centre.x;
  const dy = point.y - centre.y;
  const dz = (point.z - centre.z) / cloud.halfZMm;
  let squared = dz * dz;
  if (cloud.halfDepthMm === null) {
    squared += (dx * dx + dy * dy) / (cloud.halfAlongMm * cloud.halfAlongMm);
  } else {
    const away = Math.sqrt(centre.x * centre.x + centre.y * centre.y) || 1;
    const along = (dx * -centre.y + dy * centre.x) / away;
    const outwards = Math.abs(dx * centre.x + dy * centre.y) / away;
    const reach = Math.max(cloud.halfAlongMm, cloud.halfDepthMm);
    if (outwards > 0.8 * reach) squared += ((outwards - 0.8 * reach) / (0.5 * reach)) ** 2;
    squared += (along / cloud.halfAlongMm) ** 2 + (costalMm / cloud.halfDepthMm) ** 2;
  }
  if (squared > 2.6) return nothing;
  const { texture } = anatomy;
  const rough =
    0.72 * texture(point.x / 18, point.y / 18, point.z / 18) + 0.28 * texture(point.x / 6, point.y / 6, point.z / 8);
  let within = 1 - Math.sqrt(squared) + cloud.unevenness * rough;
  if (cloud.lobe) within = Math.min(within, depthInLobe(anatomy, cloud.lobe, point) / 6 + 0.5 * cloud.softness);
  const share = ease(within / cloud.softness);
  if (share <= 0) return nothing;
  const core = cloud.core <= 0 ? 0 : ease((within - (1 - cloud.core)) / 0.22 + 0.5);
  const net =
    cloud.netHu > 0 ? cloud.netHu * ease(1 - Math.abs(texture(point.x / 5, point.y / 5, point.z / 9)) / 0.3) : 0;
  const glass = cloud.glassHu + net + 45 * rough;
  return { share, hu: glass + core * (cloud.coreHu - glass), manifestation: core > 0.5 ? 1 : 0 };
}

/** A nodule at a point. */
export function sampleNodule(anatomy: Anatomy, nodule: Nodule, point: Point): LesionSample {
  const dx = point.x - nodule.centre.x;
  const dy = point.y - nodule.centre.y;
  const dz = point.z - nodule.centre.z;
  const away = Math.sqrt(dx * dx + dy * dy + dz * dz);
  if (away > nodule.radiusMm * 1.4 + nodule.haloMm) return nothing;
  const rough = anatomy.texture(point.x / 7, point.y / 7, point.z / 7);
  const within = nodule.radiusMm * (1 + nodule.unevenness * rough) - away;
  if (within > -0.8) {
    const share = ease((within + 0.8) / 1.6);
    if (nodule.wallMm === null) return { share, hu: nodule.hu, manifestation: 1 };
    const lumen = ease((within - nodule.wallMm * (1 + 0.5 * rough)) / 1.6 + 0.5);
    return { share, hu: nodule.hu + lumen * (-960 - nodule.hu), manifestation: 1 };
  }
  if (nodule.haloMm <= 0) return nothing;
  const share = ease(1 + within / nodule.haloMm + 0.3 * rough);
  return share > 0 ? { share: 0.85 * share, hu: nodule.haloHu, manifestation: 0 } : nothing;
}

/** How deep a point lies within a lobe, from the fissures that bound it; negative outside. */
export function depthInLobe(anatomy: Anatomy, lobe: Lobe, point: Point): number {
  const { fissures } = anatomy;
  const isRight = point.x < 0;
  if (isRight !== lobe.startsWith("right")) return -100;
  const tilt = 1 / Math.sqrt(1 + fissures.slope * fissures.slope);
  const height = isRight ? fissures.rightHeightMm : fissures.leftHeightMm;
  const wave = fissureWaveMm(anatomy, point.x, point.y);
  const aboveOblique = (point.z - height - fissures.slope * point.y + wave) * tilt;
  const aboveHorizontal = point.z - fissures.horizontalMm - wave;
  if (lobe.endsWith("lower")) return -aboveOblique;
  if (lobe === "left upper") return aboveOblique;
  return Math.min(aboveOblique, lobe === "right upper" ? aboveHorizontal : -aboveHorizontal);
}

/** By how much a fissure is bent out of its plane over a point of the axial plane. */
export function fissureWaveMm(anatomy: Anatomy, x: number, y: number): number {
  return 4 * anatomy.texture(x / 40, y / 40, 7.3);
}
