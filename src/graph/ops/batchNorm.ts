import { once } from "../once.ts";
import { apply, applyMany, constant, elementCount, sizeAt, type Tensor, withDerivation } from "../tensor.ts";
import { add, div, mul, neg, scale, sub } from "./arithmetic.ts";
import { sqrt } from "./pointwise.ts";
import { normalisedBySums } from "./portable.ts";
import { sum } from "./reduce.ts";
import { reshape, slice } from "./shape.ts";

/** A batch normalised by its own statistics. */
export interface NormalisedBatch {
  readonly y: Tensor;
  /** [C], of this batch. */
  readonly mean: Tensor;
  /** [C], of this batch, divided by the number of values. */
  readonly biasedVariance: Tensor;
}

const defaultEpsilon = 1e-5;

/**
 * Batch normalisation in training, over every axis but the second, as torch.nn.functional.batch_norm(training=True).
 *
 * x: [N, C, ...]; weight, bias: [C]. isPortable: in ops that every device of ONNX Runtime has.
 */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number = defaultEpsilon,
  isPortable = false,
): NormalisedBatch {
  const channels = sizeAt(x, 1);
  const count = elementCount(x.shape) / channels;
  const pixelAxes = x.shape.map((_, axis) => axis).slice(2);
  // With momentum 0 the "running" outputs are the batch's own statistics. ONNX Runtime writes them over the "running"
  // inputs, so those must be arrays of this node alone: zeros made here from x, not a constant that others may read, nor
  // anything of the weights, which other normalisations may share.
  const first = reshape(
    slice(x, [{ axis: 0, start: 0, stop: 1 }, ...pixelAxes.map((axis) => ({ axis, start: 0, stop: 1 }))]),
    [channels],
  );
  const zeros = sub(first, first);
  const [values, mean, biasedVariance] = isPortable
    ? normalisedBySums(x, { weight, bias }, epsilon)
    : applyMany(
        "BatchNormalization",
        [x, weight, bias, zeros, mul(zeros, weight)],
        [{ shape: x.shape }, { shape: [channels] }, { shape: [channels] }],
        { epsilon: { float: epsilon }, momentum: { float: 0 }, training_mode: 1 },
      );
  if (!values || !mean || !biasedVariance) throw new Error("BatchNormalization has three outputs");
  const deviation = sqrt(add(biasedVariance, constant(epsilon)));
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const perChannel = (statistic: Tensor) =>
    reshape(
      statistic,
      x.shape.map((_, axis) => (axis === 1 ? channels : 1)),
    );

  // All three gradients need Σ dy and Σ dy·x̂ by channel, where x̂ = (x − mean) / deviation.
  const sums = once((dy: Tensor) => {
    const dySum = sum(dy, axes);
    const dyTimesX = sum(mul(dy, x), axes);
    return { dySum, dyTimesNormalised: div(sub(dyTimesX, mul(mean, dySum)), deviation) };
  });
  const byInput = (dy: Tensor) => {
    // dx = weight / deviation · (dy − (Σ dy + x̂ · Σ dy·x̂) / count), gathered into dy·a + x·b + c.
    const { dySum, dyTimesNormalised } = sums(dy);
    const a = div(weight, deviation);
    const b = neg(scale(mul(div(a, deviation), dyTimesNormalised), 1 / count));
    const c = neg(add(scale(mul(a, dySum), 1 / count), mul(mean, b)));
    return add(mul(dy, perChannel(a)), add(mul(x, perChannel(b)), perChannel(c)));
  };
  const y = withDerivation(values, [
    [x, byInput],
    [weight, (dy) => sums(dy).dyTimesNormalised],
    [bias, (dy) => sums(dy).dySum],
  ]);
  return { y, mean, biasedVariance };
}

/** Normalisation by given statistics, as torch.nn.functional.batch_norm(training=False). mean, variance: [C]. */
export function batchNormByStatistics(
  x: Tensor,
  parameters: { readonly weight: Tensor; readonly bias: Tensor; readonly mean: Tensor; readonly variance: Tensor },
  epsilon: number = defaultEpsilon,
): Tensor {
  const { weight, bias, mean, variance } = parameters;
  const perChannel = (statistic: Tensor) =>
    reshape(
      statistic,
      x.shape.map((_, axis) => (axis === 1 ? sizeAt(x, 1) : 1)),
    );
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const factor = () => div(constant(1), sqrt(add(variance, constant(epsilon))));
  return apply(
    "BatchNormalization",
    [x, weight, bias, mean, variance],
    {
      shape: x.shape,
      derivation: [
        [x, (dy) => mul(dy, perChannel(mul(weight, factor())))],
        [weight, (dy) => mul(sub(sum(mul(dy, x), axes), mul(mean, sum(dy, axes))), factor())],
        [bias, (dy) => sum(dy, axes)],
        [mean, null],
        [variance, null],
      ],
    },
    { epsilon: { float: epsilon } },
  );
}
