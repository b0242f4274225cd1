import { and, andNot, type BitMask, not, or } from "./bitMask.ts";
import { countedIn, floodFromBorder, labelComponents, maskOfComponents } from "./components.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { close, discOf } from "./morphology.ts";
import { withBelow } from "./otherSlices.ts";

/** An island in the lung larger than this, with lung below less than half of it, is the diaphragm's dome. */
const largestIslandMm2 = 500;
const belowShare = 0.5;

/** A lung with its vessels and small dense lesions: closed, and its holes filled, but for the dome of the diaphragm. */
export function filledLung(
  { geometry, shape }: Pick<Field, "geometry" | "shape">,
  { lung, inner, body }: { readonly lung: BitMask; readonly inner: BitMask; readonly body: BitMask },
  { closingMm }: Pick<DefaultLungSettings, "closingMm">,
): BitMask {
  const { spacingMm } = geometry;
  const closed = and(close(lung, discOf(closingMm, spacingMm)), inner);
  const outside = floodFromBorder(not(closed));
  const holes = labelComponents(andNot(not(closed), outside), "slice4");
  const largest = shape[0] === 1 ? Number.POSITIVE_INFINITY : largestIslandMm2 / (spacingMm[1] * spacingMm[2]);
  const isLarge = holes.sizes.some((size) => size > largest);
  const above = isLarge ? countedIn(holes, withBelow(lung)) : new Int32Array(holes.count);
  const filled = maskOfComponents(
    holes,
    Uint8Array.from(holes.sizes, (size, label) =>
      size <= largest || (above[label] as number) >= belowShare * size ? 1 : 0,
    ),
  );
  return and(or(closed, filled), body);
}
