import type { Geometry } from "../study/volume.ts";
import { andNot, type BitMask, countOf, emptyMask } from "./bitMask.ts";
import { type Components, labelComponents, maskOfComponents } from "./components.ts";
import { discOf, erode } from "./morphology.ts";

export interface Sides {
  /** Low x: the patient's right. */
  readonly right: BitMask;
  readonly left: BitMask;
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

/** Both sides grow by a voxel at a time within the lungs until they meet; pieces that neither reaches go by their place. */
function grownBack({ right, left }: Sides, lungs: BitMask, border: number): Sides {
  let sides = { right, left };
  for (;;) {
    const grownRight = andNot(grownWithin(sides.right, lungs), sides.left);
    const grownLeft = andNot(grownWithin(sides.left, lungs), grownRight);
    const isDone = isSame(grownRight, sides.right) && isSame(grownLeft, sides.left);
    sides = { right: grownRight, left: grownLeft };
    if (isDone) break;
  }
  const rest = labelComponents(andNot(andNot(lungs, sides.right), sides.left), "volume6");
  const columns = meanColumns(rest);
  const add = (mask: BitMask, more: BitMask): BitMask => ({
    ...mask,
    words: mask.words.map((bits, i) => bits | (more.words[i] as number)),
  });
  return {
    right: add(
      sides.right,
      sideOf(rest, columns, (column) => column < border),
    ),
    left: add(
      sides.left,
      sideOf(rest, columns, (column) => column >= border),
    ),
  };
}

/** One step over the 6 neighbours. */
function grownWithin(mask: BitMask, within: BitMask): BitMask {
  const result = emptyMask(mask.shape);
  const { words, rowWords, shape } = mask;
  const [slices, rows] = shape;
  const perSlice = rows * rowWords;
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      for (let w = 0; w < rowWords; w++) {
        const i = z * perSlice + y * rowWords + w;
        const room = within.words[i] as number;
        if (room === 0) continue;
        const here = words[i] as number;
        let grown = here | (here << 1) | (here >>> 1);
        if (w > 0) grown |= (words[i - 1] as number) >>> 31;
        if (w + 1 < rowWords) grown |= (words[i + 1] as number) << 31;
        if (y > 0) grown |= words[i - rowWords] as number;
        if (y + 1 < rows) grown |= words[i + rowWords] as number;
        if (z > 0) grown |= words[i - perSlice] as number;
        if (z + 1 < slices) grown |= words[i + perSlice] as number;
        result.words[i] = grown & room;
      }
    }
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
