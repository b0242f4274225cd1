import { apply, type Derivation, sizesOf4, type Tensor, withDerivation } from "../tensor.ts";
import { convByInput } from "./convByInput.ts";
import { convByWeight } from "./convByWeight.ts";
import { convAsProduct, type Walk, windowedSize } from "./convColumns.ts";
import { sum } from "./reduce.ts";

/** The largest map, in pixels of the result, on which one product for the whole batch beats ONNX Runtime's convolution. */
const smallMapPx = 9;

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
  const [n, channels, height, width] = sizesOf4(x);
  const [maps, depth, kernelY, kernelX] = sizesOf4(weight);
  if (depth !== channels) throw new Error(`A weight [${weight.shape}] does not fit maps [${x.shape}]`);
  const size = [
    windowedSize(height, kernelY, { stride, padding }),
    windowedSize(width, kernelX, { stride, padding }),
  ] as const;
  const walk: Walk = { stride, padding, kernel: [kernelY, kernelX], size };
  const derivation: Derivation = [
    [x, (dy) => convByInput(dy, x, weight, walk)],
    [weight, (dy) => convByWeight(dy, x, weight, walk)],
    ...(bias ? [[bias, (dy: Tensor) => sum(dy, [0, 2, 3])] as const] : []),
  ];
  // Weights that are known now are packed by ONNX Runtime when it loads the model: then its convolution is faster.
  if (!isKnown(weight) && Math.min(...size) <= smallMapPx) {
    return withDerivation(convAsProduct(x, weight, bias, walk), derivation);
  }
  return apply(
    "Conv",
    bias ? [x, weight, bias] : [x, weight],
    { shape: [n, maps, ...size], derivation },
    { kernel_shape: [kernelY, kernelX], strides: [stride, stride], pads: [padding, padding, padding, padding] },
  );
}

/** Whether a tensor's numbers follow from constants alone. */
function isKnown({ source }: Tensor): boolean {
  if (source.kind === "node") return source.node.inputs.every((argument) => argument === null || isKnown(argument));
  return source.kind === "constant";
}
