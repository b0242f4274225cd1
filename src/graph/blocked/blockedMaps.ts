import { reshape } from "../ops/shape.ts";
import { type Attribute, apply, type Derivation, elementCount, type Shape, sizesOf4, type Tensor } from "../tensor.ts";
import { standApart } from "./abreast.ts";
import { permuteRows } from "./pickRows.ts";

/**
 * [N, C, H, W] into blocks, the layout of ONNX Runtime's fastest convolutions on a CPU: `block` channels side by side for each
 * pixel. C must be a multiple of the block: 8 with AVX2, 16 with AVX-512; see runtime/blockSize.ts.
 *
 * The tensor's shape is still [N, C, H, W], but its numbers stand as [N, C / block, H, W, block]. Ops that treat each
 * number alike (add, mul of two of them, relu) may be used as they are; all others only through this folder.
 */
export function toBlocked(x: Tensor, block: number): Tensor {
  return reordered("ReorderInput", x, x.shape, {}, [[x, (dy) => fromBlocked(dy, block)]]);
}

/** Blocked maps, abreast or not, as plain [N, C, H, W]. */
export function fromBlocked(maps: Tensor, block: number): Tensor {
  const x = standApart(maps, block);
  const [, channels] = sizesOf4(x);
  return reordered("ReorderOutput", x, x.shape, { channels }, [[x, (dy) => toBlocked(dy, block)]]);
}

/**
 * A matrix [R, K] with its rows in blocks: [R / block, K, block]. It is what ReorderInput does to the channels of maps,
 * and does it many times faster than ONNX Runtime's Transpose.
 */
export function rowsInBlocks(x: Tensor, rows: number, block: number): Tensor {
  const columns = elementCount(x.shape) / rows;
  return reshape(rowsOfEachInBlocks(x, [1, rows, columns], block), [rows / block, columns, block]);
}

/** As rowsInBlocks for each of some matrices: [S, R, K] → [S, R / block, K, block]. */
export function rowsOfEachInBlocks(
  x: Tensor,
  [matrices, rows, columns]: readonly [number, number, number],
  block: number,
): Tensor {
  const asMaps = reshape(x, [matrices, rows, 1, columns]);
  return reshape(reordered("ReorderInput", asMaps, asMaps.shape), [matrices, rows / block, columns, block]);
}

/** [R / block, K, block] → [R, K]: undoes rowsInBlocks. */
export function rowsOutOfBlocks(x: Tensor): Tensor {
  const [blocks = 1, columns = 1, block = 1] = x.shape;
  const rows = blocks * block;
  const asMaps = reshape(x, [1, rows, 1, columns]);
  return reshape(reordered("ReorderOutput", asMaps, asMaps.shape, { channels: rows }), [rows, columns]);
}

/** A convolution's weight [M, C, K, K] as blocked convolutions read it: [M / block, C / block, K, K, block (C), block (M)]. */
export function packedWeight(weight: Tensor, block: number): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const taps = kernelY * kernelX;
  const byRow = rowsInBlocks(weight, maps, block);
  const split = reshape(byRow, [maps / block, channels / block, block, taps, block]);
  return reshape(taps === 1 ? split : permuteRows(split, [0, 1, 3, 2, 4]), weight.shape);
}

function reordered(
  operator: string,
  x: Tensor,
  shape: Shape,
  attributes: Readonly<Record<string, Attribute>> = {},
  derivation: Derivation = [],
): Tensor {
  return apply(`${blockedDomain}.${operator}`, [x], { shape, derivation }, attributes);
}

/** Where ONNX Runtime keeps its operators on blocked maps. */
export const blockedDomain = "com.microsoft.nchwc";
