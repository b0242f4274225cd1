import { convByWeight } from "../ops/convByWeight.ts";
import type { Walk } from "../ops/convColumns.ts";
import { pad, permute, reshape, slice } from "../ops/shape.ts";
import { apply, integers, sizeAt, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedConv } from "./blockedConv.ts";
import { fromBlocked, rowsInBlocks, rowsOutOfBlocks } from "./blockedMaps.ts";

/** The largest map, in pixels of the result, on which 1×1 kernels too are fastest as one convolution. */
const pointwiseToPx = 28;

/**
 * The gradient of a convolution by its weight, [M, C, K, K], from blocked maps dy and x; x is plain where its channels do
 * not fill blocks. Batches that do not fill blocks take the plain way.
 */
export function blockedByWeight(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [n, channels] = sizesOf4(x);
  const isWide = walk.kernel[0] * walk.kernel[1] > 1 || Math.max(...walk.size) <= pointwiseToPx;
  if (n % block === 0 && isWide) return asConvolution(dy, x, weight, walk, block);
  return convByWeight(fromBlocked(dy, block), channels % block === 0 ? fromBlocked(x, block) : x, weight, walk);
}

/**
 * One blocked convolution, whose images are the columns of the kernel, whose channels are the columns of every image, whose
 * kernel is as high as dy and whose width is x's channels:
 * out[kx, m, ky, c] = Σ dy[n, m, y, x'] · x[n, c, y · stride + ky, x' · stride + kx] over n, y and x'.
 */
function asConvolution(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n] = sizesOf4(x);
  const [height, width] = walk.size;
  const { stride, padding } = walk;
  const seen = columnsSeen(x, walk, block);
  const rows = sizeAt(seen, 3);
  const images = reshape(seen, [kernelX, width * n, rows, channels]);
  const split = reshape(dy, [n / block, block, maps / block, height, width, block]);
  const kernel = reshape(permute(split, [2, 4, 0, 3, 1, 5]), [maps, width * n, height, 1]);
  const bottom = kernelY + (height - 1) * stride - rows - padding;
  const product = blockedConv(images, kernel, maps, {
    kernel: [height, 1],
    dilation: [stride, 1],
    border: { top: padding, left: 0, bottom, right: 0 },
  });
  const byColumn = reshape(product, [kernelX, maps / block, kernelY, channels * block]);
  const byMap = kernelX === 1 ? byColumn : permute(byColumn, [1, 2, 0, 3]);
  const taps = kernelY * kernelX;
  const rowsOfTaps = rowsOutOfBlocks(reshape(byMap, [maps / block, taps * channels, block]));
  const result = reshape(rowsOfTaps, [maps, taps, channels]);
  return reshape(taps === 1 ? result : permute(result, [0, 2, 1]), weight.shape);
}

/** What each column of the kernel sees of x: [K, W', N / block, H, C, block (N)]. */
function columnsSeen(x: Tensor, walk: Walk, block: number): Tensor {
  const [n, channels, height, width] = sizesOf4(x);
  const { kernel, size, stride, padding } = walk;
  // Channels that are side by side move together.
  const together = channels % block === 0 ? block : 1;
  const split = [n / block, channels / together, height, width, together * block];
  const images = permute(reshape(rowsInBlocks(x, n, block), split), [3, 0, 2, 1, 4]);
  const byColumn = reshape(images, [width, n / block, height, channels, block]);
  // Rows below the last that any window sees.
  const reached = (size[0] - 1) * stride + kernel[0] - padding;
  const cropped = reached < height ? slice(byColumn, [{ axis: 2, start: 0, stop: reached }]) : byColumn;
  const places = Array.from({ length: kernel[1] }, (_, tap) =>
    Array.from({ length: size[1] }, (_, i) => i * stride + tap - padding),
  ).flat();
  if (places.every((place, i) => place === i) && places.length === width)
    return reshape(cropped, [1, ...cropped.shape]);
  // Beside the image there are zeros: one more column stands for all of them.
  const isOutside = (place: number) => place < 0 || place >= width;
  const columns = places.some(isOutside) ? pad(cropped, [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]) : cropped;
  const picked = places.map((place) => (isOutside(place) ? width : place));
  const seen = apply(
    "Gather",
    [columns, integers(picked)],
    { shape: columns.shape.with(0, picked.length) },
    { axis: 0 },
  );
  return reshape(seen, [kernel[1], size[1], ...columns.shape.slice(1)]);
}
