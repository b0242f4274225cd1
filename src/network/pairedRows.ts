import { once } from "../graph/once.ts";
import { add, scale } from "../graph/ops/arithmetic.ts";
import { relu } from "../graph/ops/pointwise.ts";
import { globalAveragePool } from "../graph/ops/pooling.ts";
import { concat, flatten, slice } from "../graph/ops/shape.ts";
import { apply, constant, integers, knownNumbers, sizesOf4, type Tensor } from "../graph/tensor.ts";
import type { ConvWeights } from "./module.ts";

/** Rows 0, 2, 4 … and 1, 3, 5 … of maps, all times a power of 2, which rounds nothing. */
interface Halves {
  readonly even: Tensor;
  readonly odd: Tensor;
  readonly factor: number;
}

/** The halves of those maps that pairedConv made. */
const halvesOf = new WeakMap<Tensor, Halves>();

/** Whether maps stand as pairs of rows: what follows then works on their halves. */
export function isPaired(x: Tensor): boolean {
  return halvesOf.has(x);
}

/**
 * Whether pairedConv is faster than the usual convolution of these maps: with few channels its sums and differences of rows cost as much
 * as it spares (docs/engine.md).
 */
export function isWorthPairing(x: Tensor, stride: number): boolean {
  const [, channels, height] = sizesOf4(x);
  return stride === 1 && channels >= 128 && height > 1;
}

/**
 * A 3×3 convolution with stride 1 by four products of one row with one row for each two rows of the result, where there would be six:
 * Winograd's F(2, 3), along columns of pixels. Its maps stand as pairs of rows; plus, of the same shape, is added before what is below 0 is
 * cut off. The result is the usual one to rounding.
 *
 * x: [N, C, H, W], paired or not, H > 1; weight: [M, C, 3, 3]; returns [N, M, H, W]. Inference only: no gradient goes back.
 * @source Lavin and Gray 2016, Fast algorithms for convolutional neural networks; S. Winograd 1980, Arithmetic complexity of computations.
 */
export function pairedConv(x: Tensor, { weight, bias }: ConvWeights, plus?: Tensor): Tensor {
  const [entering, added] = [viewsOf(x), plus && viewsOf(plus)];
  // A half of plus' two rows' sum enters each of two sums; where the views hold the whole, everything is twice as large.
  const factor = added ? 2 * added.share * added.factor : 1;
  const unit = factor / entering.factor;
  const half = unit / (2 * entering.share);
  const product = (view: Tensor, row: OfRows, known?: Tensor) =>
    convolution(view, kernelOf(weight, [row]), { pads: [0, 1, 0, 1], bias: known });
  const sums = product(entering.sum, (a, b, c) => half * (a + b + c), scaledBy(bias, factor));
  const differences = product(entering.difference, (a, b, c) => half * (b - a - c));
  const [p, q] = added ? [add(sums, added.sum), add(differences, added.difference)] : [sums, differences];
  const isOdd = sizesOf4(entering.first)[2] > sizesOf4(entering.last)[2];
  const apart = isOdd ? add(rowsOf(q, [-1, 0]), rowsOf(p, [1, 0])) : add(rowsOf(q, [-1]), p);
  const even = relu(
    add(
      product(entering.first, (a) => unit * a),
      add(p, q),
    ),
  );
  const odd = relu(
    add(
      product(entering.last, (_a, _b, c) => -unit * c),
      apart,
    ),
  );
  return joined({ even, odd, factor });
}

/** A 3×3 or 1×1 convolution with stride 2 of maps that stand as pairs of rows, to maps that do not: [N, C, H, W] → [N, M, H / 2, W / 2]. */
export function convOfPairs(x: Tensor, { weight, bias }: ConvWeights): Tensor {
  const { even, odd, factor } = known(x);
  const [, , kernel] = sizesOf4(weight);
  const stride = [1, 2];
  if (kernel === 1) return convolution(even, scaledBy(weight, 1 / factor), { stride, bias });
  const [, , evenRows] = sizesOf4(even);
  const [, , oddRows] = sizesOf4(odd);
  const [above, middle, below]: OfRows[] = [(a) => a / factor, (_a, b) => b / factor, (_a, _b, c) => c / factor];
  return add(
    convolution(odd, kernelOf(weight, [above, below]), { stride, pads: [1, 1, evenRows - oddRows, 1] }),
    convolution(even, kernelOf(weight, [middle]), { stride, pads: [0, 1, 0, 1], bias }),
  );
}

/** The mean of each of such maps: [N, C, H, W] → [N, C]. */
export function meanOfPairs(x: Tensor): Tensor {
  const { even, odd, factor } = known(x);
  const [, , height] = sizesOf4(x);
  const share = (half: Tensor) => scale(globalAveragePool(half), sizesOf4(half)[2] / (height * factor));
  return flatten(add(share(even), share(odd)));
}

/** What the four products see of maps. Of the rows 2i − 1, 2i, 2i + 1 and 2i + 2 as a, b, c and d, for each i: */
interface Views {
  /** a − c */
  readonly first: Tensor;
  /** b + c, times the share */
  readonly sum: Tensor;
  /** b − c, times the share */
  readonly difference: Tensor;
  /** b − d */
  readonly last: Tensor;
  readonly share: 0.5 | 1;
  /** All are of maps times this. */
  readonly factor: number;
}

const viewsOf = once((x: Tensor): Views => {
  const halves = halvesOf.get(x);
  const [, , height] = sizesOf4(x);
  const isOdd = height % 2;
  if (halves === undefined) {
    return {
      first: rowsOf(x, [1, 0, -1], { stride: 2, top: 1, bottom: isOdd }),
      sum: rowsOf(x, [0.5, 0.5], { stride: 2, bottom: isOdd }),
      difference: rowsOf(x, [0.5, -0.5], { stride: 2, bottom: isOdd }),
      last: rowsOf(x, [1, 0, -1], { stride: 2, bottom: 1 - isOdd }),
      ...{ share: 0.5, factor: 1 },
    };
  }
  const { even, odd, factor } = halves;
  return {
    first: rowsOf(odd, [1, -1], { top: 1, bottom: isOdd }),
    sum: add(isOdd ? rowsOf(odd, [1], { bottom: 1 }) : odd, even),
    difference: add(rowsOf(odd, [-1], { bottom: isOdd }), even),
    last: rowsOf(even, [1, -1], { bottom: 1 - isOdd }),
    ...{ share: 1, factor },
  };
});

function known(x: Tensor): Halves {
  const halves = halvesOf.get(x);
  if (halves === undefined) throw new Error("These maps do not stand as pairs of rows");
  return halves;
}

/** The maps whose halves these are: interleaved only where somebody asks for them whole. */
function joined(halves: Halves): Tensor {
  const { even, odd, factor } = halves;
  const [, maps, evenRows, width] = sizesOf4(even);
  const [n, , oddRows] = sizesOf4(odd);
  const sideBySide = concat([even, rowsOf(odd, [1], { bottom: evenRows - oddRows })], 3);
  // A size of 0 is the argument's own: any batch.
  const shape = [n, maps, 2 * evenRows, width];
  const interleaved = apply("Reshape", [sideBySide, integers([0, ...shape.slice(1)])], { shape });
  const whole = scale(slice(interleaved, [{ axis: 2, start: 0, stop: evenRows + oddRows }]), 1 / factor);
  halvesOf.set(whole, halves);
  return whole;
}

/** Of each map by itself, weighted sums of neighbouring rows: a depthwise convolution, which ONNX Runtime does in blocks too. */
function rowsOf(
  x: Tensor,
  weights: readonly number[],
  {
    stride = 1,
    top = 0,
    bottom = 0,
  }: { readonly stride?: number; readonly top?: number; readonly bottom?: number } = {},
): Tensor {
  const [, maps] = sizesOf4(x);
  const kernel = constant(
    Float32Array.from({ length: maps * weights.length }, (_, i) => weights[i % weights.length]),
    [maps, 1, weights.length, 1],
  );
  return convolution(x, kernel, { stride: [stride, 1], pads: [top, 0, bottom, 0], group: maps });
}

function convolution(
  x: Tensor,
  weight: Tensor,
  options: {
    readonly stride?: readonly number[];
    /** Top, left, bottom, right. */
    readonly pads?: readonly number[];
    readonly group?: number;
    readonly bias?: Tensor | undefined;
  },
): Tensor {
  const { stride = [1, 1], pads = [0, 0, 0, 0], group = 1, bias } = options;
  const [n, , ...size] = sizesOf4(x);
  const [maps, , ...kernel] = sizesOf4(weight);
  const sizes = size.map((length, axis) => {
    const padded = length + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
    return Math.floor((padded - (kernel[axis] ?? 1)) / (stride[axis] ?? 1)) + 1;
  });
  return apply(
    "Conv",
    bias ? [x, weight, bias] : [x, weight],
    { shape: [n, maps, ...sizes] },
    { kernel_shape: kernel, strides: stride, pads, group },
  );
}

/** A row of a new kernel from the three rows of one. */
type OfRows = (top: number, middle: number, bottom: number) => number;

/** A weight [M, C, R, 3] from one [M, C, 3, 3]. */
function kernelOf(weight: Tensor, rows: readonly OfRows[]): Tensor {
  const [maps, channels] = sizesOf4(weight);
  const numbers = knownNumbers(weight);
  const kernels = new Float32Array(maps * channels * rows.length * 3);
  for (let from = 0, to = 0; from < numbers.length; from += 9) {
    for (const row of rows) {
      for (let at = from; at < from + 3; at++) kernels[to++] = row(numbers[at], numbers[at + 3], numbers[at + 6]);
    }
  }
  return constant(kernels, [maps, channels, rows.length, 3]);
}

function scaledBy(x: Tensor, factor: number): Tensor {
  return factor === 1
    ? x
    : constant(
        knownNumbers(x).map((value) => value * factor),
        x.shape,
      );
}
