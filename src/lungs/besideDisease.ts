import { voxelMl } from "../study/volume.ts";
import { and, andNot, type BitMask, countOf, emptyMask, or } from "./bitMask.ts";
import { countedIn, labelComponents, maskOfComponents, withoutSmall } from "./components.ts";
import type { Field } from "./field.ts";
import { dilate, discOf, erode, open } from "./morphology.ts";
import { mirrored, withAbove, withBelow } from "./otherSlices.ts";
import { setRun } from "./rows.ts";

/** Consolidation that leaves no doubt: away from the mediastinum, nowhere narrower than twice this, and so large. */
const thickMm = 5;
const doubtlessMl = 5;
/** So far around it the rules are looser, across slices and along them. */
const aroundMm = 35;
const alongMm = 15;
/** The mirrored other lung is taken smaller by this: no chest is its mirror image. */
const asymmetryMm = 4;
/** Lung so near above and below. */
const betweenMm = 40;
/** Thinner and smaller pieces are left out. */
const thinnestMm = 3;
const smallestMl = 1;

/** One lung as found so far, and what lies around it. */
interface Beside {
  readonly lung: BitMask;
  readonly other: BitMask;
  /** The lung without its larger dense parts. */
  readonly plain: BitMask;
  /** Soft tissue and air inside the body that may be lung: no fat, no bone, no airway. */
  readonly soft: BitMask;
  /** What of it lies outside of the mediastinum. */
  readonly lateral: BitMask;
  /** Where the heart lies on this side but not on the other. */
  readonly heart: BitMask;
  readonly mirrorAt: readonly number[];
  /** The row where the back part of the lungs begins. */
  readonly backFrom: number;
}

/**
 * What goes on from a lung's doubtless consolidation to heart and mediastinum, of whose density it is: where the mirrored other
 * lung lies, or lung close above and below. A healthy lung has no consolidation to begin from, and nothing is added to it.
 */
export function besideDisease(
  { geometry, shape }: Field,
  { lung, other, plain, soft, lateral, heart, mirrorAt, backFrom }: Beside,
): BitMask {
  const { spacingMm } = geometry;
  const pixelsOf = (ml: number) => ml / voxelMl(geometry);
  const slicesOf = (mm: number) => Math.max(1, Math.round(mm / spacingMm[0]));
  const thick = open(and(andNot(lung, plain), lateral), discOf(thickMm, spacingMm));
  const disease = withoutSmall(thick, pixelsOf(doubtlessMl), "volume6");
  if (countOf(disease) === 0) return emptyMask(shape);
  const along = slicesOf(alongMm);
  const near = dilate(or(withBelow(disease, along), withAbove(disease, along)), discOf(aroundMm, spacingMm));
  const likely = andNot(erode(mirrored(other, mirrorAt), discOf(asymmetryMm, spacingMm)), heart);
  // Below a dome of the diaphragm there is no lung; behind it lung ends in the body's back.
  const mirror = and(likely, or(withBelow(lung), behind(shape, backFrom)));
  const reach = slicesOf(betweenMm);
  const between = and(withBelow(lung, reach), withAbove(lung, reach));
  const expected = andNot(or(mirror, between), or(lung, other));
  const room = open(and(and(expected, soft), near), discOf(thinnestMm, spacingMm));
  const pieces = labelComponents(or(room, disease), "volume6");
  const connected = maskOfComponents(
    pieces,
    Uint8Array.from(countedIn(pieces, disease), (count) => (count >= pixelsOf(doubtlessMl) ? 1 : 0)),
  );
  return withoutSmall(and(connected, room), pixelsOf(smallestMl), "volume6");
}

/** All rows of each slice from one on. */
function behind(shape: BitMask["shape"], from: number): BitMask {
  const result = emptyMask(shape);
  const [slices, rows, columns] = shape;
  for (let row = 0; row < slices * rows; row++) if (row % rows >= from) setRun(result, row, { start: 0, end: columns });
  return result;
}
