import { isTrainable, type StateDict, type StateEntry, sizeOf } from "../network/stateDict.ts";
import { allocateMemory, compileAdamKernel, type KernelMemory } from "./adamKernel.ts";

/** The weights that learn at the head's rate: the last, fully connected layer's. */
const isHead = (name: string) => name.startsWith("fc.");

/** The settings of `torch.optim.Adam`, with its names and defaults. */
export interface AdamSettings {
  readonly learningRate: number;
  /** Learning rate of fc.weight and fc.bias; null: as everything else. */
  readonly headLearningRate: number | null;
  /** An L2 penalty on the weights, as in Adam, not as in AdamW. */
  readonly weightDecay: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/**
 * Weights that learn, with the arrays that Adam needs beside them. All are views into one memory: read and fill them in
 * place.
 */
export interface Adam {
  readonly weights: StateDict;
  /** To be filled before each step. */
  readonly gradients: StateDict;
  /** Running means of the gradients. */
  readonly firstMoments: StateDict;
  /** Running means of the gradients' squares. */
  readonly secondMoments: StateDict;
  /** Steps taken so far; the bias corrections hang on it. */
  steps: number;
  /** Moves the weights by the gradients. rateShare: the share of the learning rates that this step takes, 1. */
  step(rateShare?: number): void;
}

/**
 * Adam over a network's weights, which are copied from the state; running statistics are left out.
 *
 * @source Kingma and Ba 2015, algorithm 1; the order of its operations as in PyTorch's `torch.optim.Adam`.
 */
export function createAdam(state: StateDict, settings: AdamSettings): Adam {
  const { learningRate, headLearningRate, weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
  const entries = [...state].filter(([name]) => isTrainable(name));
  const body = entries.filter(([name]) => !isHead(name));
  const head = entries.filter(([name]) => isHead(name));
  const bodyBytes = bytesOf(body);
  const headBytes = bytesOf(head);
  const arrayBytes = bodyBytes + headBytes;
  const memory = allocateMemory(4 * arrayBytes);
  const kernel = compileAdamKernel(memory);
  const [weightsAt, gradientsAt, firstAt, secondAt] = [0, arrayBytes, 2 * arrayBytes, 3 * arrayBytes] as const;
  const views = (start: number) => viewsInto(memory, start, [...body, ...head]);

  const weights = views(weightsAt);
  for (const [name, { data }] of weights) data.set(state.get(name)?.data ?? []);

  const adam: Adam = {
    weights,
    gradients: views(gradientsAt),
    firstMoments: views(firstAt),
    secondMoments: views(secondAt),
    steps: 0,
    step(rateShare = 1) {
      adam.steps += 1;
      const firstCorrection = 1 - beta1 ** adam.steps;
      const secondCorrection = Math.sqrt(1 - beta2 ** adam.steps);
      const move = (start: number, bytes: number, rate: number) => {
        if (bytes === 0) return;
        const arrays = [weightsAt, gradientsAt, firstAt, secondAt].map((at) => at + start);
        const [w = 0, g = 0, m = 0, v = 0] = arrays;
        const stepSize = rate / firstCorrection;
        kernel(w, g, m, v, bytes, weightDecay, beta1, 1 - beta1, beta2, 1 - beta2, secondCorrection, epsilon, stepSize);
      };
      move(0, bodyBytes, rateShare * learningRate);
      move(bodyBytes, headBytes, rateShare * (headLearningRate ?? learningRate));
    },
  };
  return adam;
}

type Entries = readonly (readonly [string, StateEntry])[];

/** Each array starts at a multiple of 16 bytes; the gap behind it stays zero through every step. */
function paddedBytes({ shape }: StateEntry): number {
  return Math.ceil(sizeOf(shape) / 4) * 16;
}

function bytesOf(entries: Entries): number {
  return entries.reduce((sum, [, entry]) => sum + paddedBytes(entry), 0);
}

function viewsInto(memory: KernelMemory, start: number, entries: Entries): StateDict {
  const views: StateDict = new Map();
  let at = start;
  for (const [name, entry] of entries) {
    views.set(name, { shape: entry.shape, data: new Float32Array(memory.buffer, at, sizeOf(entry.shape)) });
    at += paddedBytes(entry);
  }
  return views;
}
