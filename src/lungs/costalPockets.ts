import { and, andNot, type BitMask, countOf, emptyMask, or, sliceOf } from "./bitMask.ts";
import { type Components, countedIn, labelComponents, maskOfComponents } from "./components.ts";
import { convexHull } from "./convexHull.ts";
import { discOf, erode, open } from "./morphology.ts";

/** Directions around the thorax in which is looked outwards. */
const directions = 720;
/** Thinner pockets are the chest wall's own unevenness. */
const thinnestMm = 2.5;
/** So much of a pocket lies beyond the lung, seen from the middle. */
const beyondShare = 0.6;
/** A gap with more bone lies beside the spine or the breastbone. */
const boneShare = 0.12;
/** Parts of a pocket thinner than this, at the edge of what is seen from the middle, do not count. */
const wedgeMm = 8;

/**
 * What lies between a lung and the ribs: inside the lung's convex hull in a slice, and seen from the thorax's middle without
 * lung beyond. Heart, mediastinum and liver have lung beyond them.
 *
 * trusted: where that may be said of a part of a gap; elsewhere most of the gap must lie beyond the lung.
 */
export function costalPockets(
  lung: BitMask,
  { centre, spacingMm, trusted, bone }: Frame & { readonly trusted: BitMask; readonly bone: BitMask },
): BitMask {
  const gaps = open(andNot(convexHull(lung), lung), discOf(thinnestMm, spacingMm));
  const result = emptyMask(lung.shape);
  const perSlice = lung.shape[1] * lung.rowWords;
  for (let z = 0; z < lung.shape[0]; z++) {
    const gap = sliceOf(gaps, z);
    if (countOf(gap) === 0) continue;
    const reach = furthest(sliceOf(lung, z), { centre, spacingMm });
    const components = labelComponents(gap, "slice4");
    const beyond = new Int32Array(components.count);
    const outward = emptyMask(gap.shape);
    forEachVoxel(components, (y, x, label) => {
      const { direction, distance } = polar(y, x, { centre, spacingMm });
      const lungReach = reach[direction] as number;
      if (distance <= lungReach) return;
      if (lungReach > 0) beyond[label] = (beyond[label] as number) + 1;
      const word = y * gap.rowWords + (x >> 5);
      outward.words[word] = (outward.words[word] as number) | (1 << (x & 31));
    });
    const bones = countedIn(components, sliceOf(bone, z));
    const isCostal = components.sizes.map((size, label) =>
      (beyond[label] as number) > beyondShare * size && (bones[label] as number) < boneShare * size ? 1 : 0,
    );
    const whole = maskOfComponents(components, Uint8Array.from(isCostal));
    const parts = open(and(outward, sliceOf(trusted, z)), discOf(wedgeMm, spacingMm));
    result.words.set(or(whole, parts).words, z * perSlice);
  }
  return result;
}

type Frame = {
  readonly centre: readonly [number, number];
  readonly spacingMm: readonly [number, number, number];
};

/** The lung's furthest distance from the centre in each direction, 0 where it has none. */
function furthest(lung: BitMask, frame: Frame): Float64Array {
  const reach = new Float64Array(directions);
  const edge = andNot(lung, erode(lung, { halfWidths: [1, 0] }));
  forEachVoxel(labelComponents(edge, "slice8"), (y, x) => {
    const { direction, distance } = polar(y, x, frame);
    for (const near of [direction - 1, direction, direction + 1]) {
      const at = (near + directions) % directions;
      if (distance > (reach[at] as number)) reach[at] = distance;
    }
  });
  return reach;
}

function polar(y: number, x: number, { centre, spacingMm }: Frame): { direction: number; distance: number } {
  const dy = (y - centre[0]) * spacingMm[1];
  const dx = (x - centre[1]) * spacingMm[2];
  const turn = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
  return { direction: Math.floor(turn * directions) % directions, distance: Math.sqrt(dy * dy + dx * dx) };
}

function forEachVoxel(
  { rowRuns, runStart, runEnd, runLabel }: Components,
  visit: (y: number, x: number, label: number) => void,
): void {
  for (let y = 0; y + 1 < rowRuns.length; y++) {
    for (let run = rowRuns[y] as number; run < (rowRuns[y + 1] as number); run++) {
      const end = runEnd[run] as number;
      for (let x = runStart[run] as number; x < end; x++) visit(y, x, runLabel[run] as number);
    }
  }
}
