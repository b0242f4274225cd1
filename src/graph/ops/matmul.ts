import { apply, sizeAt, type Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";
import { permute } from "./shape.ts";

/** The matrix product over the last two axes: [..., M, K] · [..., K, N] → [..., M, N]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (sizeAt(a, -1) !== sizeAt(b, -2)) throw new Error(`[${a.shape}] and [${b.shape}] do not multiply`);
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    if (axis === rank - 2) return sizeAt(a, -2);
    if (axis === rank - 1) return sizeAt(b, -1);
    const sizeA = a.shape[axis - rank + a.shape.length] ?? 1;
    const sizeB = b.shape[axis - rank + b.shape.length] ?? 1;
    return Math.max(sizeA, sizeB);
  });
  return apply("MatMul", [a, b], {
    shape,
    derivation: [
      [a, (dy) => sumTo(matmul(dy, swapLast(b)), a.shape)],
      [b, (dy) => sumTo(matmul(swapLast(a), dy), b.shape)],
    ],
  });
}

/** The fully connected layer x · weightᵀ + bias: [N, K], [M, K], [M] → [N, M]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  if (
    x.shape.length !== 2 ||
    sizeAt(x, 1) !== sizeAt(weight, 1) ||
    String(bias.shape) !== String([sizeAt(weight, 0)])
  ) {
    throw new Error(`linear takes [N, K], [M, K] and [M], not [${x.shape}], [${weight.shape}] and [${bias.shape}]`);
  }
  return apply(
    "Gemm",
    [x, weight, bias],
    {
      shape: [sizeAt(x, 0), sizeAt(weight, 0)],
      derivation: [
        [x, (dy) => gemm(dy, weight)],
        [weight, (dy) => gemm(dy, x, { transposeA: true })],
        [bias, (dy) => sumTo(dy, bias.shape)],
      ],
    },
    { transB: 1 },
  );
}

/** The product of two matrices, the first transposed if told so. */
export function gemm(a: Tensor, b: Tensor, options: { readonly transposeA?: boolean } = {}): Tensor {
  const { transposeA = false } = options;
  const left = transposeA ? swapLast(a) : a;
  const shape = [sizeAt(left, 0), sizeAt(b, 1)];
  return apply(
    "Gemm",
    [a, b],
    {
      shape,
      derivation: [
        [a, (dy) => (transposeA ? matmul(b, swapLast(dy)) : matmul(dy, swapLast(b)))],
        [b, (dy) => (transposeA ? matmul(a, dy) : gemm(a, dy, { transposeA: true }))],
      ],
    },
    { transA: transposeA ? 1 : 0 },
  );
}

/** The last two axes swapped. */
export function swapLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => axis);
  return permute(x, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
}
