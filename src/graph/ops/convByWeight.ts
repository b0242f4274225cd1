import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { channelsLast, columns, taps, type Walk } from "./convColumns.ts";
import { gemm, matmul, swapLast } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { concat, permute, reshape, slice } from "./shape.ts";

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
export function convByWeight(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const [, , kernelY, kernelX] = sizesOf4(weight);
  const [, , outHeight, outWidth] = sizesOf4(dy);
  const mapPx = Math.min(outHeight, outWidth);
  if (kernelY === 1 && kernelX === 1 && mapPx >= joinedFromPx) return pointwise(dy, x, weight, walk);
  if (Math.max(kernelY, kernelX) >= wideKernelPx) return asConvolution(dy, x, weight, walk);
  if (mapPx >= tapsFromPx) return tapByTap(dy, x, weight, walk);
  return mapPx >= joinedFromPx ? joinedTaps(dy, x, weight, walk) : wholeBatch(dy, x, weight, walk);
}

/** 1×1 kernels: one product per image. */
function pointwise(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const seen = taps(x, walk, [2, 3])[0] ?? x;
  return reshape(sum(matmul(asRows(dy), swapLast(asRows(seen))), [0]), weight.shape);
}

/** One product per tap and image. */
function tapByTap(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const rows = asRows(dy);
  const products = taps(x, walk, [2, 3]).map((seen) =>
    reshape(sum(matmul(rows, swapLast(asRows(seen))), [0]), [1, maps * channels]),
  );
  return reshape(swapLast(concat(products, 0)), [maps, channels, kernelY, kernelX]);
}

/** One product per image, all taps side by side. */
function joinedTaps(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const seen = asRows(concat(taps(x, walk, [2, 3]), 1));
  const product = sum(matmul(asRows(dy), swapLast(seen)), [0]);
  return permute(reshape(product, [maps, kernelY, kernelX, channels]), [0, 3, 1, 2]);
}

/** One product for the whole batch, channels last. */
function wholeBatch(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n, , outHeight, outWidth] = sizesOf4(dy);
  const places = n * outHeight * outWidth;
  const dyRows = reshape(channelsLast(dy), [places, maps]);
  const product = gemm(dyRows, columns(x, walk), { transposeA: true });
  return permute(reshape(product, [maps, kernelY, kernelX, channels]), [0, 3, 1, 2]);
}

/** A convolution of x with dy, channels and batch swapped; the stride becomes a dilation. */
function asConvolution(dy: Tensor, x: Tensor, weight: Tensor, { stride, padding }: Walk): Tensor {
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
