import { scale } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedDomain } from "./blockedMaps.ts";

/** The mean of blocked maps over images and pixels: [C]. */
export function channelMean(x: Tensor): Tensor {
  const [n, channels] = sizesOf4(x);
  const byImage = apply(`${blockedDomain}.GlobalAveragePool`, [x], { shape: [n, channels, 1, 1] });
  return scale(sum(reshape(byImage, [n, channels]), [0]), 1 / n);
}

/**
 * The mean over images and pixels of the product of two blocked maps: [C].
 *
 * A depthwise convolution whose kernels are the one's maps as they are, each as large as the map of the other that it sees:
 * one pass over both, where multiplying them first would be two.
 */
export function channelMeanProduct(x: Tensor, y: Tensor): Tensor {
  const [n, channels, height, width] = sizesOf4(x);
  const byImage = apply(
    `${blockedDomain}.Conv`,
    [reshape(x, [1, n * channels, height, width]), reshape(y, [n * channels, 1, height, width])],
    { shape: [1, n * channels, 1, 1] },
    { kernel_shape: [height, width], strides: [1, 1], pads: [0, 0, 0, 0], group: n * channels },
  );
  return scale(sum(reshape(byImage, [n, channels]), [0]), 1 / (n * height * width));
}
