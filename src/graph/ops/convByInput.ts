import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import type { Window } from "./conv2d.ts";
import { flip, permute } from "./shape.ts";

/** The smallest map, in pixels, on which a plain convolution beats a transposed one. */
const plainFromPx = 10;

/**
 * The gradient of a convolution by its input.
 *
 * At stride 1 it is itself a convolution, with the weight turned by 180° and its axes swapped, for which ONNX Runtime is
 * fastest on maps of 10 pixels and more; else the transposed convolution.
 */
export function convByInput(dy: Tensor, x: Tensor, weight: Tensor, { stride, padding }: Window): Tensor {
  const [, , height, width] = sizesOf4(x);
  const [, , kernelY, kernelX] = sizesOf4(weight);
  const [, , outHeight, outWidth] = sizesOf4(dy);
  const [padY, padX] = [kernelY - 1 - padding, kernelX - 1 - padding];
  if (stride === 1 && Math.min(height, width) >= plainFromPx && padY >= 0 && padX >= 0) {
    const turned = permute(kernelY * kernelX > 1 ? flip(weight, [2, 3]) : weight, [1, 0, 2, 3]);
    return apply(
      "Conv",
      [dy, turned],
      { shape: x.shape },
      { kernel_shape: [kernelY, kernelX], strides: [1, 1], pads: [padY, padX, padY, padX] },
    );
  }
  // Pixels at the far edge that no window reached, so that the result has x's size.
  const unreachedY = height - ((outHeight - 1) * stride + kernelY - 2 * padding);
  const unreachedX = width - ((outWidth - 1) * stride + kernelX - 2 * padding);
  return apply(
    "ConvTranspose",
    [dy, weight],
    { shape: x.shape },
    {
      kernel_shape: [kernelY, kernelX],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      output_padding: [unreachedY, unreachedX],
    },
  );
}
