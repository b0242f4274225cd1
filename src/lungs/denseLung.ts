import { besideDisease } from "./besideDisease.ts";
import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { bowelGas, rimMm } from "./bowelGas.ts";
import { beforeChestWall } from "./chestWall.ts";
import { labelComponents, maskOfComponents } from "./components.ts";
import { consolidation } from "./consolidation.ts";
import { convexHull } from "./convexHull.ts";
import { costalPockets } from "./costalPockets.ts";
import { withDiseasedEdge } from "./diseasedEdge.ts";
import type { Field } from "./field.ts";
import { filledLung } from "./filledLung.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate, discOf, erode, open } from "./morphology.ts";
import { opaqueLung } from "./opaqueLung.ts";
import { withBelow } from "./otherSlices.ts";
import { apart, type Sides } from "./rightAndLeft.ts";
import { heartZone, mediastinalZone, rightHalf, spineZone, thoraxFrame } from "./thoraxFrame.ts";

/** More air than this in a slice is bowel gas or a cavity. */
const largestSpeckMm2 = 60;
/** Diseased lung is closed by so much more than healthy lung. */
const widerClosing = 1.5;
/** Fat, where it is no mere edge between lung and soft tissue: no lung, however dense, has its density. */
const fatHu = [-140, -40] as const;
const fatMm = 2;
/** Heart and great vessels bulge out of their usual zone by at most this, and are nowhere narrower than twice this. */
const heartMm = 18;
/** Air so near to windpipe and main bronchi is a bronchus of the hilum. */
const hilumMm = 14;

/** The back part of the lungs begins at this share of their depth. */
const backShare = 0.62;

export type FoundLungs = Sides & { readonly airways: BitMask; readonly body: BitMask };

/**
 * Each lung with what is dense in it: vessels and small lesions (by closing), ground glass, consolidation along the ribs (by
 * the lung's convex outline in a slice, and by the ribs), and larger consolidation (by neighbouring slices, the other side
 * and air bronchograms). Fluid in the pleura cannot be told from it and is included where it fills the lung's outline.
 */
export function withDenseLung(
  field: Field,
  { right, left, airways, body }: FoundLungs,
  settings: DefaultLungSettings,
): Sides {
  const { shape, voxels } = field;
  const { spacingMm } = field.geometry;
  const unblocked = andNot(body, airways);
  const widerMm = widerClosing * settings.closingMm;
  const filledIn =
    (where: BitMask) =>
    (lung: BitMask, by = settings.closingMm) =>
      filledLung(field, { lung, inner: where, body }, { closingMm: by });
  const fill = filledIn(unblocked);
  const plain = apart({ right: fill(right), left: fill(left) });
  const frame = thoraxFrame(plain);
  const airy = and(maskBetween(voxels, shape, [Number.NEGATIVE_INFINITY, settings.bronchogramBelowHu]), body);
  const strip = spineZone(shape, frame);
  const hilum = or(airways, dilate(and(airways, strip), discOf(hilumMm, spacingMm)));
  const air = andNot(andNot(airy, hilum), strip);
  const bowel = bowelGas(field, { ...plain, air, mirrorAt: frame.mirrorAt });
  const inner = andNot(unblocked, bowel);
  const filled = filledIn(inner);
  const zone = mediastinalZone(shape, frame);
  const bone = maskBetween(voxels, shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const fat = open(maskBetween(voxels, shape, fatHu), discOf(fatMm, spacingMm));
  const dense = maskBetween(voxels, shape, [settings.airBelowHu - 1, settings.boneAboveHu]);
  const soft = andNot(dense, fat);

  const half = rightHalf(shape, frame);
  const lateral = and(andNot(soft, zone), inner);
  const atWall = beforeChestWall(field, { ...plain, bone, frame });
  const hull = convexHull(or(plain.right, plain.left));
  const opaque = opaqueLung(field, and(hull, inner), settings);
  const pockets = (lung: BitMask) => {
    const trusted = andNot(withBelow(lung), zone);
    return costalPockets(lung, { centre: frame.centre, spacingMm, trusted, bone });
  };
  const start = apart({
    right: filled(or(or(plain.right, and(opaque, half)), or(pockets(plain.right), and(atWall.right, lateral)))),
    left: filled(or(or(plain.left, andNot(opaque, half)), or(pockets(plain.left), and(atWall.left, lateral)))),
  });

  const disc = discOf(heartMm, spacingMm);
  const bulge = dilate(and(erode(andNot(body, or(start.right, start.left)), disc), zone), disc);
  const rimmed = dilate(or(start.right, start.left), discOf(rimMm, spacingMm));
  const specks = small(andNot(air, or(rimmed, bowel)), largestSpeckMm2 / (spacingMm[1] * spacingMm[2]));
  const around = { soft: and(soft, inner), specks, zone: or(zone, bulge), mirrorAt: frame.mirrorAt };
  const denseRight = consolidation(field, { lung: start.right, other: start.left, ...around }, settings);
  const denseLeft = consolidation(field, { lung: start.left, other: start.right, ...around }, settings);
  const first = apart({
    right: or(start.right, andNot(denseRight, start.left)),
    left: or(start.left, andNot(denseLeft, start.right)),
  });
  const free = andNot(and(or(soft, airy), inner), and(airy, strip));
  const backFrom = frame.front + backShare * (frame.back - frame.front);
  const beside = (lung: BitMask, other: BitMask, of: { readonly plain: BitMask; readonly heart: BitMask }) =>
    besideDisease(field, { lung, other, soft: free, lateral, mirrorAt: frame.mirrorAt, backFrom, ...of });
  const all = apart({
    right: or(first.right, beside(first.right, first.left, { plain: plain.right, heart: emptyMask(shape) })),
    left: or(first.left, beside(first.left, first.right, { plain: plain.left, heart: heartZone(shape, frame) })),
  });
  const toWall = beforeChestWall(field, { ...all, bone, frame });
  const edged = (lung: BitMask, of: BitMask, wall: BitMask) => {
    const whole = filled(or(lung, and(wall, lateral)), widerMm);
    return withDiseasedEdge(field, { lung: whole, plain: of, dense, soft: and(soft, inner) });
  };
  return apart({
    right: edged(all.right, plain.right, toWall.right),
    left: edged(all.left, plain.left, toWall.left),
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
