import { blockedConvNorm } from "../graph/blocked/blockedConvNorm.ts";
import { add, scale } from "../graph/ops/arithmetic.ts";
import { batchNorm, batchNormByStatistics, type NormalisedBatch } from "../graph/ops/batchNorm.ts";
import { conv2d } from "../graph/ops/conv2d.ts";
import { linear } from "../graph/ops/matmul.ts";
import { relu } from "../graph/ops/pointwise.ts";
import { constant, elementCount, knownNumbers, type Tensor } from "../graph/tensor.ts";
import { type ConvWeights, Module, Parameter, type Pass } from "./module.ts";
import { convOfPairs, isPaired, isWorthPairing, pairedConv } from "./pairedRows.ts";

/** A convolution without bias, as torch.nn.Conv2d(bias=False). */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly window: { readonly stride: number; readonly padding: number };

  constructor(inputs: number, outputs: number, kernel: number, stride = 1) {
    super();
    const fanOut = outputs * kernel * kernel;
    this.weight = new Parameter([outputs, inputs, kernel, kernel], { kind: "kaimingNormal", fanOut });
    this.window = { stride, padding: Math.floor(kernel / 2) };
  }

  forward(x: Tensor, pass: Pass): Tensor {
    return conv2d(x, pass.valueOf(this.weight), this.window);
  }

  /** The weight with the normalisation that follows worked into it, and a bias. Inference only. */
  normalised(norm: BatchNorm2d, pass: Pass): ConvWeights {
    const weight = pass.valueOf(this.weight);
    const { factors, offsets } = norm.affine(pass);
    const numbers = knownNumbers(weight);
    const perMap = numbers.length / factors.length;
    const folded = new Float32Array(numbers.length);
    for (const [map, factor] of factors.entries()) {
      for (let i = map * perMap; i < (map + 1) * perMap; i++) folded[i] = numbers[i] * factor;
    }
    return { weight: constant(folded, weight.shape), bias: constant(Float32Array.from(offsets)) };
  }
}

/** Batch normalisation with running statistics, as torch.nn.BatchNorm2d. */
export class BatchNorm2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;

  constructor(channels: number) {
    super();
    this.weight = new Parameter([channels], { kind: "constant", value: 1 });
    this.bias = new Parameter([channels], { kind: "constant", value: 0 });
    this.running_mean = new Parameter([channels], { kind: "constant", value: 0 });
    this.running_var = new Parameter([channels], { kind: "constant", value: 1 });
  }

  forward(x: Tensor, pass: Pass): Tensor {
    const weight = pass.valueOf(this.weight);
    const bias = pass.valueOf(this.bias);
    const mean = pass.valueOf(this.running_mean);
    const variance = pass.valueOf(this.running_var);
    if (pass.mode === "inference") return batchNormByStatistics(x, { weight, bias, mean, variance }, epsilon);
    return this.counted(batchNorm(x, weight, bias, epsilon, pass.isPortable), pass);
  }

  /** A normalised batch, whose statistics now count among the running ones. */
  counted({ y, mean, biasedVariance }: NormalisedBatch, pass: Pass): Tensor {
    const count = elementCount(y.shape) / elementCount(mean.shape);
    const unbiased = scale(biasedVariance, count / Math.max(count - 1, 1));
    pass.nextStatistics.set(this.running_mean, moved(pass.valueOf(this.running_mean), mean));
    pass.nextStatistics.set(this.running_var, moved(pass.valueOf(this.running_var), unbiased));
    return y;
  }

  /** Inference's normalisation as x · factor + offset for each channel, from parameters known now. */
  affine(pass: Pass): { readonly factors: Float64Array; readonly offsets: Float64Array } {
    const [weight, bias, mean, variance] = [this.weight, this.bias, this.running_mean, this.running_var].map(
      (parameter) => Float64Array.from(knownNumbers(pass.valueOf(parameter))),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const factors = weight.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon));
    const offsets = bias.map((value, i) => value - (mean[i] ?? 0) * (factors[i] ?? 0));
    return { factors, offsets };
  }
}

/** A fully connected layer, as torch.nn.Linear. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inputs: number, outputs: number) {
    super();
    this.weight = new Parameter([outputs, inputs], { kind: "linearUniform", fanIn: inputs });
    this.bias = new Parameter([outputs], { kind: "linearUniform", fanIn: inputs });
  }

  forward(x: Tensor, pass: Pass): Tensor {
    return linear(x, pass.valueOf(this.weight), pass.valueOf(this.bias));
  }
}

/** What happens to normalised maps before they leave: others are added, then negative numbers become 0. */
export interface NormFinish {
  readonly plus?: Tensor;
  readonly isRelu?: boolean;
  /** Whether the maps may leave as pairs of rows, which only a basic block knows to go on with. Then negative numbers become 0. */
  readonly mayPair?: boolean;
}

/**
 * A convolution, the normalisation after it and its finish. In inference the normalisation is part of the convolution; in
 * training in blocks all of it is one op, whose maps leave blocked.
 */
export function convThenNorm(
  x: Tensor,
  [conv, norm]: readonly [Conv2d, BatchNorm2d],
  pass: Pass,
  finish: NormFinish = {},
): Tensor {
  if (pass.block > 1) {
    const [weight, scaling, bias] = [conv.weight, norm.weight, norm.bias].map((parameter) =>
      pass.valueOf(parameter),
    ) as [Tensor, Tensor, Tensor];
    const options = { ...conv.window, ...finish, block: pass.block, epsilon };
    return norm.counted(blockedConvNorm(x, { conv: weight, weight: scaling, bias }, options), pass);
  }
  if (pass.mode === "inference") return inferred(x, conv, conv.normalised(norm, pass), pass, finish);
  return finished(norm.forward(conv.forward(x, pass), pass), finish);
}

/** In inference: rounded where the maps are, by pairs of rows where that is faster. */
function inferred(x: Tensor, conv: Conv2d, normalised: ConvWeights, pass: Pass, finish: NormFinish): Tensor {
  const { rounder } = pass;
  if (finish.mayPair && pass.pairsRows && isWorthPairing(x, conv.window.stride))
    return pairedConv(x, normalised, finish.plus);
  if (isPaired(x)) return finished(convOfPairs(x, normalised), finish);
  const { weight, bias } = rounder?.weights(x, normalised) ?? normalised;
  const kept = (maps: Tensor) => (rounder?.hasRounded(x) ? rounder.maps(maps) : maps);
  const y = conv2d(x, weight, { ...conv.window, bias });
  return kept(finished(finish.plus ? kept(y) : y, finish));
}

function finished(y: Tensor, { plus, isRelu }: NormFinish): Tensor {
  const sum = plus ? add(y, plus) : y;
  return isRelu ? relu(sum) : sum;
}

const epsilon = 1e-5;
const momentum = 0.1;

function moved(running: Tensor, batch: Tensor): Tensor {
  return add(scale(running, 1 - momentum), scale(batch, momentum));
}
