import { convByWeight } from "../ops/convByWeight.ts";
import type { Walk } from "../ops/convColumns.ts";
import { pad, reshape } from "../ops/shape.ts";
import { elementCount, sizeAt, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedConv } from "./blockedConv.ts";
import { fromBlocked, rowsInBlocks, rowsOutOfBlocks } from "./blockedMaps.ts";
import { permuteRows, pickRows, shared } from "./pickRows.ts";

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
  const kernel = reshape(permuteRows(split, [2, 4, 0, 3, 1, 5]), [maps, width * n, height, 1]);
  const bottom = kernelY + (height - 1) * stride - rows - padding;
  const product = blockedConv(images, kernel, maps, {
    kernel: [height, 1],
    dilation: [stride, 1],
    border: { top: padding, left: 0, bottom, right: 0 },
  });
  const byColumn = reshape(product, [kernelX, maps / block, kernelY, channels, block]);
  const taps = kernelY * kernelX;
  const byMap = taps === 1 ? byColumn : permuteRows(byColumn, [1, 3, 2, 0, 4]);
  return reshape(rowsOutOfBlocks(reshape(byMap, [maps / block, channels * taps, block])), weight.shape);
}

/** What each column of the kernel sees of x, down to the last row that any window sees: [K, W', N / block, H, C, block (N)]. */
function columnsSeen(x: Tensor, walk: Walk, block: number): Tensor {
  const [n, channels, height, width] = sizesOf4(x);
  const { kernel, size, stride, padding } = walk;
  // Channels that are side by side move together.
  const together = channels % block === 0 ? block : 1;
  const split = [n / block, channels / together, height, width] as const;
  const rows = reshape(rowsInBlocks(x, n, block), [elementCount(split), together * block]);
  const seenHeight = Math.min(height, (size[0] - 1) * stride + kernel[0] - padding);
  const columns = Array.from({ length: kernel[1] }, (_, tap) =>
    Array.from({ length: size[1] }, (_, i) => i * stride + tap - padding),
  ).flat();
  const isOutside = (column: number) => column < 0 || column >= width;
  // Beside the image there are zeros: one more row stands for all of them.
  const withZeros = columns.some(isOutside) ? pad(rows, [0, 0], [1, 0]) : rows;
  const places = shared(`columns ${[...split, together, stride, padding, ...kernel]}`, () =>
    placesOfColumns(
      columns.map((column) => (isOutside(column) ? null : column)),
      split,
      seenHeight,
    ),
  );
  const shape = [columns.length, n / block, seenHeight, channels / together, together * block];
  return reshape(pickRows(withZeros, shape, places), [kernel[1], size[1], n / block, seenHeight, channels, block]);
}

/** Where columns of images [N, C, H, W] stand, down to a height: [columns, N, H, C]; a column that is none is the row after all others. */
function placesOfColumns(
  columns: readonly (number | null)[],
  [images, channels, height, width]: readonly [number, number, number, number],
  seenHeight: number,
): Int32Array {
  const places = new Int32Array(columns.length * images * seenHeight * channels);
  let at = 0;
  for (const column of columns) {
    for (let image = 0; image < images; image++) {
      for (let y = 0; y < seenHeight; y++) {
        for (let channel = 0; channel < channels; channel++) {
          const row = ((image * channels + channel) * height + y) * width;
          places[at++] = column === null ? images * channels * height * width : row + column;
        }
      }
    }
  }
  return places;
}
