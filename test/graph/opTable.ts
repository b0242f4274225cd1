import * as graph from "../../src/graph/index.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";

/** One case of an op: what goes in, and what must come out. */
export interface OpCase {
  /** What is special about this case. */
  readonly title?: string;
  /** Shapes of the float32 arguments, which are drawn at random. */
  readonly arguments: readonly Shape[];
  /** Arguments are drawn between these; (−1, 1) if left out. */
  readonly between?: readonly [number, number];
  readonly op: (...tensors: Tensor[]) => Tensor;
  readonly shape: Shape;
  /** The result by plain loops. Each array is row-major. */
  readonly reference: (...arrays: Float64Array[]) => ArrayLike<number>;
  /** True where no gradient is defined. */
  readonly isConstant?: boolean;
}

type Plain = Float64Array;

const map = (x: Plain, f: (value: number, i: number) => number) => Float64Array.from(x, f);

/** Every op with at least one case of shape, value and gradient. The names are those of `groundglass/graph`. */
export const opTable: Readonly<Record<string, readonly OpCase[]>> = {
  add: [
    {
      arguments: [
        [2, 3],
        [2, 3],
      ],
      op: graph.add,
      shape: [2, 3],
      reference: (a, b) => map(a, (v, i) => v + at(b, i)),
    },
    {
      title: "broadcast over rows and a missing axis",
      arguments: [
        [2, 1, 3],
        [2, 1],
      ],
      op: graph.add,
      shape: [2, 2, 3],
      reference: (a, b) => fill([2, 2, 3], ([n = 0, r = 0, c = 0]) => at(a, n * 3 + c) + at(b, r)),
    },
  ],
  sub: [
    {
      arguments: [[2, 3], [3]],
      op: graph.sub,
      shape: [2, 3],
      reference: (a, b) => map(a, (v, i) => v - at(b, i % 3)),
    },
  ],
  mul: [
    {
      arguments: [
        [2, 3],
        [2, 1],
      ],
      op: graph.mul,
      shape: [2, 3],
      reference: (a, b) => map(a, (v, i) => v * at(b, Math.floor(i / 3))),
    },
  ],
  div: [
    {
      arguments: [[2, 3], [3]],
      between: [0.5, 2],
      op: graph.div,
      shape: [2, 3],
      reference: (a, b) => map(a, (v, i) => v / at(b, i % 3)),
    },
  ],
  neg: [{ arguments: [[4]], op: graph.neg, shape: [4], reference: (x) => map(x, (v) => -v) }],
  scale: [{ arguments: [[4]], op: (x) => graph.scale(x, -2.5), shape: [4], reference: (x) => map(x, (v) => -2.5 * v) }],
  exp: [{ arguments: [[4]], op: graph.exp, shape: [4], reference: (x) => map(x, Math.exp) }],
  log: [{ arguments: [[4]], between: [0.5, 2], op: graph.log, shape: [4], reference: (x) => map(x, Math.log) }],
  sqrt: [{ arguments: [[4]], between: [0.5, 2], op: graph.sqrt, shape: [4], reference: (x) => map(x, Math.sqrt) }],
  relu: [{ arguments: [[4, 4]], op: graph.relu, shape: [4, 4], reference: (x) => map(x, (v) => Math.max(v, 0)) }],
  sigmoid: [
    { arguments: [[4]], op: graph.sigmoid, shape: [4], reference: (x) => map(x, (v) => 1 / (1 + Math.exp(-v))) },
  ],
  tanh: [{ arguments: [[4]], op: graph.tanh, shape: [4], reference: (x) => map(x, Math.tanh) }],
  sum: [
    { arguments: [[2, 3]], op: (x) => graph.sum(x), shape: [], reference: (x) => [x.reduce((s, v) => s + v, 0)] },
    {
      title: "along two axes, kept",
      arguments: [[2, 3, 2]],
      op: (x) => graph.sum(x, [0, 2], { keepAxes: true }),
      shape: [1, 3, 1],
      reference: (x) => [0, 1, 2].map((c) => [0, 1, 6, 7].reduce((s, i) => s + at(x, i + 2 * c), 0)),
    },
  ],
  mean: [
    {
      arguments: [[2, 3]],
      op: (x) => graph.mean(x, [0]),
      shape: [3],
      reference: (x) => [0, 1, 2].map((c) => (at(x, c) + at(x, c + 3)) / 2),
    },
  ],
  reshape: [{ arguments: [[2, 3]], op: (x) => graph.reshape(x, [3, 2]), shape: [3, 2], reference: (x) => x }],
  flatten: [{ arguments: [[2, 3, 2]], op: graph.flatten, shape: [2, 6], reference: (x) => x }],
  permute: [
    {
      arguments: [[2, 3, 4]],
      op: (x) => graph.permute(x, [2, 0, 1]),
      shape: [4, 2, 3],
      reference: (x) => fill([4, 2, 3], ([c = 0, a = 0, b = 0]) => at(x, (a * 3 + b) * 4 + c)),
    },
  ],
  expand: [
    {
      arguments: [[2, 1]],
      op: (x) => graph.expand(x, [3, 2, 2]),
      shape: [3, 2, 2],
      reference: (x) => fill([3, 2, 2], ([, r = 0]) => at(x, r)),
    },
  ],
  concat: [
    {
      arguments: [
        [2, 1],
        [2, 2],
      ],
      op: (a, b) => graph.concat([a, b], 1),
      shape: [2, 3],
      reference: (a, b) => [at(a, 0), at(b, 0), at(b, 1), at(a, 1), at(b, 2), at(b, 3)],
    },
  ],
  slice: [
    {
      arguments: [[3, 4]],
      op: (x) =>
        graph.slice(x, [
          { axis: 0, start: 1, stop: 3 },
          { axis: 1, start: 0, stop: 3 },
        ]),
      shape: [2, 3],
      reference: (x) => fill([2, 3], ([r = 0, c = 0]) => at(x, (r + 1) * 4 + c)),
    },
    {
      title: "every second",
      arguments: [[5]],
      op: (x) => graph.slice(x, [{ axis: 0, start: 0, stop: 5, step: 2 }]),
      shape: [3],
      reference: (x) => [at(x, 0), at(x, 2), at(x, 4)],
      isConstant: true,
    },
  ],
  flip: [
    {
      arguments: [[2, 3]],
      op: (x) => graph.flip(x, [1]),
      shape: [2, 3],
      reference: (x) => fill([2, 3], ([r = 0, c = 0]) => at(x, r * 3 + 2 - c)),
    },
  ],
  pad: [
    {
      arguments: [[2]],
      op: (x) => graph.pad(x, [1], [2]),
      shape: [5],
      reference: (x) => [0, at(x, 0), at(x, 1), 0, 0],
    },
  ],
  matmul: [
    {
      arguments: [
        [2, 3],
        [3, 4],
      ],
      op: graph.matmul,
      shape: [2, 4],
      reference: (a, b) => product(a, b, 2, 3, 4),
    },
    {
      title: "a batch by one matrix",
      arguments: [
        [2, 2, 3],
        [3, 2],
      ],
      op: graph.matmul,
      shape: [2, 2, 2],
      reference: (a, b) => product(a, b, 4, 3, 2),
    },
  ],
  gemm: [
    {
      arguments: [
        [2, 3],
        [3, 4],
      ],
      op: (a, b) => graph.gemm(a, b),
      shape: [2, 4],
      reference: (a, b) => product(a, b, 2, 3, 4),
    },
    {
      title: "the first transposed",
      arguments: [
        [3, 2],
        [3, 4],
      ],
      op: (a, b) => graph.gemm(a, b, { transposeA: true }),
      shape: [2, 4],
      reference: (a, b) =>
        fill([2, 4], ([r = 0, c = 0]) => [0, 1, 2].reduce((s, k) => s + at(a, k * 2 + r) * at(b, k * 4 + c), 0)),
    },
  ],
  linear: [
    {
      arguments: [[2, 3], [4, 3], [4]],
      op: graph.linear,
      shape: [2, 4],
      reference: (x, w, b) =>
        fill([2, 4], ([n = 0, m = 0]) => [0, 1, 2].reduce((s, k) => s + at(x, n * 3 + k) * at(w, m * 3 + k), at(b, m))),
    },
  ],
  conv2d: [
    convCase("with a bias", { size: 5, kernel: 3, stride: 1, padding: 1, hasBias: true }),
    ...[6, 11, 12, 20, 21].flatMap((size) => [
      convCase("3×3", { size, kernel: 3, stride: 1, padding: 1 }),
      convCase("3×3 at stride 2", { size, kernel: 3, stride: 2, padding: 1 }),
      convCase("1×1", { size, kernel: 1, stride: 1, padding: 0 }),
      convCase("1×1 at stride 2", { size, kernel: 1, stride: 2, padding: 0 }),
    ]),
    convCase("3×3 at stride 2, taps joined", { size: 25, kernel: 3, stride: 2, padding: 1 }),
    convCase("3×3 at stride 2, tap by tap", { size: 42, kernel: 3, stride: 2, padding: 1 }),
    convCase("1×1 at stride 2, image by image", { size: 23, kernel: 1, stride: 2, padding: 0 }),
    convCase("7×7 at stride 2, even size", { size: 14, kernel: 7, stride: 2, padding: 3 }),
    convCase("7×7 at stride 2, odd size", { size: 15, kernel: 7, stride: 2, padding: 3 }),
    convCase("without padding", { size: 8, kernel: 3, stride: 2, padding: 0 }),
  ],
  maxPool2d: [
    {
      arguments: [[2, 2, 7, 7]],
      between: [-8, 8],
      op: (x) => graph.maxPool2d(x, 3, { stride: 2, padding: 1 }),
      shape: [2, 2, 4, 4],
      reference: (x) =>
        fill([2, 2, 4, 4], ([n = 0, c = 0, y = 0, col = 0]) => {
          let largest = Number.NEGATIVE_INFINITY;
          for (let i = 2 * y - 1; i < 2 * y + 2; i++) {
            for (let j = 2 * col - 1; j < 2 * col + 2; j++) {
              if (i >= 0 && j >= 0 && i < 7 && j < 7) largest = Math.max(largest, at(x, ((n * 2 + c) * 7 + i) * 7 + j));
            }
          }
          return largest;
        }),
    },
  ],
  globalAveragePool: [
    {
      arguments: [[2, 2, 2, 2]],
      op: graph.globalAveragePool,
      shape: [2, 2, 1, 1],
      reference: (x) => [0, 4, 8, 12].map((i) => (at(x, i) + at(x, i + 1) + at(x, i + 2) + at(x, i + 3)) / 4),
    },
  ],
  batchNorm: [
    {
      arguments: [[3, 2, 2, 2], [2], [2]],
      op: (x, weight, bias) => graph.batchNorm(x, weight, bias).y,
      shape: [3, 2, 2, 2],
      reference: (x, weight, bias) => {
        const channel = (i: number) => Math.floor(i / 4) % 2;
        const mean = [0, 1].map((c) => x.reduce((s, v, i) => s + (channel(i) === c ? v : 0), 0) / 12);
        const variance = [0, 1].map(
          (c) => x.reduce((s, v, i) => s + (channel(i) === c ? (v - at(mean, c)) ** 2 : 0), 0) / 12,
        );
        return map(x, (v, i) => {
          const c = channel(i);
          return ((v - at(mean, c)) / Math.sqrt(at(variance, c) + 1e-5)) * at(weight, c) + at(bias, c);
        });
      },
    },
  ],
  batchNormByStatistics: [
    {
      arguments: [[2, 2, 1, 2], [2], [2]],
      op: (x, weight, bias) =>
        graph.batchNormByStatistics(x, {
          weight,
          bias,
          mean: graph.constant([0.5, -1]),
          variance: graph.constant([4, 0.25]),
        }),
      shape: [2, 2, 1, 2],
      reference: (x, weight, bias) =>
        map(x, (v, i) => {
          const c = Math.floor(i / 2) % 2;
          return ((v - at([0.5, -1], c)) / Math.sqrt(at([4, 0.25], c) + 1e-5)) * at(weight, c) + at(bias, c);
        }),
    },
  ],
  softmax: [
    { arguments: [[2, 3]], op: graph.softmax, shape: [2, 3], reference: (x) => map(logSoftmaxOf(x, 3), Math.exp) },
  ],
  logSoftmax: [{ arguments: [[2, 3]], op: graph.logSoftmax, shape: [2, 3], reference: (x) => logSoftmaxOf(x, 3) }],
  oneHot: [
    {
      arguments: [],
      op: () => graph.oneHot(graph.integers([2, 0]), 3),
      shape: [2, 3],
      reference: () => [0, 0, 1, 1, 0, 0],
      isConstant: true,
    },
  ],
  softplus: [
    { arguments: [[4]], op: graph.softplus, shape: [4], reference: (x) => map(x, (v) => Math.log1p(Math.exp(v))) },
    {
      title: "of numbers whose exponential overflows",
      arguments: [[2]],
      between: [200, 201],
      op: graph.softplus,
      shape: [2],
      reference: (x) => x,
    },
  ],
  binaryCrossEntropy: [
    {
      arguments: [[2, 2]],
      op: (logits) => graph.binaryCrossEntropy(logits, graph.constant([1, 0, 1, 1], [2, 2])),
      shape: [],
      reference: (x) => [(lost(at(x, 0)) + lost(-at(x, 1)) + lost(at(x, 2)) + lost(at(x, 3))) / 4],
    },
    {
      title: "with weights of what is there",
      arguments: [[2, 2]],
      op: (logits) => graph.binaryCrossEntropy(logits, graph.constant([1, 0, 1, 1], [2, 2]), [5, 3]),
      shape: [],
      reference: (x) => [(5 * lost(at(x, 0)) + lost(-at(x, 1)) + 5 * lost(at(x, 2)) + 3 * lost(at(x, 3))) / 4],
    },
    {
      title: "with logits whose exponential overflows",
      arguments: [[1, 2]],
      between: [200, 201],
      op: (logits) => graph.binaryCrossEntropy(logits, graph.constant([0, 1], [1, 2])),
      shape: [],
      reference: (x) => [at(x, 0) / 2],
    },
  ],
  crossEntropy: [
    {
      arguments: [[2, 3]],
      op: (logits) => graph.crossEntropy(logits, graph.integers([2, 0])),
      shape: [],
      reference: (x) => [-(at(logSoftmaxOf(x, 3), 2) + at(logSoftmaxOf(x, 3), 3)) / 2],
    },
    {
      title: "with class weights",
      arguments: [[2, 3]],
      op: (logits) => graph.crossEntropy(logits, graph.integers([2, 0]), [1, 5, 3]),
      shape: [],
      reference: (x) => [-(3 * at(logSoftmaxOf(x, 3), 2) + 1 * at(logSoftmaxOf(x, 3), 3)) / 4],
    },
    {
      title: "with logits whose exponential overflows",
      arguments: [[2, 3]],
      between: [200, 201],
      op: (logits) => graph.crossEntropy(logits, graph.integers([2, 0])),
      shape: [],
      reference: (x) => [-(at(logSoftmaxOf(x, 3), 2) + at(logSoftmaxOf(x, 3), 3)) / 2],
    },
  ],
};

/** −log of the logistic function. */
function lost(logit: number): number {
  return Math.log1p(Math.exp(-logit));
}

function convCase(
  title: string,
  options: { size: number; kernel: number; stride: number; padding: number; hasBias?: boolean },
): OpCase {
  const { size, kernel, stride, padding, hasBias = false } = options;
  const [n, c, m] = [2, 2, 3];
  const out = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return {
    title: `${title}, ${size} px`,
    arguments: [[n, c, size, size], [m, c, kernel, kernel], ...(hasBias ? [[m]] : [])],
    op: (x, weight, bias) => graph.conv2d(x, weight, { stride, padding, ...(hasBias ? { bias } : {}) }),
    shape: [n, m, out, out],
    reference: (x, weight, bias) =>
      fill([n, m, out, out], ([image = 0, filter = 0, row = 0, column = 0]) => {
        let total = bias ? at(bias, filter) : 0;
        for (let channel = 0; channel < c; channel++) {
          for (let i = 0; i < kernel; i++) {
            for (let j = 0; j < kernel; j++) {
              const [y, z] = [row * stride - padding + i, column * stride - padding + j];
              if (y < 0 || z < 0 || y >= size || z >= size) continue;
              const pixel = at(x, ((image * c + channel) * size + y) * size + z);
              total += pixel * at(weight, ((filter * c + channel) * kernel + i) * kernel + j);
            }
          }
        }
        return total;
      }),
  };
}

function at(values: ArrayLike<number>, i: number): number {
  const value = values[i];
  if (value === undefined) throw new Error(`No number at ${i} of ${values.length}`);
  return value;
}

function fill(shape: Shape, value: (place: number[]) => number): Float64Array {
  const count = shape.reduce((total, size) => total * size, 1);
  return Float64Array.from({ length: count }, (_, i) => {
    let rest = i;
    const place = shape.toReversed().map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    });
    return value(place.reverse());
  });
}

function product(a: Plain, b: Plain, rows: number, inner: number, columns: number): Float64Array {
  return fill([rows, columns], ([r = 0, c = 0]) => {
    let total = 0;
    for (let k = 0; k < inner; k++) total += at(a, r * inner + k) * at(b, k * columns + c);
    return total;
  });
}

function logSoftmaxOf(x: Plain, classes: number): Float64Array {
  return map(x, (value, i) => {
    const start = i - (i % classes);
    const row = x.subarray(start, start + classes);
    const largest = Math.max(...row);
    return value - largest - Math.log(row.reduce((s, v) => s + Math.exp(v - largest), 0));
  });
}
