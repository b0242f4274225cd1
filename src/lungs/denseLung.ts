import type { Volume } from "../study/volume.ts";
import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { beforeChestWall } from "./chestWall.ts";
import { coarseGrid } from "./coarseGrid.ts";
import { labelComponents, maskOfComponents } from "./components.ts";
import { consolidation } from "./consolidation.ts";
import { convexHull } from "./convexHull.ts";
import { costalPockets } from "./costalPockets.ts";
import { filledLung } from "./filledLung.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate, discOf, erode, open } from "./morphology.ts";
import { opaqueLung } from "./opaqueLung.ts";
import { withBelow } from "./otherSlices.ts";
import type { Sides } from "./rightAndLeft.ts";
import { mediastinalZone, rightHalf, spineZone, thoraxFrame } from "./thoraxFrame.ts";

const rimMm = 3;
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

type Found = Sides & { readonly airways: BitMask; readonly body: BitMask };

/**
 * Each lung with what is dense in it: vessels and small lesions (by closing), ground glass, consolidation along the ribs (by
 * the lung's convex outline in a slice, and by the ribs), and larger consolidation (by neighbouring slices, the other side
 * and air bronchograms). Fluid in the pleura cannot be told from it and is included where it fills the lung's outline.
 */
export function withDenseLung(volume: Volume, found: Found, settings: DefaultLungSettings): Sides {
  if (volume.shape[0] === 1) return withinSlice(volume, found, settings);
  const grid = coarseGrid(volume);
  const dense = denseParts(
    grid.volume,
    {
      right: grid.coarse(found.right),
      left: grid.coarse(found.left),
      airways: grid.coarse(found.airways),
      body: grid.coarse(found.body),
    },
    settings,
  );
  const inner = andNot(found.body, found.airways);
  const filled = (lung: BitMask, part: BitMask) =>
    filledLung(volume, { lung: or(lung, and(grid.fine(part), inner)), inner, body: found.body }, settings);
  return apart({ right: filled(found.right, dense.right), left: filled(found.left, dense.left) });
}

/** A single slice has no neighbours that tell a liver from a consolidated lobe. */
function withinSlice(volume: Volume, { right, left, airways, body }: Found, settings: DefaultLungSettings): Sides {
  const { spacingMm } = volume.geometry;
  const inner = andNot(body, airways);
  const edge = and(inner, maskBetween(volume.voxels, volume.shape, [Number.NEGATIVE_INFINITY, settings.edgeBelowHu]));
  const filled = (lung: BitMask) => {
    const whole = filledLung(volume, { lung, inner, body }, settings);
    return or(whole, and(dilate(whole, { halfWidths: [1, 0] }), edge));
  };
  const plain = apart({ right: filled(right), left: filled(left) });
  const { centre } = thoraxFrame(plain);
  const trusted = emptyMask(volume.shape);
  const bone = maskBetween(volume.voxels, volume.shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const withPockets = (lung: BitMask) => or(lung, costalPockets(lung, { centre, spacingMm, trusted, bone }));
  return apart({ right: withPockets(plain.right), left: withPockets(plain.left) });
}

/** The parts of each lung denser than aerated lung. */
function denseParts(volume: Volume, { right, left, airways, body }: Found, settings: DefaultLungSettings): Sides {
  const { shape, voxels } = volume;
  const { spacingMm } = volume.geometry;
  const inner = andNot(body, airways);
  const widerMm = widerClosing * settings.closingMm;
  const filled = (lung: BitMask, by = settings.closingMm) =>
    filledLung(volume, { lung, inner, body }, { closingMm: by });
  const plain = apart({ right: filled(right), left: filled(left) });
  const frame = thoraxFrame(plain);
  const zone = mediastinalZone(shape, frame);
  const bone = maskBetween(voxels, shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const fat = open(maskBetween(voxels, shape, fatHu), discOf(fatMm, spacingMm));
  const soft = andNot(maskBetween(voxels, shape, [settings.airBelowHu - 1, settings.boneAboveHu]), fat);

  const half = rightHalf(shape, frame);
  const lateral = and(andNot(soft, zone), inner);
  const atWall = beforeChestWall(volume, { ...plain, bone, frame });
  const hull = convexHull(or(plain.right, plain.left));
  const opaque = opaqueLung(volume, and(hull, inner), settings);
  const pockets = (lung: BitMask) => {
    const trusted = andNot(withBelow(lung), zone);
    return costalPockets(lung, { centre: frame.centre, spacingMm, trusted, bone });
  };
  const start = apart({
    right: filled(or(or(plain.right, and(opaque, half)), or(pockets(plain.right), and(atWall.right, lateral)))),
    left: filled(or(or(plain.left, andNot(opaque, half)), or(pockets(plain.left), and(atWall.left, lateral)))),
  });

  const airy = and(maskBetween(voxels, shape, [Number.NEGATIVE_INFINITY, settings.bronchogramBelowHu]), body);
  const strip = spineZone(shape, frame);
  const hilum = or(airways, dilate(and(airways, strip), discOf(hilumMm, spacingMm)));
  const disc = discOf(heartMm, spacingMm);
  const bulge = dilate(and(erode(andNot(body, or(start.right, start.left)), disc), zone), disc);
  // The blurred rim of a lung is no bronchogram.
  const rimmed = dilate(or(start.right, start.left), discOf(rimMm, spacingMm));
  const specks = small(andNot(andNot(airy, or(rimmed, hilum)), strip), largestSpeckMm2 / (spacingMm[1] * spacingMm[2]));
  const around = { soft: and(soft, inner), specks, zone: or(zone, bulge), mirrorAt: frame.mirrorAt };
  const denseRight = consolidation(volume, { lung: start.right, other: start.left, ...around }, settings);
  const denseLeft = consolidation(volume, { lung: start.left, other: start.right, ...around }, settings);
  const dense = apart({
    right: or(start.right, andNot(denseRight, start.left)),
    left: or(start.left, andNot(denseLeft, start.right)),
  });
  const toWall = beforeChestWall(volume, { ...dense, bone, frame });
  return {
    right: filled(or(dense.right, and(toWall.right, lateral)), widerMm),
    left: filled(or(dense.left, and(toWall.left, lateral)), widerMm),
  };
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
