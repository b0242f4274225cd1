import { and, andNot, type BitMask, or } from "./bitMask.ts";
import type { Field } from "./field.ts";
import { dilate, discOf, open } from "./morphology.ts";

/** Dense lung nowhere narrower than twice this. */
const thickMm = 3;
/** Its outline is drawn so much wider, within so much of it: no air shows where it ends, and half a voxel of it is lost. */
const widerMm = 1.5;
const nearMm = 4.5;

/** A lung whose outline beside dense lung is a voxel wider, as far as there is soft tissue. dense: what is not aerated; plain: the lung without its larger dense parts. */
export function withDiseasedEdge(
  { geometry }: Pick<Field, "geometry">,
  {
    lung,
    plain,
    dense,
    soft,
  }: { readonly lung: BitMask; readonly plain: BitMask; readonly dense: BitMask; readonly soft: BitMask },
): BitMask {
  const { spacingMm } = geometry;
  const ill = open(andNot(and(lung, dense), plain), discOf(thickMm, spacingMm));
  const wider = dilate(lung, discOf(Math.max(spacingMm[1], spacingMm[2], widerMm), spacingMm));
  return or(lung, and(and(wider, dilate(ill, discOf(nearMm, spacingMm))), soft));
}
