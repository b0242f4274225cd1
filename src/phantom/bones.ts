import type { Anatomy } from "./anatomy.ts";
import { type Plane, stampEllipse, stampRod } from "./plane.ts";
import { directions, type Section } from "./section.ts";

/**
 * Hounsfield units of a rib, its cartilage or the shoulder blade at a place of the chest wall; −1000 where there is none.
 *
 * Ribs are one family of curves: each falls from the spine to the front, so a slice cuts them as slanted ellipses.
 */
export function ribHu(anatomy: Anatomy, plane: Plane, direction: number, wallMm: number): number {
  const turn = (direction / directions) * 2 * Math.PI - Math.PI / 2;
  const fromBack = Math.abs(turn > Math.PI ? turn - 2 * Math.PI : turn) / Math.PI;
  const below = anatomy.apexMm - plane.zMm;
  const steepness = 0.45 + 0.55 * Math.min(1, Math.max(0, below) / 110);
  const fall = 118 * steepness * (1 - Math.cos(Math.min(1, fromBack * 1.15) * Math.PI)) * 0.5;
  const phase = (below + 12 + anatomy.ribPhaseMm - fall) / anatomy.ribStepMm;
  const nearest = Math.round(phase);
  if (nearest < 0 || nearest > 12) return -1000;
  if (nearest > 9 && fromBack > 0.62) return -1000;
  const dz = (phase - nearest) * anatomy.ribStepMm;
  const away = Math.hypot(dz / (6.2 + 0.15 * plane.raster.thicknessMm), (wallMm - 5.5) / 4.2);
  if (away > 1) return -1000;
  if (fromBack > 0.8) return 95;
  return (away > 0.66 ? 620 : 260) * anatomy.boneHu;
}

/** Spine, breast bone, collar bones and shoulder blades. */
export function paintBones(anatomy: Anatomy, plane: Plane, section: Section): void {
  const { spineYMm, apexMm, boneHu, vertebraStepMm } = anatomy;
  const { zMm } = plane;
  const lordosis = zMm > apexMm ? -0.25 * (zMm - apexMm) : 0;
  const y = spineYMm + lordosis;
  const level = (((zMm / vertebraStepMm) % 1) + 1) % 1;
  const body = 15 + 5 * Math.min(1, Math.max(0, (apexMm + 40 - zMm) / (apexMm + 60)));
  if (level < 0.2) stampEllipse(plane, { x: 0, y, halfX: body, halfY: 0.8 * body }, 85);
  else {
    const waist = level > 0.45 && level < 0.75 ? 0.92 : 1;
    stampEllipse(plane, { x: 0, y, halfX: body * waist, halfY: 0.8 * body * waist }, 420 * boneHu);
    stampEllipse(plane, { x: 0, y, halfX: body * waist - 2, halfY: 0.8 * body * waist - 2 }, 175 * boneHu);
  }
  const canal = y + 0.8 * body + 8;
  if (level > 0.3 && level < 0.8) {
    stampEllipse(plane, { x: 0, y: canal, halfX: 14, halfY: 12 }, 420 * boneHu);
    for (const side of [-1, 1]) {
      const from = { x: side * 10, y: canal + 3, z: zMm };
      stampRod(
        plane,
        { from, to: { x: side * 33, y: canal + 13, z: zMm }, fromRadius: 5, toRadius: 3.5 },
        350 * boneHu,
      );
    }
  }
  const behind = (section.skinMm[directions / 4] as number) - 11;
  const spinous = { x: 0, y: canal + 10, z: zMm };
  stampRod(
    plane,
    { from: spinous, to: { x: 0, y: Math.min(canal + 34, behind), z: zMm }, fromRadius: 4, toRadius: 2.6 },
    380 * boneHu,
  );
  stampEllipse(plane, { x: 0, y: canal, halfX: 9, halfY: 7.5 }, 30);
  const below = apexMm - zMm;
  if (below > 48 && below < 195) {
    const front = -(section.cavityMm[(directions * 3) / 4] as number) - 7;
    const halfX = below < 85 ? 25 : 16;
    stampEllipse(plane, { x: 0, y: front, halfX, halfY: 6.5 }, 380 * boneHu);
    stampEllipse(plane, { x: 0, y: front, halfX: halfX - 2, halfY: 4.5 }, 150 * boneHu);
  }
  for (const side of [-1, 1]) {
    const front = -0.62 * anatomy.halfDepthMm;
    const inner = { x: side * 24, y: front - 22, z: apexMm - 26 };
    const outer = { x: side * 112, y: front + 26, z: apexMm + 6 };
    stampRod(plane, { from: inner, to: outer, fromRadius: 8, toRadius: 6 }, 480 * boneHu);
    stampRod(plane, { from: inner, to: outer, fromRadius: 5.5, toRadius: 3.8 }, 230 * boneHu);
    if (below > -12 && below < 128) paintShoulderBlade(anatomy, plane, section, side, below);
  }
}

function paintShoulderBlade(anatomy: Anatomy, plane: Plane, section: Section, side: number, below: number): void {
  const at = (share: number) => {
    const direction = Math.round(directions * (side > 0 ? 0.25 - share : 0.25 + share));
    const radius = (section.cavityMm[direction] as number) + 19;
    const angle = (2 * Math.PI * direction) / directions;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), z: plane.zMm };
  };
  const reach = 0.095 - 0.05 * Math.max(0, (below - 60) / 70);
  const middle = 0.13;
  const points = [-1, -0.33, 0.33, 1].map((t) => at(middle + (t * reach) / 1.6));
  for (let i = 0; i < 3; i++) {
    const from = points[i];
    const to = points[i + 1];
    if (!from || !to) continue;
    const radius = i === 2 ? 5.5 : 3.2;
    stampRod(plane, { from, to, fromRadius: 3.2, toRadius: radius }, 470 * anatomy.boneHu);
    stampRod(plane, { from, to, fromRadius: 1.2, toRadius: radius - 2.2 }, 240 * anatomy.boneHu);
  }
}
