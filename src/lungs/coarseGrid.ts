import { positionMm, type Shape3, type Volume } from "../study/volume.ts";
import { type BitMask, emptyMask } from "./bitMask.ts";
import type { Field } from "./field.ts";
import { rowExtent, setRun } from "./rows.ts";

/** Pixels are joined in squares, and slices in groups, until they measure about so much. */
const pixelMm = 1.5;
const sliceMm = 3;

/** A volume on a coarser grid. What needs no fine grid is many times faster there, and noise is less. */
export interface CoarseGrid {
  /** Means of blocks of voxels; columns and rows that fill no block are left out, the last slices make a block of their own. */
  readonly field: Field;
  /** Slices, rows and columns of a block. */
  readonly block: Shape3;
  /** Each block wholly. */
  fine(mask: BitMask): BitMask;
}

/** The coarse grid of a volume; the volume itself where its voxels are coarse already, and where it is a single slice. */
export function coarseGrid(volume: Volume): CoarseGrid {
  const { geometry, shape } = volume;
  const [spacingZ, spacingY, spacingX] = geometry.spacingMm;
  const side = Math.max(1, Math.round(pixelMm / Math.max(spacingY, spacingX)));
  const deep = Math.max(1, Math.round(sliceMm / spacingZ));
  const block: Shape3 = [deep, side, side];
  if (shape[0] === 1 || (deep === 1 && side === 1)) {
    return { field: volume, block: [1, 1, 1], fine: (mask) => mask };
  }
  const small: Shape3 = [Math.ceil(shape[0] / deep), Math.floor(shape[1] / side), Math.floor(shape[2] / side)];
  return {
    field: {
      voxels: means(volume, small, block),
      shape: small,
      geometry: {
        ...geometry,
        originMm: positionMm(geometry, [(deep - 1) / 2, (side - 1) / 2, (side - 1) / 2]),
        spacingMm: [spacingZ * deep, spacingY * side, spacingX * side],
      },
    },
    block,
    fine: (mask) => spread(mask, shape, block),
  };
}

function means({ voxels, shape }: Field, small: Shape3, [deep, side]: Shape3): Int16Array {
  const [slices, rows, columns] = small;
  const result = new Int16Array(slices * rows * columns);
  const sums = new Int32Array(columns);
  const [, fineRows, fineColumns] = shape;
  // Two is the usual side. Two voxels are read at once where they begin at whole words.
  const isPaired = side === 2 && fineColumns % 2 === 0 && voxels.byteOffset % 4 === 0;
  const pairs = isPaired ? new Int32Array(voxels.buffer, voxels.byteOffset, voxels.length >> 1) : undefined;
  for (let z = 0; z < slices; z++) {
    const last = Math.min(shape[0], (z + 1) * deep);
    const share = 1 / ((last - z * deep) * side * side);
    for (let y = 0; y < rows; y++) {
      sums.fill(0);
      for (let slice = z * deep; slice < last; slice++) {
        const from = (slice * fineRows + y * side) * fineColumns;
        if (pairs) addPairs(sums, pairs, from >> 1, fineColumns >> 1);
        else for (let dy = 0; dy < side; dy++) addRow(sums, voxels, from + dy * fineColumns, side);
      }
      const row = (z * rows + y) * columns;
      // Rounded as whole numbers are, without a call: all sums are raised above zero.
      for (let x = 0; x < columns; x++) result[row + x] = (((sums[x] as number) * share + 65536.5) | 0) - 65536;
    }
  }
  return result;
}

/** Adds to each sum its 2 × 2 voxels of two rows, of which each word holds two. */
function addPairs(sums: Int32Array, pairs: Int32Array, from: number, stride: number): void {
  const count = sums.length;
  for (let x = 0; x < count; x++) {
    const a = pairs[from + x] as number;
    const b = pairs[from + stride + x] as number;
    sums[x] = (sums[x] as number) + ((a << 16) >> 16) + (a >> 16) + ((b << 16) >> 16) + (b >> 16);
  }
}

/** Adds to each sum its voxels of a row. */
function addRow(sums: Int32Array, voxels: Int16Array, from: number, side: number): void {
  let at = from;
  for (let x = 0; x < sums.length; x++) {
    let sum = 0;
    for (let dx = 0; dx < side; dx++) sum += voxels[at + dx] as number;
    sums[x] = (sums[x] as number) + sum;
    at += side;
  }
}

function spread(mask: BitMask, shape: Shape3, [deep, side]: Shape3): BitMask {
  const result = emptyMask(shape);
  const { words, rowWords } = result;
  const [, rows] = mask.shape;
  for (let z = 0; z < shape[0]; z++) {
    const slice = Math.floor(z / deep) * rows;
    for (let y = 0; y < rows; y++) {
      if (!rowExtent(mask, slice + y)) continue;
      const first = (z * shape[1] + y * side) * rowWords;
      widenRow(mask, slice + y, { target: result, row: z * shape[1] + y * side, side });
      for (let dy = 1; dy < side; dy++) words.copyWithin(first + dy * rowWords, first, first + rowWords);
    }
  }
  return result;
}

/** Sets a row of the target where a row of the mask is set, each voxel so many times. */
export function widenRow(
  { words, rowWords }: BitMask,
  from: number,
  { target, row, side }: { readonly target: BitMask; readonly row: number; readonly side: number },
): void {
  let start = -1;
  for (let w = 0; w < rowWords; w++) {
    const bits = words[from * rowWords + w] as number;
    // A bit that differs from the one before it starts or ends a run.
    for (let edges = bits ^ ((bits << 1) | (start < 0 ? 0 : 1)); edges !== 0; edges &= edges - 1) {
      const x = w * 32 + 31 - Math.clz32(edges & -edges);
      if (start < 0) start = x;
      else {
        setRun(target, row, { start: start * side, end: x * side });
        start = -1;
      }
    }
  }
  if (start >= 0) setRun(target, row, { start: start * side, end: rowWords * 32 * side });
}
