import { type Volume, voxelMl } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import { type BitMask, countOf } from "./bitMask.ts";
import type { Sides } from "./rightAndLeft.ts";
import { eachRun } from "./rows.ts";

/** How far a lung mask may be trusted. */
export interface LungQuality {
  /** 1: nothing speaks against it; 0: no lungs. The product of what each reason leaves. */
  readonly score: number;
  /** What lowered the score; the mask's warnings hold them too. */
  readonly reasons: readonly Warning[];
}

/** What each finding leaves of the score. One lung only may be true, and a small scan too; a mask without lung is none. */
const leftBy: Readonly<Record<string, number>> = {
  NO_LUNGS_FOUND: 0,
  ONE_LUNG_ONLY: 0.5,
  LUNGS_CUT_OFF: 0.7,
  LUNG_VOLUME_UNUSUAL: 0.7,
  LUNGS_MOSTLY_ESTIMATED: 0.6,
  LUNGS_UNEVEN: 0.7,
};

/** More than this of the mask that is neither aerated nor near it was filled in, not seen. */
const densestShare = 0.3;
const denseAboveHu = -200;
/** A slice has no more or less lung than both its neighbours by this share of the largest slice's. */
const largestJump = 0.15;
const jumpWithinMm = 12;

/** What the mask itself tells of its worth, besides lungWarnings. */
export function qualityWarnings({ voxels, shape, geometry }: Volume, { right, left }: Sides): Warning[] {
  const total = countOf(right) + countOf(left);
  if (total === 0) return [];
  const warnings: Warning[] = [];
  const share = (denseIn(voxels, right) + denseIn(voxels, left)) / total;
  if (share > densestShare) {
    warnings.push({
      code: "LUNGS_MOSTLY_ESTIMATED",
      message: `${Math.round(100 * share)} % of the lungs' ${Math.round(total * voxelMl(geometry))} ml are as dense as soft tissue: their outline there is estimated from ribs, neighbouring slices and the other side. Look at it.`,
    });
  }
  const jump = largestStep([right, left], shape, geometry.spacingMm[0]);
  if (jump !== undefined) {
    warnings.push({
      code: "LUNGS_UNEVEN",
      message: `The lungs' area in slice ${jump.z} leaves that of both its neighbours by ${Math.round(100 * jump.share)} % of the largest: parts may be missing or too much. Look at the outline there.`,
    });
  }
  return warnings;
}

/** The score that some warnings leave. Warnings that say nothing of the mask do not count. */
export function lungQuality(warnings: readonly Warning[]): LungQuality {
  const reasons = warnings.filter(({ code }) => leftBy[code] !== undefined);
  const score = reasons.reduce((product, { code }) => product * (leftBy[code] as number), 1);
  return { score: Math.round(score * 100) / 100, reasons };
}

/** Voxels of the mask as dense as soft tissue. Every fourth is looked at. */
function denseIn(voxels: Int16Array, mask: BitMask): number {
  let count = 0;
  eachRun(mask, (start, end) => {
    for (let i = start + 1; i < end; i += 4) if ((voxels[i] as number) > denseAboveHu) count++;
  });
  return 4 * count;
}

/** The largest amount by which a side's area in a slice leaves those of both neighbours to the same side, where it is too large. */
function largestStep(
  sides: readonly BitMask[],
  shape: Volume["shape"],
  stepMm: number,
): { share: number; z: number } | undefined {
  if (stepMm > jumpWithinMm) return undefined;
  let found: { share: number; z: number } | undefined;
  for (const mask of sides) {
    const areas = Array.from({ length: shape[0] }, (_, z) => countOf(mask, z));
    const largest = Math.max(...areas);
    for (let z = 1; z + 1 < areas.length; z++) {
      const here = areas[z] as number;
      const [below, above] = [here - (areas[z - 1] as number), here - (areas[z + 1] as number)];
      if (Math.sign(below) !== Math.sign(above)) continue;
      const share = Math.min(Math.abs(below), Math.abs(above)) / largest;
      if (share > Math.max(largestJump, found?.share ?? 0)) found = { share, z };
    }
  }
  return found;
}
