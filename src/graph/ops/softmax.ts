import { apply, constant, integers, sizeAt, type Tensor, withDerivation } from "../tensor.ts";
import { div, mul, neg, sub } from "./arithmetic.ts";
import { exp } from "./pointwise.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./shape.ts";

/** Probabilities along the last axis. */
export function softmax(x: Tensor): Tensor {
  const axis = x.shape.length - 1;
  const y: Tensor = apply(
    "Softmax",
    [x],
    {
      shape: x.shape,
      derivation: [[x, (dy) => mul(y, sub(dy, sum(mul(dy, y), [axis], { keepAxes: true })))]],
    },
    { axis },
  );
  return y;
}

/** The logarithm of the probabilities along the last axis, without overflow. */
export function logSoftmax(x: Tensor): Tensor {
  const axis = x.shape.length - 1;
  const y: Tensor = apply(
    "LogSoftmax",
    [x],
    {
      shape: x.shape,
      derivation: [[x, (dy) => sub(dy, mul(exp(y), sum(dy, [axis], { keepAxes: true })))]],
    },
    { axis },
  );
  return y;
}

/** 1 at each label's place, 0 elsewhere: int64 [N] → float32 [N, classes]. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const shape = [sizeAt(labels, 0), classes];
  const places = reshape(integers(Array.from({ length: classes }, (_, i) => i)), [1, classes]);
  const hits = apply("Equal", [reshape(labels, [sizeAt(labels, 0), 1]), places], { shape, type: "bool" });
  return apply("Cast", [hits], { shape }, { to: 1 });
}

/**
 * The mean over the batch of −log p(label), as torch.nn.functional.cross_entropy.
 *
 * logits: [N, C]; labels: int64 [N]; classWeights: [C], the mean is then weighted by each label's weight.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, classWeights?: readonly number[]): Tensor {
  if (labels.type !== "int64" || String(labels.shape) !== String([sizeAt(logits, 0)])) {
    throw new Error(`Labels are int64 [${sizeAt(logits, 0)}] here, not ${labels.type} [${labels.shape}]`);
  }
  const hits = oneHot(labels, sizeAt(logits, 1));
  const targets = classWeights ? mul(hits, constant(classWeights)) : hits;
  const total = classWeights ? sum(targets) : constant(sizeAt(logits, 0));
  const value = div(neg(sum(mul(targets, logSoftmax(logits)))), total);
  const byLogits = (dy: Tensor) => {
    const weight = classWeights ? sum(targets, [1], { keepAxes: true }) : constant(1);
    return mul(sub(mul(softmax(logits), weight), targets), div(dy, total));
  };
  return withDerivation(value, [
    [logits, byLogits],
    [labels, null],
  ]);
}
