import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { convByInput } from "./convByInput.ts";
import { convByWeight } from "./convByWeight.ts";
import { sum } from "./reduce.ts";

/** How a square window walks over a map. */
export interface Window {
  readonly stride: number;
  /** Zeros added on each side. */
  readonly padding: number;
}

/** The size of a map after a window of `kernel` pixels walked over it. */
export function windowedSize(size: number, kernel: number, { stride, padding }: Window): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/**
 * The two-dimensional convolution of a batch of maps, as torch.nn.functional.conv2d.
 *
 * x: [N, C, H, W]; weight: [M, C, K, K]; bias: [M]; returns [N, M, H', W'].
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  options: { readonly bias?: Tensor; readonly stride?: number; readonly padding?: number } = {},
): Tensor {
  const { bias, stride = 1, padding = 0 } = options;
  const window: Window = { stride, padding };
  const [n, channels, height, width] = sizesOf4(x);
  const [maps, depth, kernelY, kernelX] = sizesOf4(weight);
  if (depth !== channels) throw new Error(`A weight [${weight.shape}] does not fit maps [${x.shape}]`);
  const shape = [n, maps, windowedSize(height, kernelY, window), windowedSize(width, kernelX, window)];
  return apply(
    "Conv",
    bias ? [x, weight, bias] : [x, weight],
    {
      shape,
      derivation: [
        [x, (dy) => convByInput(dy, x, weight, window)],
        [weight, (dy) => convByWeight(dy, x, weight, window)],
        ...(bias ? [[bias, (dy: Tensor) => sum(dy, [0, 2, 3])] as const] : []),
      ],
    },
    { kernel_shape: [kernelY, kernelX], strides: [stride, stride], pads: [padding, padding, padding, padding] },
  );
}
