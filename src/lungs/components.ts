import type { Shape3 } from "../study/volume.ts";
import { andNot, type BitMask, emptyMask, not } from "./bitMask.ts";
import { countBits, hasBits, setRun } from "./rows.ts";

/**
 * The connected components of a mask, held as runs: the pieces of rows that are set.
 * Labels are 0, 1, 2, … in the order in which a raster scan meets them.
 */
export interface Components {
  readonly mask: BitMask;
  readonly count: number;
  /** Voxels of each component. */
  readonly sizes: Int32Array;
  /** Runs of row r (of all slices) are rowRuns[r] … rowRuns[r + 1] − 1. */
  readonly rowRuns: Int32Array;
  readonly runStart: Int32Array;
  /** One past the run's last column. */
  readonly runEnd: Int32Array;
  readonly runLabel: Int32Array;
}

/** slice: 4 or 8 neighbours within each slice, slices apart. volume: the 6 or 26 neighbours in three dimensions. */
export type Connectivity = "slice4" | "slice8" | "volume6" | "volume26";

/** The connected components of a mask, by union-find on runs. @source skimage.measure.label */
export function labelComponents(mask: BitMask, connectivity: Connectivity): Components {
  const { rowRuns, runStart, runEnd } = runsOf(mask);
  const runs = runStart.length;
  const parent = new Int32Array(runs);
  for (let i = 0; i < runs; i++) parent[i] = i;
  const rows = mask.shape[1];
  const isDiagonal = connectivity === "slice8" || connectivity === "volume26";
  const isVolume = connectivity === "volume6" || connectivity === "volume26";
  const touch = isDiagonal ? 1 : 0;
  const uniteRows = (row: number, other: number) => {
    let a = rowRuns[row] as number;
    let b = rowRuns[other] as number;
    const endA = rowRuns[row + 1] as number;
    const endB = rowRuns[other + 1] as number;
    while (a < endA && b < endB) {
      const startA = runStart[a] as number;
      const startB = runStart[b] as number;
      const lastA = runEnd[a] as number;
      const lastB = runEnd[b] as number;
      if (startA < lastB + touch && startB < lastA + touch) unite(parent, a, b);
      if (lastA < lastB) a++;
      else b++;
    }
  };
  for (let row = 0; row < rows * mask.shape[0]; row++) {
    if (row % rows > 0) uniteRows(row, row - 1);
    if (!isVolume || row < rows) continue;
    uniteRows(row, row - rows);
    if (isDiagonal && row % rows > 0) uniteRows(row, row - rows - 1);
    if (isDiagonal && row % rows < rows - 1) uniteRows(row, row - rows + 1);
  }
  const runLabel = new Int32Array(runs);
  let count = 0;
  for (let i = 0; i < runs; i++) {
    const root = rootOf(parent, i);
    runLabel[i] = root === i ? count++ : (runLabel[root] as number);
  }
  const sizes = new Int32Array(count);
  for (let i = 0; i < runs; i++) {
    const label = runLabel[i] as number;
    sizes[label] = (sizes[label] as number) + (runEnd[i] as number) - (runStart[i] as number);
  }
  return { mask, count, sizes, rowRuns, runStart, runEnd, runLabel };
}

/** The mask of some components. isKept: one byte per label. */
export function maskOfComponents(components: Components, isKept: Uint8Array): BitMask {
  const result = emptyMask(components.mask.shape);
  const { rowRuns, runStart, runEnd, runLabel } = components;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      if (isKept[runLabel[run] as number]) {
        setRun(result, row, { start: runStart[run] as number, end: runEnd[run] as number });
      }
    }
  }
  return result;
}

/** Which components a second mask touches, one byte per label. */
export function touchedBy(components: Components, other: BitMask): Uint8Array {
  const isTouched = new Uint8Array(components.count);
  const { rowRuns, runStart, runEnd, runLabel } = components;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const label = runLabel[run] as number;
      if (!isTouched[label] && hasBits(other, row, { start: runStart[run] as number, end: runEnd[run] as number })) {
        isTouched[label] = 1;
      }
    }
  }
  return isTouched;
}

/** How many voxels of each component lie in a second mask. */
export function countedIn(components: Components, other: BitMask): Int32Array {
  const counts = new Int32Array(components.count);
  const { rowRuns, runStart, runEnd, runLabel } = components;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const label = runLabel[run] as number;
      const count = countBits(other, row, { start: runStart[run] as number, end: runEnd[run] as number });
      counts[label] = (counts[label] as number) + count;
    }
  }
  return counts;
}

/** The mask without components of fewer voxels. @source skimage.morphology.remove_small_objects */
export function withoutSmall(mask: BitMask, smallest: number, connectivity: Connectivity = "slice4"): BitMask {
  const components = labelComponents(mask, connectivity);
  return maskOfComponents(
    components,
    Uint8Array.from(components.sizes, (size) => (size < smallest ? 0 : 1)),
  );
}

/** The mask with its holes of fewer voxels filled. @source skimage.morphology.remove_small_holes */
export function withoutSmallHoles(mask: BitMask, smallest: number, connectivity: Connectivity = "slice4"): BitMask {
  return not(withoutSmall(not(mask), smallest, connectivity));
}

/** What a flood of the mask from one of its voxels, [z, y, x], reaches; nothing where that is not set. @source skimage.morphology.flood */
export function floodFrom(mask: BitMask, [z, y, x]: Shape3, connectivity: Connectivity = "slice4"): BitMask {
  const components = labelComponents(mask, connectivity);
  const { rowRuns, runStart, runEnd, runLabel } = components;
  const row = z * mask.shape[1] + y;
  const isReached = new Uint8Array(components.count);
  for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
    if ((runStart[run] as number) <= x && x < (runEnd[run] as number)) isReached[runLabel[run] as number] = 1;
  }
  return maskOfComponents(components, isReached);
}

/** Each slice without the pieces that touch its border, over 4 neighbours. @source skimage.segmentation.clear_border */
export function clearBorder(mask: BitMask): BitMask {
  return andNot(mask, floodFromBorder(mask));
}

/** What in each slice a flood of the mask from the image's border reaches, over 4 neighbours. @source skimage.morphology.flood */
export function floodFromBorder(mask: BitMask): BitMask {
  const components = labelComponents(mask, "slice4");
  const [, rows, columns] = mask.shape;
  const isOutside = new Uint8Array(components.count);
  const { rowRuns, runStart, runEnd, runLabel } = components;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    const isEdgeRow = row % rows === 0 || row % rows === rows - 1;
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      if (isEdgeRow || runStart[run] === 0 || runEnd[run] === columns) isOutside[runLabel[run] as number] = 1;
    }
  }
  return maskOfComponents(components, isOutside);
}

/** Each slice with its holes filled. @source scipy.ndimage.binary_fill_holes */
export function fillHoles(mask: BitMask): BitMask {
  return not(floodFromBorder(not(mask)));
}

/** The pieces of rows that are set: rowRuns, runStart and runEnd as in Components. */
export function runsOf(mask: BitMask): { rowRuns: Int32Array; runStart: Int32Array; runEnd: Int32Array } {
  const { words, rowWords, shape } = mask;
  const rows = shape[0] * shape[1];
  const rowRuns = new Int32Array(rows + 1);
  let starts = 0;
  for (let row = 0; row < rows; row++) {
    let carry = 0;
    for (let w = 0; w < rowWords; w++) {
      const bits = words[row * rowWords + w] as number;
      if (bits !== 0 && bits !== -1) {
        for (let edges = bits & ~((bits << 1) | carry); edges !== 0; edges &= edges - 1) starts++;
      } else if (bits === -1 && carry === 0) starts++;
      carry = bits >>> 31;
    }
    rowRuns[row + 1] = starts;
  }
  const runStart = new Int32Array(starts);
  const runEnd = new Int32Array(starts);
  let run = 0;
  for (let row = 0; row < rows; row++) {
    let carry = 0;
    for (let w = 0; w < rowWords; w++) {
      const bits = words[row * rowWords + w] as number;
      const first = w * 32;
      // A bit that differs from the one before it starts or ends a run.
      for (let edges = bits ^ ((bits << 1) | carry); edges !== 0; edges &= edges - 1) {
        const bit = 31 - Math.clz32(edges & -edges);
        if ((bits >>> bit) & 1) runStart[run] = first + bit;
        else runEnd[run++] = first + bit;
      }
      carry = bits >>> 31;
    }
    if (carry) runEnd[run++] = rowWords * 32;
  }
  return { rowRuns, runStart, runEnd };
}

/** The root, halving the path on the way. Roots are always the first run of their component. */
function rootOf(parent: Int32Array, run: number): number {
  let at = run;
  while (parent[at] !== at) {
    const grandparent = parent[parent[at] as number] as number;
    parent[at] = grandparent;
    at = grandparent;
  }
  return at;
}

function unite(parent: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a);
  const rootB = rootOf(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}
