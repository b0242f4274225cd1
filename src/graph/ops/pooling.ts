import { apply, applyMany, elementCount, sizesOf4, type Tensor } from "../tensor.ts";
import { scale } from "./arithmetic.ts";
import { type Window, windowedSize } from "./convColumns.ts";
import { nothing } from "./nothing.ts";
import { maxPoolByInput } from "./portable.ts";
import { expand, reshape } from "./shape.ts";

/**
 * The largest pixel under a square window, as torch.nn.functional.max_pool2d.
 *
 * isPortable: with a backward pass that every device of ONNX Runtime has, and that costs more.
 */
export function maxPool2d(x: Tensor, kernel: number, window: Window & { readonly isPortable?: boolean }): Tensor {
  const [n, c, height, width] = sizesOf4(x);
  const shape = [n, c, windowedSize(height, kernel, window), windowedSize(width, kernel, window)];
  const { stride, padding } = window;
  const attributes = {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
  if (window.isPortable) {
    const largest: Tensor = apply(
      "MaxPool",
      [x],
      { shape, derivation: [[x, (dy) => maxPoolByInput(dy, x, largest, kernel, window)]] },
      attributes,
    );
    return largest;
  }
  const [y, places] = applyMany("MaxPool", [x], [{ shape }, { shape, type: "int64", isOptional: true }], attributes);
  if (!y || !places) throw new Error("MaxPool has two outputs");
  return {
    ...y,
    derivation: [
      [
        x,
        (dy) => {
          const count = elementCount(shape);
          const flatDy = reshape(dy, [count]);
          // Zeros made when the graph runs, which ScatterElements may write over: constant ones would be kept and copied.
          const zeros = expand(nothing(dy), [elementCount(x.shape)]);
          const flat = apply(
            "ScatterElements",
            [zeros, reshape(places, [count]), flatDy],
            { shape: zeros.shape },
            { axis: 0, reduction: "add" },
          );
          return reshape(flat, x.shape);
        },
      ],
    ],
  };
}

/** The mean of each map: [N, C, H, W] → [N, C, 1, 1]. */
export function globalAveragePool(x: Tensor): Tensor {
  const [n, c, height, width] = sizesOf4(x);
  return apply("GlobalAveragePool", [x], {
    shape: [n, c, 1, 1],
    derivation: [[x, (dy) => expand(scale(dy, 1 / (height * width)), x.shape)]],
  });
}
