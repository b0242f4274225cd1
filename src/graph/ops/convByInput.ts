import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { columns, mapsFromRows, type Walk } from "./convColumns.ts";
import { gemm } from "./matmul.ts";
import { flip, permute, reshape } from "./shape.ts";

/** The smallest map, in pixels, on which a convolution beats a product for the whole batch. */
const convolutionFromPx = 10;

/**
 * The gradient of a convolution by its input.
 *
 * At stride 1 it is itself a convolution, with the weight turned by 180° and its axes swapped; on small maps that is
 * written as one product for the whole batch. At other strides it is the transposed convolution.
 */
export function convByInput(dy: Tensor, x: Tensor, weight: Tensor, walk: Walk): Tensor {
  const [, , height, width] = sizesOf4(x);
  const { stride, padding, kernel } = walk;
  // Padding is the same on both axes, so only square kernels keep the size with one number.
  const padBack = kernel[0] - 1 - padding;
  if (stride > 1 || padBack < 0 || kernel[0] !== kernel[1]) return transposed(dy, x, weight, walk);
  const back: Walk = { stride: 1, padding: padBack, kernel, size: [height, width] };
  if (Math.min(height, width) < convolutionFromPx) return turnedProduct(dy, x, weight, back);
  return apply(
    "Conv",
    [dy, turned(weight)],
    { shape: x.shape },
    { kernel_shape: kernel, strides: [1, 1], pads: [padBack, padBack, padBack, padBack] },
  );
}

/** One product for the whole batch. Reading the taps backwards spares turning the weight. */
function turnedProduct(dy: Tensor, x: Tensor, weight: Tensor, back: Walk): Tensor {
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const byTap = reshape(permute(weight, [2, 3, 0, 1]), [kernelY * kernelX * maps, channels]);
  return mapsFromRows(gemm(columns(dy, back, "backward"), byTap), sizesOf4(x));
}

function turned(weight: Tensor): Tensor {
  const [, , kernelY, kernelX] = sizesOf4(weight);
  if (kernelY * kernelX === 1) return permute(weight, [1, 0, 2, 3]);
  return permute(flip(permute(weight, [2, 3, 0, 1]), [0, 1]), [3, 2, 0, 1]);
}

function transposed(dy: Tensor, x: Tensor, weight: Tensor, { stride, padding, kernel, size }: Walk): Tensor {
  const [, , height, width] = sizesOf4(x);
  // Pixels at the far edge that no window reached, so that the result has x's size.
  const unreachedY = height - ((size[0] - 1) * stride + kernel[0] - 2 * padding);
  const unreachedX = width - ((size[1] - 1) * stride + kernel[1] - 2 * padding);
  return apply(
    "ConvTranspose",
    [dy, weight],
    { shape: x.shape },
    {
      kernel_shape: kernel,
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      output_padding: [unreachedY, unreachedX],
    },
  );
}
