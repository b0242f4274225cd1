import { apply, constant, type Tensor } from "../tensor.ts";
import { div, mul, scale, sub } from "./arithmetic.ts";

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  const y: Tensor = apply("Relu", [x], { shape: x.shape, derivation: [[x, (dy) => mul(dy, isPositive(y))]] });
  return y;
}

/** eˣ. */
export function exp(x: Tensor): Tensor {
  const y: Tensor = apply("Exp", [x], { shape: x.shape, derivation: [[x, (dy) => mul(dy, y)]] });
  return y;
}

/** The natural logarithm. */
export function log(x: Tensor): Tensor {
  return apply("Log", [x], { shape: x.shape, derivation: [[x, (dy) => div(dy, x)]] });
}

/** The square root. */
export function sqrt(x: Tensor): Tensor {
  const y: Tensor = apply("Sqrt", [x], { shape: x.shape, derivation: [[x, (dy) => scale(div(dy, y), 0.5)]] });
  return y;
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  const y: Tensor = apply("Sigmoid", [x], {
    shape: x.shape,
    derivation: [[x, (dy) => mul(dy, mul(y, sub(constant(1), y)))]],
  });
  return y;
}

/** The hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  const y: Tensor = apply("Tanh", [x], {
    shape: x.shape,
    derivation: [[x, (dy) => mul(dy, sub(constant(1), mul(y, y)))]],
  });
  return y;
}

/**
 * 1 where x is positive, 0 where it is not.
 *
 * Written as a clipped steep line: one fast pass, where comparing and converting is two.
 */
export function isPositive(x: Tensor): Tensor {
  return apply("HardSigmoid", [x], { shape: x.shape }, { alpha: { float: 3e38 }, beta: { float: 0 } });
}
