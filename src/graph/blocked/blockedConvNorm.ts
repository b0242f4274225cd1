import { once } from "../once.ts";
import { add, div, mul, neg, scale } from "../ops/arithmetic.ts";
import type { NormalisedBatch } from "../ops/batchNorm.ts";
import { convByInput } from "../ops/convByInput.ts";
import { type Walk, windowedSize } from "../ops/convColumns.ts";
import { nothing } from "../ops/nothing.ts";
import { isPositive, sqrt } from "../ops/pointwise.ts";
import { reshape } from "../ops/shape.ts";
import { constant, elementCount, sizesOf4, type Tensor, withDerivation } from "../tensor.ts";
import { imageSizes, settled, standApart } from "./abreast.ts";
import { blockedByInput, hasBlockedParts } from "./blockedByInput.ts";
import { blockedByWeight } from "./blockedByWeight.ts";
import { blockedAffine } from "./blockedConv.ts";
import { fromBlocked, toBlocked } from "./blockedMaps.ts";
import { centredConv } from "./centredConv.ts";
import { channelMean, channelMeanProduct } from "./channelMeans.ts";

/** The arrays of a convolution [M, C, K, K] and of the normalisation after it, [M]. */
export interface ConvNormWeights {
  readonly conv: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

export interface ConvNormOptions {
  readonly block: number;
  readonly stride?: number;
  readonly padding?: number;
  /** Blocked maps that are added to the normalised ones. */
  readonly plus?: Tensor;
  /** Whether negative numbers become 0, at last. */
  readonly isRelu?: boolean;
  readonly epsilon?: number;
}

/**
 * relu(batchNorm(conv(x)) + plus) of blocked maps (or of plain ones whose channels do not fill blocks), in training: what a residual
 * network is made of, in the fewest passes over memory. Its gradient is that of the plain ops. Small maps leave abreast.
 *
 * Forward, four passes over the convolution's result, or two: its mean, d = result − mean, d's mean square, and the finish.
 * Backward, the normalisation's factor is left to the weights of the convolutions that follow, which are smaller.
 */
export function blockedConvNorm(given: Tensor, weights: ConvNormWeights, options: ConvNormOptions): NormalisedBatch {
  const { block, stride = 1, padding = 0, isRelu = false, epsilon = 1e-5 } = options;
  const { conv, weight, bias } = weights;
  const [, channels, height, width] = imageSizes(given);
  const isBlocked = channels % block === 0;
  const x = !isBlocked ? given : stride > 1 ? standApart(given, block) : settled(given, block);
  const plus = options.plus && settled(options.plus, block);
  const [maps, , kernelY, kernelX] = sizesOf4(conv);
  const window = { stride, padding };
  const size = [windowedSize(height, kernelY, window), windowedSize(width, kernelX, window)] as const;
  const walk: Walk = { ...window, kernel: [kernelY, kernelX], size };

  const { mean, centred } = centredConv(x, conv, walk, block);
  const biasedVariance = channelMeanProduct(centred, centred, block);
  const deviation = sqrt(add(biasedVariance, constant(epsilon)));
  const factor = div(weight, deviation);
  const values = blockedAffine(centred, factor, bias, { plus, isRelu });

  let repeated: Tensor | undefined;
  const again = (after: Tensor) => {
    // What is added is nothing, but ONNX Runtime cannot know that, nor take both results for one.
    repeated ??= blockedAffine(centred, factor, add(bias, nothing(after)), {
      plus: plus?.again?.(after) ?? plus,
      isRelu,
    });
    return repeated;
  };
  const gradients = once((dz: Tensor) => {
    const dy = { ...(isRelu ? mul(dz, isPositive(again(dz))) : dz), abreast: centred.abreast };
    const meanDy = channelMean(dy, block);
    const meanDyCentred = channelMeanProduct(dy, centred, block);
    // The gradient by the convolution's result is factor · moved.
    const slope = neg(div(meanDyCentred, mul(deviation, deviation)));
    const moved = blockedAffine(centred, slope, neg(meanDy), { plus: dy });
    return { dy, meanDy, meanDyCentred, moved };
  });
  const count = elementCount(values.shape) / maps;
  const factorByMap = reshape(factor, [maps, 1, 1, 1]);
  const walkedBack = (dz: Tensor) => {
    const { moved } = gradients(dz);
    return x.abreast ? moved : standApart(moved, block);
  };
  const byInput = (dz: Tensor) => {
    const moved = walkedBack(dz);
    // Not before it is needed: the turned weights of all layers together are as large as the network.
    const scaled = mul(conv, add(factorByMap, nothing(moved)));
    if (isBlocked && hasBlockedParts(x, walk)) return blockedByInput(moved, x, scaled, walk, block);
    const plain = convByInput(fromBlocked(moved, block), x, scaled, walk);
    return isBlocked ? toBlocked(plain, block) : plain;
  };
  const byWeight = (moved: Tensor) => blockedByWeight(moved, x.again?.(moved) ?? x, conv, walk, block);
  const y = withDerivation(values, [
    [x, byInput],
    [conv, (dz) => mul(byWeight(walkedBack(dz)), factorByMap)],
    [weight, (dz) => scale(div(gradients(dz).meanDyCentred, deviation), count)],
    [bias, (dz) => scale(gradients(dz).meanDy, count)],
    ...(plus ? [[plus, (dz: Tensor) => gradients(dz).dy] as const] : []),
  ]);
  return { y: { ...y, again }, mean, biasedVariance };
}
