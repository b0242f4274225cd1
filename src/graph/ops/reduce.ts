import { apply, elementCount, integers, type Shape, sizeAt, type Tensor } from "../tensor.ts";
import { scale } from "./arithmetic.ts";
import { expand, reshape } from "./shape.ts";

export interface ReduceOptions {
  /** Keep each reduced axis with size 1. */
  readonly keepAxes?: boolean;
}

/** The sum along these axes; all of them if left out. */
export function sum(x: Tensor, axes: readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  const { keepAxes = false } = options;
  const kept = keptShape(x.shape, axes);
  return apply(
    "ReduceSum",
    [x, integers(axes)],
    {
      shape: keepAxes ? kept : x.shape.filter((_, axis) => !axes.includes(axis)),
      derivation: [[x, (dy) => expand(reshape(dy, kept), x.shape)]],
    },
    { keepdims: keepAxes ? 1 : 0 },
  );
}

/** The mean along these axes; all of them if left out. */
export function mean(x: Tensor, axes: readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  const { keepAxes = false } = options;
  const kept = keptShape(x.shape, axes);
  const count = elementCount(axes.map((axis) => sizeAt(x, axis)));
  return apply(
    "ReduceMean",
    [x],
    {
      shape: keepAxes ? kept : x.shape.filter((_, axis) => !axes.includes(axis)),
      derivation: [[x, (dy) => expand(scale(reshape(dy, kept), 1 / count), x.shape)]],
    },
    { axes, keepdims: keepAxes ? 1 : 0 },
  );
}

/** The sum that undoes a broadcast: x summed along every axis that a tensor of this shape was stretched over. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const added = x.shape.length - shape.length;
  const axes = allAxes(x).filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  return axes.length === 0 ? x : reshape(sum(x, axes, { keepAxes: true }), shape);
}

function allAxes(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis);
}

function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}
