import { scale } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedDomain } from "./blockedMaps.ts";

/** The mean of blocked maps over images and pixels: [C]. */
export function channelMean(x: Tensor, block: number): Tensor {
  const { shape, images } = summedApart(x, block);
  const means = apply(`${blockedDomain}.GlobalAveragePool`, [reshape(x, shape)], {
    shape: [shape[0], shape[1], 1, 1],
  });
  return scale(together(means, x, block), 1 / images);
}

/**
 * The mean over images and pixels of the product of two blocked maps that stand alike: [C].
 *
 * A depthwise convolution whose kernels are the one's maps as they are, each as large as the map of the other that it sees:
 * one pass over both, where multiplying them first would be two.
 */
export function channelMeanProduct(x: Tensor, y: Tensor, block: number): Tensor {
  const { shape, images } = summedApart(x, block);
  const [n, channels, height, width] = shape;
  const sums = apply(
    `${blockedDomain}.Conv`,
    [reshape(x, [1, n * channels, height, width]), reshape(y, [n * channels, 1, height, width])],
    { shape: [1, n * channels, 1, 1] },
    { kernel_shape: [height, width], strides: [1, 1], pads: [0, 0, 0, 0], group: n * channels },
  );
  return scale(together(sums, x, block), 1 / (images * height * width));
}

/**
 * Maps as ONNX Runtime should sum them, one number after the other: image by image, or abreast row by row, since a sum of thousands
 * rounds too much. images: how many such sums make up a channel's.
 */
function summedApart(
  x: Tensor,
  block: number,
): { readonly shape: readonly [number, number, number, number]; readonly images: number } {
  const [n, channels, height, width] = sizesOf4(x);
  if (!x.abreast) return { shape: [n, channels, height, width], images: n };
  return { shape: [(channels / block) * height, block, 1, width], images: height };
}

/** The sums of the images or rows of each channel, added: [C]. */
function together(sums: Tensor, x: Tensor, block: number): Tensor {
  const [n, channels, height] = sizesOf4(x);
  if (!x.abreast) return sum(reshape(sums, [n, channels]), [0]);
  return reshape(sum(reshape(sums, [channels / block, height, block]), [1]), [channels]);
}
