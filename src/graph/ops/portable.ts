import { apply, constant, type Shape, sizesOf4, type Tensor } from "../tensor.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import type { Window } from "./convColumns.ts";
import { sqrt } from "./pointwise.ts";
import { mean } from "./reduce.ts";
import { pad, reshape, slice } from "./shape.ts";

/**
 * The values of batchNorm in training, with the batch's mean and biased variance, in ops that every device of ONNX Runtime has: its
 * WebGPU provider knows BatchNormalization for inference only.
 */
export function normalisedBySums(
  x: Tensor,
  parameters: { readonly weight: Tensor; readonly bias: Tensor },
  epsilon: number,
): readonly [values: Tensor, mean: Tensor, biasedVariance: Tensor] {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const perChannel = (y: Tensor) => reshape(y, channelsOnly(x.shape));
  const middle = mean(x, axes);
  const centred = sub(x, perChannel(middle));
  const biasedVariance = mean(mul(centred, centred), axes);
  const factor = div(parameters.weight, sqrt(add(biasedVariance, constant(epsilon))));
  return [add(mul(centred, perChannel(factor)), perChannel(parameters.bias)), middle, biasedVariance];
}

function channelsOnly(shape: Shape): number[] {
  return shape.map((size, axis) => (axis === 1 ? size : 1));
}

/**
 * The gradient of max pooling by its argument, found by comparing the argument with the result at each place of the window: for devices
 * that do not tell where a maximum lay. Of equal pixels the first takes it, as in PyTorch.
 */
export function maxPoolByInput(dy: Tensor, x: Tensor, y: Tensor, kernel: number, { stride, padding }: Window): Tensor {
  const [, , height, width] = sizesOf4(x);
  const [n, c, rows, columns] = sizesOf4(y);
  // So many strides hold every window; what is behind the last one is cut off.
  const further = Math.ceil((kernel - 1) / stride);
  const [high, wide] = [(rows + further) * stride, (columns + further) * stride];
  const ones = constant(new Float32Array(height * width).fill(1), [1, 1, height, width]);
  const [framed, inside] = [x, ones].map((maps) => placed(maps, padding, [high, wide])) as [Tensor, Tensor];
  let untaken: Tensor = constant(1);
  let total: Tensor | undefined;
  for (let row = 0; row < kernel; row++) {
    for (let column = 0; column < kernel; column++) {
      const seen = (maps: Tensor) =>
        slice(maps, [
          { axis: 2, start: row, stop: row + (rows - 1) * stride + 1, step: stride },
          { axis: 3, start: column, stop: column + (columns - 1) * stride + 1, step: stride },
        ]);
      const equal = apply("Equal", [seen(framed), y], { shape: y.shape, type: "bool" });
      const isLargest = mul(apply("Cast", [equal], { shape: y.shape }, { to: 1 }), seen(inside));
      const taken = mul(isLargest, untaken);
      untaken = sub(untaken, taken);
      const apart = pad(
        reshape(mul(dy, taken), [n * c, rows, 1, columns, 1]),
        [0, 0, 0, 0, 0],
        [0, 0, stride - 1, 0, stride - 1],
      );
      const spread = placed(reshape(apart, [n, c, rows * stride, columns * stride]), [row, column], [high, wide]);
      total = total ? add(total, spread) : spread;
    }
  }
  return placed(total ?? framed, -padding, [height, width]);
}

/** Maps moved down and right by so many pixels, in a frame of a size: zeros around them, and cut off where they leave it. */
function placed(maps: Tensor, by: number | readonly [number, number], size: readonly [number, number]): Tensor {
  const [, , height, width] = sizesOf4(maps);
  const [down, right] = typeof by === "number" ? [by, by] : by;
  const room = (shift: number, length: number, asked: number) => Math.max(0, asked - shift - length);
  const [below, behind] = [room(down, height, size[0]), room(right, width, size[1])];
  const framed = pad(maps, [0, 0, Math.max(0, down), Math.max(0, right)], [0, 0, below, behind]);
  const [top, left] = [Math.max(0, -down), Math.max(0, -right)];
  if (String(framed.shape.slice(2)) === String(size) && top === 0 && left === 0) return framed;
  return slice(framed, [
    { axis: 2, start: top, stop: top + size[0] },
    { axis: 3, start: left, stop: left + size[1] },
  ]);
}
