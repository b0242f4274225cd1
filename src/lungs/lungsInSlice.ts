import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { costalPockets } from "./costalPockets.ts";
import type { FoundLungs } from "./denseLung.ts";
import type { Field } from "./field.ts";
import { filledLung } from "./filledLung.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate } from "./morphology.ts";
import { apart, type Sides } from "./rightAndLeft.ts";
import { thoraxFrame } from "./thoraxFrame.ts";

/** The lungs of a single slice with what is dense in them. It has no neighbours that tell a liver from a consolidated lobe. */
export function lungsInSlice(
  field: Field,
  { right, left, airways, body }: FoundLungs,
  settings: DefaultLungSettings,
): Sides {
  const { spacingMm } = field.geometry;
  const inner = andNot(body, airways);
  const edge = and(inner, maskBetween(field.voxels, field.shape, [Number.NEGATIVE_INFINITY, settings.edgeBelowHu]));
  const filled = (lung: BitMask) => {
    const whole = filledLung(field, { lung, inner, body }, settings);
    return or(whole, and(dilate(whole, { halfWidths: [1, 0] }), edge));
  };
  const plain = apart({ right: filled(right), left: filled(left) });
  const { centre } = thoraxFrame(plain);
  const trusted = emptyMask(field.shape);
  const bone = maskBetween(field.voxels, field.shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const withPockets = (lung: BitMask) => or(lung, costalPockets(lung, { centre, spacingMm, trusted, bone }));
  return apart({ right: withPockets(plain.right), left: withPockets(plain.left) });
}
