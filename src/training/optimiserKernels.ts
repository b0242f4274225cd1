import { add, compileLoop, divide, type KernelMemory, multiply, squareRoot, subtract } from "./wasmKernel.ts";

/** Where arrays stand in the memory (byte offsets, multiples of 16), and how many bytes each has, a multiple of 16. */
export interface KernelArrays {
  readonly weights: number;
  readonly gradients: number;
  readonly first: number;
  readonly second: number;
  readonly bytes: number;
}

/** The numbers of one step of Adam. */
export interface AdamNumbers {
  /** What gradients are multiplied by first. */
  readonly gradientScale: number;
  /** The share of the weights that is added to their gradients: the L2 penalty. */
  readonly penalty: number;
  readonly beta1: number;
  readonly beta2: number;
  /** √(1 − β₂ᵗ). */
  readonly secondCorrection: number;
  readonly epsilon: number;
  /** Learning rate / (1 − β₁ᵗ). */
  readonly stepSize: number;
  /** What is left of the weights before they are moved: 1 − learning rate · decay of AdamW. */
  readonly kept: number;
}

/** The numbers of one step of stochastic gradient descent. */
export interface SgdNumbers {
  readonly gradientScale: number;
  readonly penalty: number;
  readonly momentum: number;
  /** How much the gradient itself and the momentum move the weights: 0 and 1, by Nesterov 1 and the momentum's factor. */
  readonly byGradient: number;
  readonly byMomentum: number;
  readonly learningRate: number;
}

const [weights, gradients, first, second] = [0, 1, 2, 3];

/** Moves weights as one step of Adam or AdamW does, in the order of PyTorch's operations. */
export function compileAdam(memory: KernelMemory): (arrays: KernelArrays, numbers: AdamNumbers) => void {
  const [scale, penalty, beta1, rest1, beta2, rest2, correction, epsilon, stepSize, left] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [g, m, v] = [0, 1, 2];
  const loop = compileLoop(memory, {
    arrays: 4,
    numbers: 10,
    kept: 3,
    body: ({ load, store, parameter: p, keep, kept }) => [
      ...keep(g, add(multiply(load(gradients), p(scale)), multiply(p(penalty), load(weights)))),
      ...keep(m, add(multiply(load(first), p(beta1)), multiply(p(rest1), kept(g)))),
      ...store(first, kept(m)),
      ...keep(v, add(multiply(load(second), p(beta2)), multiply(multiply(p(rest2), kept(g)), kept(g)))),
      ...store(second, kept(v)),
      ...store(
        weights,
        subtract(
          multiply(load(weights), p(left)),
          divide(multiply(p(stepSize), kept(m)), add(divide(squareRoot(kept(v)), p(correction)), p(epsilon))),
        ),
      ),
    ],
  });
  return (at, n) =>
    loop(
      ...[at.weights, at.gradients, at.first, at.second, at.bytes],
      ...[n.gradientScale, n.penalty, n.beta1, 1 - n.beta1, n.beta2, 1 - n.beta2],
      ...[n.secondCorrection, n.epsilon, n.stepSize, n.kept],
    );
}

/** Moves weights as one step of stochastic gradient descent with momentum does, as torch.optim.SGD without dampening. */
export function compileSgd(memory: KernelMemory): (arrays: KernelArrays, numbers: SgdNumbers) => void {
  const [scale, penalty, momentum, byGradient, byMomentum, learningRate] = [0, 1, 2, 3, 4, 5];
  const [g, m] = [0, 1];
  const loop = compileLoop(memory, {
    arrays: 3,
    numbers: 6,
    kept: 2,
    body: ({ load, store, parameter: p, keep, kept }) => [
      ...keep(g, add(multiply(load(gradients), p(scale)), multiply(p(penalty), load(weights)))),
      ...keep(m, add(multiply(load(first), p(momentum)), kept(g))),
      ...store(first, kept(m)),
      ...store(
        weights,
        subtract(
          load(weights),
          multiply(p(learningRate), add(multiply(p(byGradient), kept(g)), multiply(p(byMomentum), kept(m)))),
        ),
      ),
    ],
  });
  return (at, n) =>
    loop(
      ...[at.weights, at.gradients, at.first, at.bytes],
      ...[n.gradientScale, n.penalty, n.momentum, n.byGradient, n.byMomentum, n.learningRate],
    );
}
