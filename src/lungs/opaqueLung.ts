import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate, discOf, open } from "./morphology.ts";

/** Over a surface between lung and soft tissue, such as the diaphragm's dome, there is lung so near above it, soft tissue below, or the reverse. */
const surfaceMm = 5;
const lungBelowHu = -600;
const tissueAboveHu = -60;
/** A layer thinner than twice this is such a surface too, seen from the side. */
const thinnestMm = 2;

/**
 * Lung that ground glass or a partial consolidation has made denser than aerated lung, but not as dense as soft tissue. Fat is
 * denser; the blurred surfaces of heart and diaphragm, of the same density, are thin or lie between lung and soft tissue.
 */
export function opaqueLung(field: Field, where: BitMask, { airBelowHu, opaqueBelowHu }: DefaultLungSettings): BitMask {
  const between = and(maskBetween(field.voxels, field.shape, [airBelowHu - 1, opaqueBelowHu]), where);
  const { spacingMm } = field.geometry;
  const disc = discOf(Math.max(thinnestMm, spacingMm[1], spacingMm[2]), spacingMm);
  const thick = open(andNot(between, surfaces(field, between)), disc);
  return or(thick, and(between, dilate(thick, { halfWidths: [1, 0] })));
}

/** The voxels of a mask between lung above and soft tissue below, or the reverse. */
function surfaces({ voxels, shape, geometry }: Field, mask: BitMask): BitMask {
  const result = emptyMask(shape);
  const [slices, rows, columns] = shape;
  const reach = Math.max(1, Math.round(surfaceMm / geometry.spacingMm[0]));
  for (let row = 0; row < slices * rows; row++) {
    const z = Math.floor(row / rows);
    const down = Math.min(reach, z) * rows * columns;
    const up = Math.min(reach, slices - 1 - z) * rows * columns;
    for (let w = 0; w < mask.rowWords; w++) {
      let bits = mask.words[row * mask.rowWords + w] as number;
      let found = 0;
      for (; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits;
        const at = row * columns + w * 32 + 31 - Math.clz32(bit);
        const below = voxels[at - down] as number;
        const above = voxels[at + up] as number;
        if (Math.min(below, above) < lungBelowHu && Math.max(below, above) > tissueAboveHu) found |= bit;
      }
      result.words[row * mask.rowWords + w] = found;
    }
  }
  return result;
}
