import type { Geometry } from "../study/volume.ts";
import type { BitMask } from "./bitMask.ts";
import { bothLungs, type LungMask } from "./lungMask.ts";
import { dilate, discOf } from "./morphology.ts";

/** The lungs of slice z with a margin around them; a mask of one slice. */
export function marginAround(
  mask: LungMask,
  z: number,
  { marginMm, geometry }: { readonly marginMm: number; readonly geometry: Geometry },
): BitMask {
  const lungs = bothLungs(mask, z);
  return marginMm === 0 ? lungs : dilate(lungs, discOf(marginMm, geometry.spacingMm));
}
