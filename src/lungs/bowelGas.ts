import { voxelMl } from "../study/volume.ts";
import { andNot, type BitMask, or } from "./bitMask.ts";
import { countedIn, labelComponents, maskOfComponents } from "./components.ts";
import { asymmetryMm } from "./consolidation.ts";
import type { Field } from "./field.ts";
import { dilate, discOf, erode } from "./morphology.ts";
import { mirrored, withBelow } from "./otherSlices.ts";
import type { Sides } from "./rightAndLeft.ts";

/** Pockets so near to each other belong together, and so much around them is food or wall. */
const togetherMm = 5;
/** Less gas and food than this is left to the other rules. */
const smallestMl = 3;
/** Air of which less than this lies where lung may be is in stomach or bowel. */
const lungShare = 0.5;
/** The blurred rim of a lung is no pocket of air. */
export const rimMm = 3;

/**
 * Stomach and bowel that hold gas: crowds of pockets and bubbles outside the aerated lungs, with what lies between them, most of
 * which neither has lung below it nor lies where the mirrored other lung does. The air bronchograms of a consolidated lung
 * crowd where the one or the other holds.
 */
export function bowelGas(
  { geometry }: Pick<Field, "geometry">,
  { right, left, air, mirrorAt }: Sides & { readonly air: BitMask; readonly mirrorAt: readonly number[] },
): BitMask {
  const { spacingMm } = geometry;
  const lungs = or(right, left);
  const mirror = erode(mirrored(lungs, mirrorAt), discOf(asymmetryMm, spacingMm));
  const expected = or(withBelow(lungs), mirror);
  const outside = andNot(air, dilate(lungs, discOf(rimMm, spacingMm)));
  const crowds = labelComponents(dilate(outside, discOf(togetherMm, spacingMm)), "volume6");
  const inside = countedIn(crowds, expected);
  const smallest = smallestMl / voxelMl(geometry);
  const isBowel = Uint8Array.from(crowds.sizes, (size, label) =>
    size >= smallest && (inside[label] as number) < lungShare * size ? 1 : 0,
  );
  return andNot(maskOfComponents(crowds, isBowel), lungs);
}
