import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import type { Window } from "./conv2d.ts";
import { gemm, matmul, swapLast } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { concat, pad, permute, reshape, slice } from "./shape.ts";

/** Maps (of the result, in pixels) from which each tap of the kernel is multiplied on its own. */
const tapsFromPx = 20;
/** Maps from which the taps are joined and multiplied image by image; smaller ones are multiplied as one batch. */
const joinedFromPx = 10;
/** Kernels from which the gradient is a convolution of its own. */
const wideKernelPx = 6;

/**
 * The gradient of a convolution by its weight: for each tap of the kernel, the product of dy with the pixels that the
 * tap saw. Five forms of the same sum; each is the fastest of them on ONNX Runtime's CPU for its sizes.
 */
export function convByWeight(dy: Tensor, x: Tensor, weight: Tensor, window: Window): Tensor {
  const [, , kernelY, kernelX] = sizesOf4(weight);
  const [, , outHeight, outWidth] = sizesOf4(dy);
  const mapPx = Math.min(outHeight, outWidth);
  if (kernelY === 1 && kernelX === 1 && mapPx >= joinedFromPx) return pointwise(dy, x, weight, window);
  if (Math.max(kernelY, kernelX) >= wideKernelPx) return asConvolution(dy, x, weight, window);
  if (mapPx >= tapsFromPx) return tapByTap(dy, x, weight, window);
  return mapPx >= joinedFromPx ? joinedTaps(dy, x, weight, window) : wholeBatch(dy, x, weight, window);
}

/** 1×1 kernels: one product per image. */
function pointwise(dy: Tensor, x: Tensor, weight: Tensor, window: Window): Tensor {
  const seen = taps(x, weight, dy, window, [2, 3])[0] ?? x;
  return reshape(sum(matmul(asRows(dy), swapLast(asRows(seen))), [0]), weight.shape);
}

/** One product per tap and image. */
function tapByTap(dy: Tensor, x: Tensor, weight: Tensor, window: Window): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const rows = asRows(dy);
  const products = taps(x, weight, dy, window, [2, 3]).map((seen) =>
    reshape(sum(matmul(rows, swapLast(asRows(seen))), [0]), [1, maps * channels]),
  );
  return reshape(swapLast(concat(products, 0)), [maps, channels, kernelY, kernelX]);
}

/** One product per image, all taps side by side. */
function joinedTaps(dy: Tensor, x: Tensor, weight: Tensor, window: Window): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const seen = asRows(concat(taps(x, weight, dy, window, [2, 3]), 1));
  const product = sum(matmul(asRows(dy), swapLast(seen)), [0]);
  return permute(reshape(product, [maps, kernelY, kernelX, channels]), [0, 3, 1, 2]);
}

/** One product for the whole batch, channels last. */
function wholeBatch(dy: Tensor, x: Tensor, weight: Tensor, window: Window): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n, , outHeight, outWidth] = sizesOf4(dy);
  const places = n * outHeight * outWidth;
  const last = permute(x, [0, 2, 3, 1]);
  const seen = reshape(concat(taps(last, weight, dy, window, [1, 2]), 3), [places, kernelY * kernelX * channels]);
  const product = gemm(reshape(permute(dy, [0, 2, 3, 1]), [places, maps]), seen, { transposeA: true });
  return permute(reshape(product, [maps, kernelY, kernelX, channels]), [0, 3, 1, 2]);
}

/** A convolution of x with dy, channels and batch swapped; the stride becomes a dilation. */
function asConvolution(dy: Tensor, x: Tensor, weight: Tensor, { stride, padding }: Window): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [, , height, width] = sizesOf4(x);
  const [, , outHeight, outWidth] = sizesOf4(dy);
  // Past the last pixel that a window reached there is nothing to see: a negative pad crops it.
  const endY = (outHeight - 1) * stride + kernelY - padding - height;
  const endX = (outWidth - 1) * stride + kernelX - padding - width;
  const product = apply(
    "Conv",
    [cropEnd(permute(x, [1, 0, 2, 3]), endY, endX), permute(dy, [1, 0, 2, 3])],
    { shape: [channels, maps, kernelY, kernelX] },
    {
      kernel_shape: [outHeight, outWidth],
      dilations: [stride, stride],
      strides: [1, 1],
      pads: [padding, padding, Math.max(endY, 0), Math.max(endX, 0)],
    },
  );
  return permute(product, [1, 0, 2, 3]);
}

/** What each tap of the kernel saw, as maps of dy's size; `axes` are x's axes of height and width. */
function taps(x: Tensor, weight: Tensor, dy: Tensor, { stride, padding }: Window, axes: readonly [number, number]) {
  const [, , kernelY, kernelX] = sizesOf4(weight);
  const [, , outHeight, outWidth] = sizesOf4(dy);
  const [axisY, axisX] = axes;
  const around = x.shape.map((_, axis) => (axis === axisY || axis === axisX ? padding : 0));
  const padded = pad(x, around, around);
  const isWhole = kernelY * kernelX * stride === 1;
  return Array.from({ length: kernelY * kernelX }, (_, tap) => {
    const [top, left] = [Math.floor(tap / kernelX), tap % kernelX];
    if (isWhole) return padded;
    return slice(padded, [
      { axis: axisY, start: top, stop: top + (outHeight - 1) * stride + 1, step: stride },
      { axis: axisX, start: left, stop: left + (outWidth - 1) * stride + 1, step: stride },
    ]);
  });
}

function cropEnd(x: Tensor, endY: number, endX: number): Tensor {
  if (endY >= 0 && endX >= 0) return x;
  const [, , height, width] = sizesOf4(x);
  return slice(x, [
    { axis: 2, start: 0, stop: height + Math.min(endY, 0) },
    { axis: 3, start: 0, stop: width + Math.min(endX, 0) },
  ]);
}

/** [N, C, H, W] → [N, C, H·W]. */
function asRows(x: Tensor): Tensor {
  const [n, c, h, w] = sizesOf4(x);
  return reshape(x, [n, c, h * w]);
}
