import { convByWeight } from "../ops/convByWeight.ts";
import type { Walk } from "../ops/convColumns.ts";
import { pad, reshape } from "../ops/shape.ts";
import { elementCount, sizeAt, sizesOf4, type Tensor } from "../tensor.ts";
import { imageSizes } from "./abreast.ts";
import { blockedConv } from "./blockedConv.ts";
import { fromBlocked, rowsInBlocks, rowsOfEachInBlocks, rowsOutOfBlocks } from "./blockedMaps.ts";
import { permuteRows, pickRows, shared } from "./pickRows.ts";

/** The largest map, in pixels of the result, on which 1×1 kernels too are fastest as one convolution. */
const pointwiseToPx = 20;
/** Rows in a band. */
const [fewestRows, mostRows] = [4, 14];

/**
 * The gradient of a convolution by its weight, [M, C, K, K], from blocked maps dy and x, both abreast or neither; x is plain where its
 * channels do not fill blocks. Batches that do not fill blocks take the plain way.
 */
export function blockedByWeight(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [n, channels] = imageSizes(x);
  const isWide = walk.kernel[0] * walk.kernel[1] > 1 || Math.max(...walk.size) <= pointwiseToPx;
  if (n % block === 0 && isWide) return asConvolution(dy, x, weight, walk, block);
  return convByWeight(fromBlocked(dy, block), channels % block === 0 ? fromBlocked(x, block) : x, weight, walk);
}

/**
 * One blocked convolution, whose images are the columns of the kernel, whose channels are the columns of every image's bands, whose
 * kernel is as high as a band of dy and whose width is x's channels:
 * out[kx, m, ky, c] = Σ dy[n, m, y, x'] · x[n, c, y · stride + ky, x' · stride + kx] over n, y and x'.
 */
function asConvolution(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk, block: number): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const [n] = imageSizes(x);
  const [height, width] = walk.size;
  const bandHeight = bandOf(height);
  const bands = height / bandHeight;
  const seen = columnsSeen(x, walk, bandHeight, block);
  const images = reshape(seen, [kernelX, width * bands * n, sizeAt(seen, 4), channels]);
  const [split, order] = dy.abreast
    ? ([
        [maps / block, bands, bandHeight, width, n / block, block, block],
        [0, 3, 1, 4, 2, 5, 6],
      ] as const)
    : ([
        [n / block, block, maps / block, bands, bandHeight, width, block],
        [2, 5, 3, 0, 4, 1, 6],
      ] as const);
  const kernel = reshape(permuteRows(reshape(dy, split), order), [maps, width * bands * n, bandHeight, 1]);
  // A single band has its zeros from the convolution, which then need not multiply by them.
  const top = bands === 1 ? walk.padding : 0;
  const bottom = (bandHeight - 1) * walk.stride + kernelY - top - sizeAt(seen, 4);
  const product = blockedConv(images, kernel, maps, {
    kernel: [bandHeight, 1],
    dilation: [walk.stride, 1],
    border: { top, left: 0, bottom, right: 0 },
  });
  const byColumn = reshape(product, [kernelX, maps / block, kernelY, channels, block]);
  const taps = kernelY * kernelX;
  const byMap = taps === 1 ? byColumn : permuteRows(byColumn, [1, 3, 2, 0, 4]);
  return reshape(rowsOutOfBlocks(reshape(byMap, [maps / block, channels * taps, block])), weight.shape);
}

/** What each column of the kernel sees of x, band by band, of a single band without zeros: [K, W', bands, N / block, rows, C, block (N)]. */
function columnsSeen(x: Tensor, walk: Walk, bandHeight: number, block: number): Tensor {
  const [n, channels, height, width] = imageSizes(x);
  const { kernel, size, stride, padding } = walk;
  // Channels that are side by side move together.
  const together = channels % block === 0 ? block : 1;
  const sizes = [n / block, channels / together, height, width] as const;
  const length = together * block;
  const numbers = x.abreast
    ? rowsOfEachInBlocks(x, [elementCount(sizes) / (n / block), n, together], block)
    : rowsInBlocks(x, n, block);
  const columns = from(kernel[1]).map((tap) => placesAlong(width, from(size[1]), { stride, start: tap - padding }));
  const walked = (bandHeight - 1) * stride + kernel[0];
  const isOnlyBand = bandHeight === size[0];
  const rowsInBand = isOnlyBand ? Math.min(height, walked - padding) : walked;
  const bands = from(size[0] / bandHeight).map((band) =>
    placesAlong(height, from(rowsInBand), {
      stride: 1,
      start: band * bandHeight * stride - (isOnlyBand ? 0 : padding),
    }),
  );
  // Beside the image there are zeros: one more row stands for all of them.
  const isPadded = [...columns, ...bands].flat().includes(null);
  const rows = reshape(numbers, [elementCount(sizes), length]);
  const isAbreast = x.abreast !== undefined;
  const places = shared(`columns ${[...sizes, together, bandHeight, stride, padding, ...kernel, isAbreast]}`, () =>
    placesOfColumns(columns.flat(), bands, { sizes, isAbreast }),
  );
  const shape = [kernel[1], size[1], bands.length, n / block, rowsInBand, channels / together, length];
  const seen = pickRows(isPadded ? pad(rows, [0, 0], [1, 0]) : rows, shape, places);
  return reshape(seen, [...shape.slice(0, 5), channels, block]);
}

/** Where steps of a walk stand in an image of this size; null is outside. */
function placesAlong(
  size: number,
  steps: readonly number[],
  { stride, start }: { readonly stride: number; readonly start: number },
): (number | null)[] {
  return steps.map((step) => {
    const place = step * stride + start;
    return place < 0 || place >= size ? null : place;
  });
}

/**
 * Where the columns of the bands of images [N, C, H, W] stand, as [columns, bands, N, rows, C], image by image or, abreast, as
 * [C, H, W, N]; what is outside is the row after all others.
 */
function placesOfColumns(
  columns: readonly (number | null)[],
  bands: readonly (readonly (number | null)[])[],
  of: { readonly sizes: readonly [number, number, number, number]; readonly isAbreast: boolean },
): Int32Array {
  const [images, channels, height, width] = of.sizes;
  const pixel = of.isAbreast ? images : 1;
  const [byChannel, byImage] = [height * width * pixel, of.isAbreast ? 1 : channels * height * width];
  const rows = bands.reduce((sum, band) => sum + band.length, 0);
  const places = new Int32Array(columns.length * images * rows * channels);
  let at = 0;
  for (const column of columns) {
    for (const band of bands) {
      for (let image = 0; image < images; image++) {
        for (const row of band) {
          const start = row === null || column === null ? null : image * byImage + (row * width + column) * pixel;
          for (let channel = 0; channel < channels; channel++) {
            places[at++] = start === null ? images * channels * height * width : start + channel * byChannel;
          }
        }
      }
    }
  }
  return places;
}

/** 0, 1 … count − 1. */
function from(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * The rows of dy that one kernel has, so that all divide into bands. A kernel of 32 maps and 8 channels should stay in the first cache
 * while it walks; but each band sees rows of x that its neighbours see too.
 */
function bandOf(height: number): number {
  const fitting = from(Math.min(height, mostRows) + 1).filter((rows) => rows >= fewestRows && height % rows === 0);
  return fitting.at(-1) ?? height;
}
