import { convByWeight } from "../ops/convByWeight.ts";
import type { Walk } from "../ops/convColumns.ts";
import { matmul, swapLast } from "../ops/matmul.ts";
import { sum } from "../ops/reduce.ts";
import { concat, pad, permute, reshape, slice } from "../ops/shape.ts";
import { sizeAt, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedConv } from "./blockedConv.ts";
import { fromBlocked, rowsInBlocks, rowsOutOfBlocks } from "./blockedMaps.ts";

/** The largest map, in pixels of the result, on which the form as one convolution is the fastest. */
const convolutionToPx = 28;

/** The gradient of a convolution by its weight, [M, C, K, K], from blocked maps dy and x. */
export function blockedByWeight(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [n] = sizesOf4(x);
  if (n % block === 0 && Math.max(...walk.size) <= convolutionToPx) return asConvolution(dy, x, weight, walk, block);
  const [plainDy, plainX] = [fromBlocked(dy, block), fromBlocked(x, block)];
  const isShifted = walk.stride === 1 && walk.kernel.every((taps) => taps === 2 * walk.padding + 1 && taps > 1);
  return isShifted ? byShifts(plainDy, plainX, weight, walk) : convByWeight(plainDy, plainX, weight, walk);
}

/**
 * One blocked convolution whose channels are the columns of every image, whose kernel is as high as dy, and whose width
 * is x's channels times the kernel's columns:
 * out[m, ky, (kx, c)] = Σ dy[n, m, y, x'] · x[n, c, y · stride + ky, x' · stride + kx] over n, y and x'.
 */
function asConvolution(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n] = sizesOf4(x);
  const [height, width] = walk.size;
  const { stride, padding } = walk;
  const seen = columnsSeen(x, walk, block);
  const rows = sizeAt(seen, 2);
  const input = reshape(seen, [1, width * n, rows, kernelX * channels]);

  const split = reshape(dy, [n / block, block, maps / block, height, width, block]);
  const kernel = reshape(permute(split, [2, 4, 0, 3, 1, 5]), [maps, width * n, height, 1]);
  const bottom = kernelY - 1 + (height - 1) * stride + 1 - rows - padding;
  const product = blockedConv(input, kernel, maps, {
    kernel: [height, 1],
    dilation: [stride, 1],
    border: { top: padding, left: 0, bottom, right: 0 },
  });
  const taps = kernelY * kernelX;
  const byTap = rowsOutOfBlocks(reshape(product, [maps / block, taps * channels, block]));
  const result = reshape(byTap, [maps, taps, channels]);
  return reshape(taps === 1 ? result : permute(result, [0, 2, 1]), weight.shape);
}

/** What each column of the kernel sees of x: [W', N / block, H, K·C, block (N)]. */
function columnsSeen(x: Tensor, walk: Walk, block: number): Tensor {
  const [n, channels, height, width] = sizesOf4(x);
  const { kernel, size, stride, padding } = walk;
  const images = reshape(rowsInBlocks(x, n, block), [n / block, channels / block, height, width, block * block]);
  const byColumn = reshape(permute(images, [3, 0, 2, 1, 4]), [width, n / block, height, channels, block]);
  // Rows below the last that any window sees.
  const reached = (size[0] - 1) * stride + kernel[0] - padding;
  const cropped = reached < height ? slice(byColumn, [{ axis: 2, start: 0, stop: reached }]) : byColumn;
  const after = Math.max((size[1] - 1) * stride + kernel[1] - padding - width, 0);
  const padded = pad(cropped, [padding, 0, 0, 0, 0], [after, 0, 0, 0, 0]);
  const columns = Array.from({ length: kernel[1] }, (_, start) => {
    const stop = start + (size[1] - 1) * stride + 1;
    if (start === 0 && stop === sizeAt(padded, 0) && stride === 1) return padded;
    return slice(padded, [{ axis: 0, start, stop, step: stride }]);
  });
  return columns.length === 1 && columns[0] ? columns[0] : concat(columns, 3);
}

/**
 * One product per image of dy's maps, moved by each row of the kernel, with x's maps, moved by each of its columns: K + K
 * copies for K·K taps. For kernels that keep the map's size.
 */
function byShifts(dy: Tensor, x: Tensor, weight: Tensor, { kernel, padding }: Walk): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n, , height, width] = sizesOf4(x);
  const moved = (maps: Tensor, axis: 2 | 3, by: number) => {
    const before = [0, 0, 0, 0].with(axis, by);
    return pad(
      maps,
      before,
      before.map((count) => -count),
    );
  };
  const rows = Array.from({ length: kernel[0] }, (_, tap) => moved(dy, 2, tap - padding));
  const columns = Array.from({ length: kernel[1] }, (_, tap) => moved(x, 3, padding - tap));
  const left = reshape(concat(rows, 1), [n, kernelY * maps, height * width]);
  const right = reshape(concat(columns, 1), [n, kernelX * channels, height * width]);
  const products = sum(matmul(left, swapLast(right)), [0]);
  return permute(reshape(products, [kernelY, maps, kernelX, channels]), [1, 3, 0, 2]);
}
