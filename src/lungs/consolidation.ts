import { voxelMl } from "../study/volume.ts";
import { and, andNot, type BitMask, or } from "./bitMask.ts";
import { withoutSmall } from "./components.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate, discOf, erode, open } from "./morphology.ts";
import { mirrored, withAbove, withBelow } from "./otherSlices.ts";

/** So far a chest may differ from its mirror image. */
export const asymmetryMm = 8;
/** Air in consolidated lung is never further away than this, across slices and along them. */
const bronchogramMm = 16;
const bronchogramAlongMm = 10;

export interface Surroundings {
  /** Neither air nor bone. */
  readonly soft: BitMask;
  /** Pockets of air, large and small, outside of the lungs found so far. */
  readonly specks: BitMask;
  /** Where heart, vessels and spine may lie. */
  readonly zone: BitMask;
  readonly mirrorAt: readonly number[];
}

/**
 * The consolidated parts of one lung that its outline in a slice does not tell. Soft tissue belongs to the lung
 *
 * - between lung close above and close below;
 * - outside of the mediastinal zone: above lung, and below lung or where the mirrored other lung lies;
 * - near specks of air (air bronchograms, which neither heart nor liver have): between lung above and below, or where the mirrored other lung lies.
 */
export function consolidation(
  field: Field,
  { lung, other, soft, specks, zone, mirrorAt }: Surroundings & { readonly lung: BitMask; readonly other: BitMask },
  settings: DefaultLungSettings,
): BitMask {
  const { spacingMm } = field.geometry;
  const slicesOf = (mm: number) => Math.max(1, Math.round(mm / spacingMm[0]));
  const near = slicesOf(settings.neighbourMm);
  const close = andNot(and(withBelow(lung, near), withAbove(lung, near)), zone);
  const above = withAbove(lung);
  const below = withBelow(lung);
  const mirror = erode(mirrored(other, mirrorAt), discOf(asymmetryMm, spacingMm));
  const far = andNot(and(below, or(above, mirror)), zone);
  const airy = dilate(specks, discOf(bronchogramMm, spacingMm));
  const along = slicesOf(bronchogramAlongMm);
  const vouched = and(or(withBelow(airy, along), withAbove(airy, along)), or(and(above, below), mirror));
  const found = andNot(and(or(or(close, far), vouched), soft), lung);
  const thick = open(found, discOf(settings.thinnestDenseMm, spacingMm));
  const large = withoutSmall(thick, settings.smallestDenseMl / voxelMl(field.geometry), "volume6");
  // What is found reaches to where the other side's outline, mirrored, ends.
  const edge = and(andNot(mirrored(other, mirrorAt), lung), soft);
  return or(large, and(dilate(large, discOf(asymmetryMm, spacingMm)), edge));
}
