import { reshape } from "../ops/shape.ts";
import { apply, elementCount, type Shape, sizeAt, type Tensor } from "../tensor.ts";

/**
 * The axes of x in another order, the last staying where it is.
 *
 * A Gather of rows whose places are known now: it moves short rows in all threads, ONNX Runtime's Transpose in one.
 */
export function permuteRows(x: Tensor, order: readonly number[]): Tensor {
  const from = x.shape.slice(0, -1);
  const axes = order.slice(0, -1);
  const shape = axes.map((axis) => sizeAt(x, axis));
  const strides = axes.map((axis) => elementCount(from.slice(axis + 1)));
  const places = () => {
    let outer = Int32Array.of(0);
    for (const [i, size] of shape.entries()) {
      const inner = new Int32Array(outer.length * size);
      for (const [at, start] of outer.entries()) {
        for (let k = 0; k < size; k++) inner[at * size + k] = start + k * strides[i];
      }
      outer = inner;
    }
    return outer;
  };
  return pickRows(x, [...shape, sizeAt(x, -1)], shared(`${from}/${axes}`, places));
}

/**
 * An array of this shape, whose rows (along its last axis) are those of x that stand at these places. It carries no gradient.
 *
 * places: one for each row, row-major.
 */
export function pickRows(x: Tensor, shape: Shape, places: Int32Array): Tensor {
  const length = sizeAt(x, -1);
  const index: Tensor = {
    ...{ shape: [places.length], type: "int32", derivation: [] },
    source: { kind: "constant", data: places },
  };
  const rows = reshape(x, [elementCount(x.shape) / length, length]);
  return reshape(apply("Gather", [rows, index], { shape: [places.length, length] }, { axis: 0 }), shape);
}

const known = new Map<string, WeakRef<Int32Array>>();

/** Places by a key that says all about them: layers of one shape share them, a megabyte or more, as long as somebody holds them. */
export function shared(key: string, make: () => Int32Array): Int32Array {
  const standing = known.get(key)?.deref();
  if (standing) return standing;
  const places = make();
  known.set(key, new WeakRef(places));
  return places;
}
