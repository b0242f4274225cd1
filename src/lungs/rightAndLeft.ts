import type { Geometry } from "../study/volume.ts";
import { and, andNot, type BitMask, countOf, emptyMask, or, sliceOf } from "./bitMask.ts";
import { type Components, labelComponents, maskOfComponents, touchedBy } from "./components.ts";
import { discOf, erode } from "./morphology.ts";

export interface Sides {
  /** Low x: the patient's right. */
  readonly right: BitMask;
  readonly left: BitMask;
}

/** Two sides that share no voxel: where both were, the right one is. */
export function apart({ right, left }: Sides): Sides {
  return { right, left: andNot(left, right) };
}

/** Lungs that touch (along the thin lines in front of and behind the heart) come apart when eroded by one of these. */
const partingMm = [0, 0.8, 1.6, 2.5, 3.5, 5, 7, 10];
/** Each of the two must be at least this share of what is left. */
const leastShare = 0.12;

/**
 * The lungs, right and left apart. Where they touch, they are eroded until they part and grow back to where they meet. Of one
 * lung only, the body's middle says which it is.
 */
export function parted(lungs: BitMask, body: BitMask, geometry: Geometry): Sides {
  if (countOf(lungs) === 0) return { right: lungs, left: emptyMask(lungs.shape) };
  const middle = meanColumn(labelComponents(body, "volume6"));
  for (const radiusMm of partingMm) {
    const eroded = radiusMm === 0 ? lungs : erode(lungs, discOf(radiusMm, geometry.spacingMm));
    const components = labelComponents(eroded, "volume6");
    const columns = meanColumns(components);
    const total = components.sizes.reduce((a, b) => a + b, 0);
    const [first, second] = largestTwo(components.sizes);
    if (first === undefined || second === undefined) continue;
    if ((components.sizes[second] as number) < leastShare * total) continue;
    const [a, b] = [columns[first] as number, columns[second] as number];
    if (a < middle === b < middle && Math.abs(a - b) < lungs.shape[2] / 8) continue;
    const border = (a + b) / 2;
    const right = sideOf(components, columns, (column) => column < border);
    const left = sideOf(components, columns, (column) => column >= border);
    return radiusMm === 0 ? { right, left } : grownBack({ right, left }, lungs, border);
  }
  const components = labelComponents(lungs, "volume6");
  const columns = meanColumns(components);
  return {
    right: sideOf(components, columns, (column) => column < middle),
    left: sideOf(components, columns, (column) => column >= middle),
  };
}

function sideOf(components: Components, columns: Float64Array, isOnSide: (column: number) => boolean): BitMask {
  return maskOfComponents(
    components,
    Uint8Array.from(columns, (column) => (isOnSide(column) ? 1 : 0)),
  );
}

/**
 * The lungs, each piece of each slice given to the side whose seed it holds. A piece that holds both is shared: the seeds grow in
 * it by a voxel at a time until they meet. A piece that holds none goes by its place.
 */
function grownBack(seeds: Sides, lungs: BitMask, border: number): Sides {
  const pieces = labelComponents(lungs, "slice4");
  const columns = meanColumns(pieces);
  const hasRight = touchedBy(pieces, seeds.right);
  const hasLeft = touchedBy(pieces, seeds.left);
  const goesRight = columns.map((column, label) =>
    hasRight[label] === hasLeft[label] ? Number(column < border) : (hasRight[label] as number),
  );
  const select = (isKept: (label: number) => boolean) =>
    maskOfComponents(
      pieces,
      Uint8Array.from(columns, (_, label) => (isKept(label) ? 1 : 0)),
    );
  const isShared = (label: number) => hasRight[label] === 1 && hasLeft[label] === 1;
  const shared = select(isShared);
  const met = growUntilTheyMeet(seeds, shared);
  return {
    right: or(
      met.right,
      select((label) => !isShared(label) && goesRight[label] === 1),
    ),
    left: or(
      met.left,
      select((label) => !isShared(label) && goesRight[label] === 0),
    ),
  };
}

/** Slice by slice, the parts of the shared pieces nearer (within the pieces) to either seed. */
function growUntilTheyMeet(seeds: Sides, shared: BitMask): Sides {
  const right = emptyMask(shared.shape);
  const left = emptyMask(shared.shape);
  const perSlice = shared.shape[1] * shared.rowWords;
  for (let z = 0; z < shared.shape[0]; z++) {
    const room = sliceOf(shared, z);
    if (countOf(room) === 0) continue;
    let a = and(sliceOf(seeds.right, z), room);
    let b = andNot(and(sliceOf(seeds.left, z), room), a);
    for (;;) {
      const nextA = andNot(grownWithin(a, room), b);
      const nextB = andNot(grownWithin(b, room), nextA);
      const isDone = isSame(nextA, a) && isSame(nextB, b);
      a = nextA;
      b = nextB;
      if (isDone) break;
    }
    right.words.set(a.words, z * perSlice);
    left.words.set(b.words, z * perSlice);
  }
  return { right, left };
}

/** One step over the 4 neighbours of a slice. */
function grownWithin(mask: BitMask, within: BitMask): BitMask {
  const result = emptyMask(mask.shape);
  const { words, rowWords } = mask;
  for (let i = 0; i < words.length; i++) {
    const room = within.words[i] as number;
    if (room === 0) continue;
    const w = i % rowWords;
    const here = words[i] as number;
    let grown = here | (here << 1) | (here >>> 1);
    if (w > 0) grown |= (words[i - 1] as number) >>> 31;
    if (w + 1 < rowWords) grown |= (words[i + 1] as number) << 31;
    if (i >= rowWords) grown |= words[i - rowWords] as number;
    if (i + rowWords < words.length) grown |= words[i + rowWords] as number;
    result.words[i] = grown & room;
  }
  return result;
}

function isSame(a: BitMask, b: BitMask): boolean {
  for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false;
  return true;
}

function largestTwo(sizes: Int32Array): [number | undefined, number | undefined] {
  let first: number | undefined;
  let second: number | undefined;
  for (let label = 0; label < sizes.length; label++) {
    const size = sizes[label] as number;
    if (first === undefined || size > (sizes[first] as number)) {
      second = first;
      first = label;
    } else if (second === undefined || size > (sizes[second] as number)) second = label;
  }
  return [first, second];
}

/** The mean x of each component. */
function meanColumns({ rowRuns, runStart, runEnd, runLabel, sizes, count }: Components): Float64Array {
  const sums = new Float64Array(count);
  const runs = rowRuns[rowRuns.length - 1] as number;
  for (let run = 0; run < runs; run++) {
    const start = runStart[run] as number;
    const end = runEnd[run] as number;
    const label = runLabel[run] as number;
    sums[label] = (sums[label] as number) + ((start + end - 1) / 2) * (end - start);
  }
  return sums.map((sum, label) => sum / (sizes[label] as number));
}

function meanColumn(components: Components): number {
  const columns = meanColumns(components);
  let sum = 0;
  let total = 0;
  components.sizes.forEach((size, label) => {
    sum += size * (columns[label] as number);
    total += size;
  });
  return sum / total;
}
