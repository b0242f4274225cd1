import { apply, constant, type Shape, type Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";

/** a + b, broadcast as in NumPy. */
export function add(a: Tensor, b: Tensor): Tensor {
  return apply("Add", [a, b], {
    shape: broadcastShape(a.shape, b.shape),
    derivation: [
      [a, (dy) => sumTo(dy, a.shape)],
      [b, (dy) => sumTo(dy, b.shape)],
    ],
  });
}

/** a − b, broadcast. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply("Sub", [a, b], {
    shape: broadcastShape(a.shape, b.shape),
    derivation: [
      [a, (dy) => sumTo(dy, a.shape)],
      [b, (dy) => neg(sumTo(dy, b.shape))],
    ],
  });
}

/** a · b element by element, broadcast. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply("Mul", [a, b], {
    shape: broadcastShape(a.shape, b.shape),
    derivation: [
      [a, (dy) => sumTo(mul(dy, b), a.shape)],
      [b, (dy) => sumTo(mul(dy, a), b.shape)],
    ],
  });
}

/** a / b element by element, broadcast. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y: Tensor = apply("Div", [a, b], {
    shape: broadcastShape(a.shape, b.shape),
    derivation: [
      [a, (dy) => sumTo(div(dy, b), a.shape)],
      [b, (dy) => neg(sumTo(div(mul(dy, y), b), b.shape))],
    ],
  });
  return y;
}

/** −x. */
export function neg(x: Tensor): Tensor {
  return apply("Neg", [x], { shape: x.shape, derivation: [[x, neg]] });
}

/** x times a number known now. */
export function scale(x: Tensor, factor: number): Tensor {
  return mul(x, constant(factor));
}

/** The shape that two shapes broadcast to. @throws Error if they do not fit. */
function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw new Error(`[${a}] and [${b}] do not broadcast`);
    return sizeA === 1 ? sizeB : sizeA;
  });
}
