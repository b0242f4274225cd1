import type { Volume } from "../study/volume.ts";
import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { fillHoles, labelComponents, maskOfComponents } from "./components.ts";
import { consolidation } from "./consolidation.ts";
import { costalPockets } from "./costalPockets.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { close, dilate, discOf } from "./morphology.ts";
import { mirrored, withBelow } from "./otherSlices.ts";
import type { Sides } from "./rightAndLeft.ts";
import { mediastinalZone, spineZone, thoraxFrame } from "./thoraxFrame.ts";

const rimMm = 3;
/** More air than this in a slice is bowel gas or a cavity. */
const largestSpeckMm2 = 60;

/**
 * Each lung with what is dense in it: vessels and small lesions (by closing), consolidation along the ribs (by the lung's
 * convex outline in a slice), and larger consolidation (by neighbouring slices, the other side and air bronchograms). Fluid
 * in the pleura cannot be told from it and is included where it fills the lung's outline.
 */
export function withDenseLung(
  volume: Volume,
  { right, left, airways, body }: Sides & { readonly airways: BitMask; readonly body: BitMask },
  settings: DefaultLungSettings,
): Sides {
  const { shape, voxels } = volume;
  const { spacingMm } = volume.geometry;
  const disc = discOf(settings.closingMm, spacingMm);
  const inner = andNot(body, airways);
  const closed = (lung: BitMask) => and(fillHoles(and(close(lung, disc), inner)), body);
  const frame = thoraxFrame({ right, left });
  const zone = mediastinalZone(shape, frame);
  // A single slice has no neighbours that tell a liver from a consolidated lobe.
  const isSingle = shape[0] === 1;
  const bone = maskBetween(voxels, shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const withPockets = (lung: BitMask, other: BitMask) => {
    const trusted = isSingle ? emptyMask(shape) : andNot(or(withBelow(lung), mirrored(other, frame.mirrorAt)), zone);
    return or(lung, costalPockets(lung, { centre: frame.centre, spacingMm, trusted, bone }));
  };
  const plain = apart({ right: closed(right), left: closed(left) });
  const start = apart({ right: withPockets(plain.right, plain.left), left: withPockets(plain.left, plain.right) });
  if (isSingle) return start;

  const soft = maskBetween(voxels, shape, [settings.airBelowHu, settings.boneAboveHu]);
  const airy = and(maskBetween(voxels, shape, [Number.NEGATIVE_INFINITY, settings.bronchogramBelowHu]), body);
  // The blurred rim of a lung is no bronchogram.
  const rimmed = dilate(or(start.right, start.left), discOf(rimMm, spacingMm));
  const specks = small(
    andNot(andNot(airy, rimmed), spineZone(shape, frame)),
    largestSpeckMm2 / (spacingMm[1] * spacingMm[2]),
  );
  const around = { soft, specks, zone, mirrorAt: frame.mirrorAt };
  const denseRight = consolidation(volume, { lung: start.right, other: start.left, ...around }, settings);
  const denseLeft = consolidation(volume, { lung: start.left, other: start.right, ...around }, settings);
  return apart({
    right: closed(or(start.right, andNot(denseRight, start.left))),
    left: closed(or(start.left, andNot(denseLeft, start.right))),
  });
}

/** The pieces of each slice of at most so many pixels. */
function small(mask: BitMask, largest: number): BitMask {
  const components = labelComponents(mask, "slice8");
  return maskOfComponents(
    components,
    Uint8Array.from(components.sizes, (size) => (size <= largest ? 1 : 0)),
  );
}

function apart({ right, left }: Sides): Sides {
  return { right, left: andNot(left, right) };
}
