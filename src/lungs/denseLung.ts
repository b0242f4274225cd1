import type { Volume } from "../study/volume.ts";
import { and, andNot, type BitMask } from "./bitMask.ts";
import { fillHoles } from "./components.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { close, discOf } from "./morphology.ts";
import type { Sides } from "./rightAndLeft.ts";

/** Each lung with its vessels and its dense parts. */
export function withDenseLung(
  volume: Volume,
  { right, left, airways, body }: Sides & { readonly airways: BitMask; readonly body: BitMask },
  settings: DefaultLungSettings,
): Sides {
  const disc = discOf(settings.closingMm, volume.geometry.spacingMm);
  const whole = (lung: BitMask, other: BitMask) =>
    andNot(and(fillHoles(andNot(close(lung, disc), airways)), body), other);
  const wholeRight = whole(right, left);
  return { right: wholeRight, left: whole(left, wholeRight) };
}
