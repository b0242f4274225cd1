import { type Anatomy, apexZMm, diaphragmZMm } from "./anatomy.ts";
import { paintBones, ribHu } from "./bones.ts";
import {
  boxOf,
  type Cloud,
  fissureWaveMm,
  type Lesion,
  type LesionSample,
  type Nodule,
  sampleCloud,
  sampleNodule,
} from "./lesions.ts";
import type { LungTrees } from "./lungTrees.ts";
import { blend, eachCovered, eachPixel, type Plane, type Raster, stampEllipse, stampRod } from "./plane.ts";
import { borderReach, cutSection, mediastinalEllipses, type Section } from "./section.ts";
import { ease, roundedMin } from "./texture.ts";

/** How the lungs are filled on the day of a study. */
export interface LungState {
  /** Hounsfield units of healthy lung at mid height, and how much denser the back is. */
  readonly lungHu: number;
  readonly gravityHu: number;
  /** Opacity of the lowest lung behind (dependent atelectasis), Hounsfield units; 0 none. */
  readonly dependentHu: number;
  /** Unevenness of healthy lung. */
  readonly mottleHu: number;
  /** Effusion: how high fluid stands behind, in millimetres, by side [right, left]. */
  readonly effusionMm: readonly [right: number, left: number];
}

/** A person with lungs, trees and lesions: all that a slice shows. */
export interface Scene {
  readonly anatomy: Anatomy;
  readonly trees: LungTrees;
  readonly lesions: readonly Lesion[];
  readonly state: LungState;
  /** Domes and apices over every pixel. */
  readonly floorMm: Float32Array;
  readonly roofMm: Float32Array;
  /** The waviness of the fissures over every pixel. */
  readonly waveMm: Float32Array;
  readonly tableYMm: number;
}

/** A drawn slice: ideal Hounsfield units; which lung (0, 1 right, 2 left); which lesion (0, 1 + manifestation). */
export interface DrawnSlice {
  readonly hu: Float32Array;
  readonly lungs: Uint8Array;
  readonly lesions: Uint8Array;
}

/** The maps of the diaphragm, of the lungs' tops and of the fissures over a raster. */
export function liningMaps(anatomy: Anatomy, raster: Raster): Pick<Scene, "floorMm" | "roofMm" | "waveMm"> {
  const waveMm = new Float32Array(raster.matrix ** 2);
  const floorMm = new Float32Array(raster.matrix ** 2);
  const roofMm = new Float32Array(raster.matrix ** 2);
  const all = { left: -Infinity, right: Infinity, front: -Infinity, back: Infinity };
  eachPixel(raster, all, (index, x, y) => {
    floorMm[index] = diaphragmZMm(anatomy, x, y);
    roofMm[index] = apexZMm(anatomy, x, y);
    waveMm[index] = fissureWaveMm(anatomy, x, y);
  });
  return { floorMm, roofMm, waveMm };
}

/** One axial slice of a scene. */
export function renderSlice(scene: Scene, raster: Raster, zMm: number): DrawnSlice {
  const section = cutSection(scene.anatomy, zMm);
  const plane: Plane = { raster, zMm, hu: new Float32Array(raster.matrix ** 2).fill(-1000) };
  paintBody(scene, plane, section);
  for (const ellipse of mediastinalEllipses(scene.anatomy, zMm)) {
    const hu = ellipse.blood ? scene.anatomy.bloodHu : 35;
    stampEllipse(plane, { x: ellipse.xMm, y: ellipse.yMm, halfX: ellipse.halfXMm, halfY: ellipse.halfYMm }, hu);
  }
  paintAbdomen(scene, plane, section);
  const lung = paintLungs(scene, plane, section);
  const lesions = paintLesions(scene, plane, lung);
  paintTrees(scene, plane, lung, lesions);
  paintBones(scene.anatomy, plane, section);
  paintTable(scene, plane);
  const codes = new Uint8Array(plane.hu.length);
  const lungs = new Uint8Array(plane.hu.length);
  for (const index of lung.pixels) {
    if ((lung.share[index] as number) <= 0.5) continue;
    lungs[index] = lung.side[index] as number;
    codes[index] = lesions.codes[index] as number;
  }
  return { hu: plane.hu, lungs, lesions: codes };
}

function paintBody(scene: Scene, plane: Plane, section: Section): void {
  const { anatomy } = scene;
  const { radiusMm, direction, pixelMm } = plane.raster;
  const { hu } = plane;
  const isNeck = plane.zMm > anatomy.apexMm + 4;
  for (let index = 0; index < hu.length; index++) {
    const radius = radiusMm[index] as number;
    const towards = direction[index] as number;
    const skin = (section.skinMm[towards] as number) - radius;
    if (skin < -pixelMm) continue;
    const wall = radius - (section.cavityMm[towards] as number);
    let tissue: number;
    if (wall < 0) tissue = isNeck ? 42 : -85;
    else if (skin < 2.2) tissue = -10;
    else {
      const muscle = (section.muscleMm[towards] as number) - radius;
      if (muscle < 0) tissue = -105;
      else {
        const bone = wall < 12 ? ribHu(anatomy, plane, towards, wall) : -1000;
        tissue = bone > -1000 ? bone : wall > 9.5 && wall < 11 && muscle > 6 ? -50 : 48;
      }
    }
    const covered = Math.min(1, 0.5 + skin / pixelMm);
    hu[index] = -1000 + Math.max(0, covered) * (tissue + 1000);
  }
}

/** Liver, spleen and stomach below the diaphragm. */
function paintAbdomen(scene: Scene, plane: Plane, section: Section): void {
  const { anatomy, floorMm } = scene;
  const { stomach, domes } = anatomy;
  const reach = anatomy.halfWidthMm + 5;
  const { radiusMm, direction } = plane.raster;
  const box = { left: -reach, right: reach, front: -reach, back: reach };
  const edge = plane.raster.thicknessMm * 0.5 + 1;
  if (plane.zMm > Math.max(domes.right.topMm, domes.left.topMm) + edge) return;
  const dz = plane.zMm - (domes.left.topMm - stomach.radiusMm - 12);
  eachPixel(plane.raster, box, (index, x, y) => {
    const under = (floorMm[index] as number) - plane.zMm;
    if (under < -edge) return;
    if ((radiusMm[index] as number) > (section.cavityMm[direction[index] as number] as number)) return;
    const liver = x < 18 + 0.25 * y - 0.15 * (domes.right.topMm - plane.zMm);
    const spine = (x / 38) ** 2 + ((y - anatomy.spineYMm - 8) / 42) ** 2 < 1;
    let tissue = spine ? -60 : liver ? 58 : ((x - 88) / 34) ** 2 + ((y - 38) / 36) ** 2 < 1 ? 52 : -95;
    if (under > 4 && !liver) {
      const away = Math.sqrt(((x - stomach.centreXMm) / 1.15) ** 2 + ((y - stomach.centreYMm) / 1.25) ** 2 + dz * dz);
      if (away < stomach.radiusMm)
        tissue = stomach.gas && y < stomach.centreYMm && away < stomach.radiusMm - 4 ? -970 : 25;
    }
    if (under < 4 && tissue < 0) tissue = 40;
    blend(plane.hu, index, tissue, ease(0.5 + under / (2 * edge)));
  });
}

/** What a slice's lung is, pixel by pixel. */
interface LungField {
  readonly pixels: number[];
  readonly share: Float32Array;
  readonly side: Uint8Array;
  readonly costalMm: Float32Array;
}

function paintLungs(scene: Scene, plane: Plane, section: Section): LungField {
  const { anatomy, state, floorMm, roofMm, waveMm } = scene;
  const { texture, halfDepthMm, fissures } = anatomy;
  const { raster, zMm, hu } = plane;
  const { radiusMm, direction, pixelMm, thicknessMm } = raster;
  const share = new Float32Array(hu.length);
  const side = new Uint8Array(hu.length);
  const costal = new Float32Array(hu.length);
  const pixels: number[] = [];
  const width = Math.max(...section.cavityMm);
  const box = { left: -width, right: width, front: -width, back: width };
  const slab = thicknessMm + 2 * pixelMm;
  const blurred = thicknessMm * 0.5 + fissures.slope * pixelMm * 0.6;
  const isAir = zMm < anatomy.apexMm + thicknessMm;
  if (!isAir) return { pixels, share, side, costalMm: costal };
  eachPixel(raster, box, (index, x, y) => {
    const towards = direction[index] as number;
    const inside =
      ((section.cavityMm[towards] as number) - (radiusMm[index] as number)) * (section.cavityCosine[towards] as number);
    if (inside < -pixelMm) return;
    const above = zMm - (floorMm[index] as number);
    const below = (roofMm[index] as number) - zMm;
    if (above < -slab || below < -slab) return;
    const row = Math.max(0, Math.min(2 * borderReach, Math.round(y + borderReach)));
    const medial =
      x < 0
        ? (-x - (section.rightBorderMm[row] as number)) * (section.rightCosine[row] as number)
        : (x - (section.leftBorderMm[row] as number)) * (section.leftCosine[row] as number);
    const flat = roundedMin(inside, medial, 9);
    const covered = clamp(0.5 + flat / pixelMm) * clamp(0.5 + above / slab) * clamp(0.5 + below / slab);
    if (covered <= 0) return;
    const which = x < 0 ? 1 : 2;
    const deep = Math.min(inside, above * 0.72, below * 0.5);
    let value = state.lungHu + (state.gravityHu * y) / halfDepthMm;
    value += state.mottleHu * texture(x / 9, y / 9, zMm / 12);
    if (state.dependentHu > 0 && y > 0) {
      const behind = Math.max(0, deep) / 7;
      value +=
        state.dependentHu *
        Math.exp(-behind) *
        ease((y / halfDepthMm - 0.3) / 0.4) *
        (0.85 + 0.6 * texture(x / 20, y / 20, zMm / 20));
    }
    const height = which === 1 ? fissures.rightHeightMm : fissures.leftHeightMm;
    const off = Math.abs(zMm - height - fissures.slope * y + (waveMm[index] as number));
    if (off < blurred * 1.5) value += (620 / (thicknessMm + 1.4)) * ease(1.5 - off / blurred);
    const fluid = state.effusionMm[which - 1] as number;
    const level = halfDepthMm - 1.4 * fluid + 0.25 * Math.max(0, zMm) - 0.0012 * x * x;
    const air = fluid > 0 ? covered * (1 - clamp(0.5 + (y - level) / (2 * pixelMm))) : covered;
    if (air < covered) blend(hu, index, 12, covered);
    if (air <= 0) return;
    share[index] = air;
    side[index] = which;
    costal[index] = Math.max(0, deep);
    pixels.push(index);
    blend(hu, index, Math.min(-100, value), air);
  });
  return { pixels, share, side, costalMm: costal };
}

interface PaintedLesions {
  readonly codes: Uint8Array;
  /** How dense the lung became, 0 … 1, by pixel: where bronchi show as air. */
  readonly dense: Float32Array;
}

function paintLesions(scene: Scene, plane: Plane, lung: LungField): PaintedLesions {
  const { raster, zMm, hu } = plane;
  const codes = new Uint8Array(hu.length);
  const dense = new Float32Array(hu.length);
  const half = raster.thicknessMm / 2;
  const paint = (index: number, sample: LesionSample) => {
    const opacity = sample.share * (lung.share[index] as number);
    if (opacity <= 0) return;
    const before = hu[index] as number;
    const isLumen = sample.hu < -900;
    if (sample.hu > before || isLumen) hu[index] = before + opacity * (sample.hu - before);
    dense[index] = Math.max(dense[index] as number, sample.manifestation === 1 && !isLumen ? sample.share : 0);
    if (sample.share > 0.5) codes[index] = Math.max(codes[index] as number, 1 + sample.manifestation);
  };
  for (const lesion of scene.lesions) {
    if (lesion.shape === "strand") continue;
    const box = boxOf(lesion);
    if (box.low > zMm + half || box.high < zMm - half) continue;
    eachPixel(raster, box, (index, x, y) => {
      if (lung.side[index] !== lesion.side) return;
      paint(index, sampleLesion(scene.anatomy, lesion, x, y, zMm, half, lung.costalMm[index] as number));
    });
  }
  for (const lesion of scene.lesions) {
    if (lesion.shape !== "strand") continue;
    for (const rod of lesion.rods) {
      eachCovered(raster, zMm, rod, (index, share) => {
        if (lung.side[index] !== lesion.side) return;
        const seen = Math.min(1, 1.25 * share);
        blend(hu, index, Math.max(lesion.hu, hu[index] as number), seen * (lung.share[index] as number));
        if (share > 0.3 && (codes[index] as number) < 2) codes[index] = 3;
      });
    }
  }
  return { codes, dense };
}

/** Clouds are smooth along z; a nodule smaller than the slice is averaged over its thickness. */
function sampleLesion(
  anatomy: Anatomy,
  lesion: Cloud | Nodule,
  x: number,
  y: number,
  z: number,
  half: number,
  costalMm: number,
): LesionSample {
  if (lesion.shape === "cloud") return sampleCloud(anatomy, lesion, { x, y, z }, costalMm);
  const low = sampleNodule(anatomy, lesion, { x, y, z: z - 0.6 * half });
  const high = sampleNodule(anatomy, lesion, { x, y, z: z + 0.6 * half });
  const share = (low.share + high.share) / 2;
  if (share <= 0) return low;
  const main = low.share >= high.share ? low : high;
  return { share, hu: (low.hu * low.share + high.hu * high.share) / (2 * share), manifestation: main.manifestation };
}

function paintTrees(scene: Scene, plane: Plane, lung: LungField, lesions: PaintedLesions): void {
  const { raster, zMm, hu } = plane;
  const vesselHu = Math.min(60, scene.anatomy.bloodHu);
  for (const rod of scene.trees.vessels) {
    eachCovered(raster, zMm, rod, (index, share) => {
      blend(hu, index, Math.max(vesselHu, hu[index] as number), share);
    });
  }
  for (const rod of scene.trees.bronchi) {
    eachCovered(
      raster,
      zMm,
      { ...rod, fromRadius: rod.fromRadius * 1.25, toRadius: rod.toRadius * 1.25 },
      (index, share) => {
        const dense = lesions.dense[index] as number;
        if (dense > 0.3) blend(hu, index, -900, share * dense);
      },
    );
  }
  for (const rod of scene.trees.airways) {
    const wallMm = 0.5 + 0.14 * rod.toRadius;
    stampRod(plane, { ...rod, fromRadius: rod.fromRadius + wallMm, toRadius: rod.toRadius + wallMm }, 10);
  }
  for (const rod of scene.trees.airways) stampRod(plane, rod, -985);
  for (const rod of scene.trees.airways) {
    if (rod.toRadius < 5) continue;
    eachCovered(raster, zMm, rod, (index, share) => {
      if (share > 0.4) lung.share[index] = 0;
    });
  }
}

function paintTable(scene: Scene, plane: Plane): void {
  const { tableYMm } = scene;
  const box = { left: -215, right: 215, front: tableYMm - 40, back: tableYMm + 40 };
  eachPixel(plane.raster, box, (index, x, y) => {
    if ((plane.hu[index] as number) > -950) return;
    const below = y - tableYMm + (x * x) / 1500;
    const bottom = 24 - (x * x) / 2600;
    if (below < 0 || below > bottom) return;
    plane.hu[index] = below < 2 || below > bottom - 2 ? -250 : -930;
  });
}

/** 0 … 1. */
function clamp(value: number): number {
  return value < 0 ? 0 : Math.min(value, 1);
}
