import { apply, constant, elementCount, integers, type Shape, sizeAt, type Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";

/** The same numbers in the same order under another shape. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (elementCount(shape) !== elementCount(x.shape)) throw new Error(`[${x.shape}] cannot be shaped to [${shape}]`);
  if (String(shape) === String(x.shape)) return x;
  return apply("Reshape", [x, integers(shape)], { shape, derivation: [[x, (dy) => reshape(dy, x.shape)]] });
}

/** The axes from the second on as one: [N, C, H, W] → [N, C·H·W]. Holds for any batch size when the graph runs. */
export function flatten(x: Tensor): Tensor {
  const [batch = 1, ...rest] = x.shape;
  return apply(
    "Flatten",
    [x],
    { shape: [batch, elementCount(rest)], derivation: [[x, (dy) => reshape(dy, x.shape)]] },
    { axis: 1 },
  );
}

/** The axes in another order: axis i of the result is axis order[i] of x. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const back = order.map((_, axis) => order.indexOf(axis));
  return apply(
    "Transpose",
    [x],
    { shape: order.map((axis) => sizeAt(x, axis)), derivation: [[x, (dy) => permute(dy, back)]] },
    { perm: order },
  );
}

/** x stretched to a shape along its axes of size 1. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (String(shape) === String(x.shape)) return x;
  return apply("Expand", [x, integers(shape)], { shape, derivation: [[x, (dy) => sumTo(dy, x.shape)]] });
}

/** The tensors one after the other along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (!first) throw new Error("Nothing to join");
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += sizeAt(part, axis);
  }
  return apply(
    "Concat",
    parts,
    {
      shape: first.shape.with(axis, length),
      derivation: parts.map((part, i) => {
        const start = starts[i] ?? 0;
        const range = { axis, start, stop: start + sizeAt(part, axis) };
        return [part, (dy: Tensor) => slice(dy, [range])] as const;
      }),
    },
    { axis },
  );
}

/** Part of an axis: from start to before stop, every step-th. */
export interface AxisRange {
  readonly axis: number;
  readonly start: number;
  readonly stop: number;
  readonly step?: number;
}

/** The part of a tensor within ranges along some of its axes. Gradient: for steps of 1. */
export function slice(x: Tensor, ranges: readonly AxisRange[]): Tensor {
  const steps = ranges.map(({ step = 1 }) => step);
  const shape = [...x.shape];
  for (const { axis, start, stop, step = 1 } of ranges) shape[axis] = Math.ceil((stop - start) / step);
  const isDense = steps.every((step) => step === 1);
  const inputs = [
    x,
    integers(ranges.map(({ start }) => start)),
    integers(ranges.map(({ stop }) => stop)),
    integers(ranges.map(({ axis }) => axis)),
    integers(steps),
  ];
  return apply("Slice", inputs, { shape, derivation: [[x, isDense ? (dy) => padAround(dy, x.shape, ranges) : null]] });
}

/** x with its axes in `axes` read backwards. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const inputs = [
    x,
    integers(axes.map((axis) => sizeAt(x, axis) - 1)),
    integers(axes.map(() => -(2 ** 31))),
    integers(axes),
    integers(axes.map(() => -1)),
  ];
  return apply("Slice", inputs, { shape: x.shape, derivation: [[x, (dy) => flip(dy, axes)]] });
}

/** x with zeros before and after it along each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if ([...before, ...after].every((count) => count === 0)) return x;
  const shape = x.shape.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0));
  return apply("Pad", [x, integers([...before, ...after]), constant(0)], {
    shape,
    derivation: [
      [
        x,
        (dy) =>
          slice(
            dy,
            x.shape.map((size, axis) => ({ axis, start: before[axis] ?? 0, stop: (before[axis] ?? 0) + size })),
          ),
      ],
    ],
  });
}

/** Zeros of a shape with x at the place that the ranges name. */
function padAround(x: Tensor, shape: Shape, ranges: readonly AxisRange[]): Tensor {
  const before = shape.map((_, axis) => ranges.find((range) => range.axis === axis)?.start ?? 0);
  const after = shape.map((size, axis) => size - (before[axis] ?? 0) - sizeAt(x, axis));
  return pad(x, before, after);
}
