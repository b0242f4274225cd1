import { apply, constant, elementCount, type Tensor } from "../tensor.ts";
import { add, mul, neg, scale, sub } from "./arithmetic.ts";
import { sigmoid } from "./pointwise.ts";
import { sum } from "./reduce.ts";

/** log(1 + eˣ), without overflow. */
export function softplus(x: Tensor): Tensor {
  return apply("Softplus", [x], { shape: x.shape, derivation: [[x, (dy) => mul(dy, sigmoid(x))]] });
}

/**
 * The mean over all logits of −log p(what is true of each by itself), as torch.nn.functional.binary_cross_entropy_with_logits.
 *
 * logits, targets: [N, C], a target 1 where the class is there and 0 where it is not; positiveWeights: [C], how much a class
 * that is there counts (pos_weight).
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, positiveWeights?: readonly number[]): Tensor {
  const missed = mul(targets, softplus(neg(logits)));
  const alarmed = mul(sub(constant(1), targets), softplus(logits));
  const weighted = positiveWeights ? mul(missed, constant(positiveWeights)) : missed;
  return scale(sum(add(weighted, alarmed)), 1 / elementCount(logits.shape));
}
