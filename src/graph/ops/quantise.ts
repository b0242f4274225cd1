import { apply, type ConstantData, constant, type ElementType, type Shape, type Tensor } from "../tensor.ts";

/** How real numbers are written as small whole ones: real = scale · (whole − zeroPoint). */
export interface Rounding {
  readonly scale: number;
  /** The whole number, 0 to 255, that stands for 0. */
  readonly zeroPoint: number;
}

/**
 * x as it is after being rounded to one of 256 evenly spaced numbers: QuantizeLinear, then DequantizeLinear. A runtime that
 * finds such pairs around an op does the op itself on 8-bit numbers. It carries no gradient.
 */
export function rounded(x: Tensor, { scale, zeroPoint }: Rounding): Tensor {
  const [step, zero] = [constant(scale), whole(Uint8Array.of(zeroPoint), [])];
  const bytes = apply("QuantizeLinear", [x, step, zero], { shape: x.shape, type: "uint8" });
  return apply("DequantizeLinear", [bytes, step, zero], { shape: x.shape });
}

/**
 * Whole numbers known now as the real ones that they stand for: DequantizeLinear around 0.
 *
 * scales: one, or one for each index of the first axis.
 */
export function scaledUp(values: Int8Array | Int32Array, shape: Shape, scales: readonly number[]): Tensor {
  const zeros = values instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
  return apply(
    "DequantizeLinear",
    [whole(values, shape), constant(scales), whole(zeros, [scales.length])],
    { shape },
    { axis: 0 },
  );
}

function whole(data: Exclude<ConstantData, Float32Array | BigInt64Array>, shape: Shape): Tensor {
  const type: ElementType = data instanceof Int8Array ? "int8" : data instanceof Uint8Array ? "uint8" : "int32";
  return { shape, type, source: { kind: "constant", data }, derivation: [] };
}
