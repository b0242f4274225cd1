import { type Walk, windowedSize } from "../ops/convColumns.ts";
import { nothing } from "../ops/nothing.ts";
import { concat, expand, reshape } from "../ops/shape.ts";
import { apply, integers, type Shape, sizesOf4, type Tensor } from "../tensor.ts";
import { imageSizes } from "./abreast.ts";
import { blockedConv } from "./blockedConv.ts";
import { toBlocked } from "./blockedMaps.ts";
import { permuteRows } from "./pickRows.ts";

/**
 * The gradient of a convolution by its input, all maps blocked.
 *
 * The rows (and columns) of x are taken by their remainder when divided by the stride: those of one remainder are always
 * seen by the same taps of the kernel, so that their gradient is a convolution of dy by these taps alone. The parts are
 * then interleaved. Stride 1 has one part.
 */
export function blockedByInput(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  if (x.abreast && walk.stride > 1) throw new Error("Maps abreast are walked over one by one");
  const [rows, columns] = parts(x, walk);
  const turned = turnedWeight(weight, block);
  const values = rows.map((row) => columns.map((column) => onePart(dy, turned, [row, column], walk)));
  return interleaved(values, dy, x, block);
}

/** Whether blockedByInput can take this walk: every part of one size, and inside what dy covers. */
export function hasBlockedParts(x: Tensor, walk: Walk): boolean {
  const [, , height, width] = imageSizes(x);
  if (height % walk.stride !== 0 || width % walk.stride !== 0) return false;
  return parts(x, walk)
    .flat()
    .every(({ before, after }) => before >= 0 && after >= 0);
}

/** The rows or columns of x of one remainder. */
interface Part {
  /** The kernel's taps that see them, in the order in which dy's pixels do. */
  readonly taps: readonly number[];
  /** How many of them there are. */
  readonly size: number;
  /** Zeros that dy needs before and after. */
  readonly before: number;
  readonly after: number;
}

function parts(x: Tensor, { stride, padding, kernel }: Walk): [Part[], Part[]] {
  const [, , ...sizes] = imageSizes(x);
  const along = (axis: 0 | 1) => {
    const full = sizes[axis];
    const size = Math.floor(full / stride);
    const walked = windowedSize(full, kernel[axis], { stride, padding });
    return Array.from({ length: stride }, (_, remainder): Part => {
      const taps = Array.from({ length: kernel[axis] }, (_, tap) => kernel[axis] - 1 - tap).filter(
        (tap) => (remainder + padding - tap) % stride === 0,
      );
      // Where dy's pixel stands, counted from the pixel of x, for the first and the last tap.
      const offsets = taps.map((tap) => (remainder + padding - tap) / stride);
      const [first = 0, last = 0] = [offsets[0], offsets.at(-1)];
      return { taps, size, before: -first, after: size + last - walked };
    });
  };
  return [along(0), along(1)];
}

/** [M, C, K, K] → [C / block, M / block, K·K, block (M), block (C)]. */
function turnedWeight(weight: Tensor, block: number): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const taps = kernelY * kernelX;
  const split = reshape(toBlocked(weight, block), [maps / block, block, channels / block, taps, block]);
  return permuteRows(split, [2, 0, 3, 1, 4]);
}

function onePart(dy: Tensor, turned: Tensor, [row, column]: readonly [Part, Part], walk: Walk): Tensor | null {
  if (row.taps.length === 0 || column.taps.length === 0) return null;
  const [, maps] = sizesOf4(dy);
  const [channelBlocks = 0, mapBlocks = 0, all = 0, block = 0] = turned.shape;
  const channels = channelBlocks * block;
  const picked = row.taps.flatMap((tapY) => column.taps.map((tapX) => tapY * walk.kernel[1] + tapX));
  const shape = [channelBlocks, mapBlocks, picked.length, block, block];
  const taps = all === 1 ? turned : apply("Gather", [turned, integers(picked)], { shape }, { axis: 2 });
  const kernel = [row.taps.length, column.taps.length] as const;
  return blockedConv(dy, reshape(taps, [channels, maps, ...kernel]), channels, {
    kernel,
    border: { top: row.before, left: column.before, bottom: row.after, right: column.after },
    abreast: dy.abreast,
  });
}

/** Parts by their remainders [row][column], put back between each other; null is a part of zeros. */
function interleaved(values: readonly (readonly (Tensor | null)[])[], dy: Tensor, x: Tensor, block: number): Tensor {
  const [only] = values[0] ?? [];
  if (only && values.length === 1) return only;
  const [n, channels, height, width] = sizesOf4(x);
  const stride = values.length;
  const planes = (n * channels) / block;
  const [partHeight, partWidth] = [height / stride, width / stride];
  // Made when the step runs: constant zeros would stay in memory for good.
  const zeros = (shape: Shape) => expand(nothing(dy), shape);
  const rows = values.map((row) => {
    if (row.every((part) => part === null)) return zeros([planes, partHeight, width * block]);
    const pixels = [planes * partHeight, partWidth, block];
    const columns = row.map((part) => (part ? reshape(part, pixels) : zeros(pixels)));
    return reshape(concat(columns, 2), [planes, partHeight, width * block]);
  });
  return reshape(concat(rows, 2), x.shape);
}
