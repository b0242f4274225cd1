import type { Geometry } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import { type BitMask, countOf } from "./bitMask.ts";
import type { LungMask } from "./lungMask.ts";
import { rowExtent } from "./rows.ts";

/** Lungs of adults hold 1,000 to 9,000 ml on CT; children's, in chests so narrow, down to 200. */
const adultsMl = [800, 9000] as const;
const childrensMl = [150, 3000] as const;
const narrowMm = 210;
/** A lung much smaller than the other is as good as absent. */
const absentShare = 0.05;
/** More lung than this in the first or last slice means that the scan cut it off. */
const cutOffMm2 = 3000;

/** What a reader must know of a lung mask: nothing found, one side only, cut off, an unusual volume. */
export function lungWarnings(mask: LungMask, lungs: BitMask, geometry: Geometry): Warning[] {
  if (mask.volumeMl === 0) {
    return [
      {
        code: "NO_LUNGS_FOUND",
        message: "No air-filled lung was found inside the body: the mask is empty. Is this a CT of the chest?",
      },
    ];
  }
  const warnings: Warning[] = [];
  if (Math.min(mask.rightMl, mask.leftMl) < absentShare * mask.volumeMl) {
    const side = mask.rightMl > mask.leftMl ? "right" : "left";
    warnings.push({
      code: "ONE_LUNG_ONLY",
      message: `Only the ${side} lung was found. The other is missing, filled, or not told apart from it.`,
    });
  }
  if (mask.shape[0] === 1) return warnings;
  const pixelMm2 = geometry.spacingMm[1] * geometry.spacingMm[2];
  const cut = (z: number) => countOf(lungs, z) * pixelMm2 > cutOffMm2;
  const usualMl = widthMm(lungs, geometry) < narrowMm ? childrensMl : adultsMl;
  const ends = [cut(0) && "lowest", cut(mask.shape[0] - 1) && "highest"].filter((end) => end !== false);
  if (ends.length > 0) {
    warnings.push({
      code: "LUNGS_CUT_OFF",
      message: `The ${ends.join(" and the ")} slice still shows much lung: part of the lungs was not scanned, volumes are too small.`,
    });
  } else if (mask.volumeMl < usualMl[0] || mask.volumeMl > usualMl[1]) {
    warnings.push({
      code: "LUNG_VOLUME_UNUSUAL",
      message: `The lungs measure ${Math.round(mask.volumeMl)} ml; usual are ${usualMl[0]} to ${usualMl[1]} ml. Look at their outline.`,
    });
  }
  return warnings;
}

/** From the right lung's outer edge to the left one's. */
function widthMm(lungs: BitMask, geometry: Geometry): number {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < lungs.shape[0] * lungs.shape[1]; row++) {
    const extent = rowExtent(lungs, row);
    if (!extent) continue;
    first = Math.min(first, extent.start);
    last = Math.max(last, extent.end);
  }
  return Math.max(0, last - first) * geometry.spacingMm[2];
}
