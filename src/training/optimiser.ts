import { isTrainable, type StateDict, type StateEntry, sizeOf } from "../network/stateDict.ts";
import { compileAdam, compileSgd, type KernelArrays } from "./optimiserKernels.ts";
import { type GroupSettings, type ParameterGroup, parameterGroups } from "./parameterGroups.ts";
import { allocateMemory, type KernelMemory } from "./wasmKernel.ts";

export const optimiserNames = ["adam", "adamw", "sgd"] as const;

export type OptimiserName = (typeof optimiserNames)[number];

/** The settings of torch.optim.Adam, AdamW and SGD, with their defaults. */
export interface OptimiserSettings extends GroupSettings {
  /** adam: the decay is a penalty in the gradient; adamw: it shrinks the weights beside it; sgd: a penalty, with momentum. */
  readonly optimiser?: OptimiserName;
  /** Of sgd. */
  readonly momentum?: number;
  /** Of sgd: the step looks ahead along the momentum. */
  readonly isNesterov?: boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/**
 * Weights that learn, with the arrays that the optimiser needs beside them. All are views into one memory: read and fill
 * them in place.
 */
export interface Optimiser {
  readonly groups: readonly ParameterGroup[];
  readonly weights: StateDict;
  /** To be filled before each step. */
  readonly gradients: StateDict;
  /** Running means of the gradients; of sgd the momentum. */
  readonly firstMoments: StateDict;
  /** Running means of the gradients' squares; empty in sgd. */
  readonly secondMoments: StateDict;
  /** Steps that the run has taken so far; the bias corrections hang on it. */
  steps: number;
  /**
   * Moves the weights by the gradients. rateShare: the share of the learning rates that this step takes, 1. gradientScale: what the
   * gradients are multiplied by, 1.
   */
  step(rateShare?: number, gradientScale?: number): void;
}

/**
 * An optimiser over weights, which are copied from the state; running statistics are left out.
 *
 * thawedAt: how many steps the run had taken before a weight began to learn; its bias corrections count from there.
 * @source Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2; Sutskever et al. 2013; the order of
 * operations as in PyTorch's torch.optim.
 */
export function createOptimiser(
  state: StateDict,
  settings: OptimiserSettings,
  thawedAt?: (name: string) => number,
): Optimiser {
  const { optimiser: kind = "adam" } = settings;
  const learned = [...state].filter(([name]) => isTrainable(name));
  const groups = parameterGroups(learned, settings, thawedAt);
  const entries = groups.map(({ names }) =>
    names.flatMap((name): Entry[] => {
      const entry = state.get(name);
      return entry ? [[name, entry]] : [];
    }),
  );
  const arrayBytes = bytesOf(entries.flat());
  const memory = allocateMemory((kind === "sgd" ? 3 : 4) * arrayBytes);
  const move = kind === "sgd" ? sgdMover(memory, settings) : adamMover(memory, settings);
  const [weightsAt, gradientsAt, firstAt, secondAt] = [0, arrayBytes, 2 * arrayBytes, 3 * arrayBytes] as const;
  const views = (start: number) => viewsInto(memory, start, entries.flat());
  const weights = views(weightsAt);
  for (const [name, { data }] of weights) data.set(state.get(name)?.data ?? []);
  const optimiser: Optimiser = {
    groups,
    weights,
    gradients: views(gradientsAt),
    firstMoments: views(firstAt),
    secondMoments: kind === "sgd" ? new Map() : views(secondAt),
    steps: 0,
    step(rateShare = 1, gradientScale = 1) {
      optimiser.steps += 1;
      let at = 0;
      for (const [i, group] of groups.entries()) {
        const bytes = bytesOf(entries[i] ?? []);
        const [w, g, m, v] = [weightsAt + at, gradientsAt + at, firstAt + at, secondAt + at];
        at += bytes;
        if (bytes === 0) continue;
        const now = { steps: optimiser.steps - group.thawedAt, rate: rateShare * group.learningRate, gradientScale };
        move({ weights: w, gradients: g, first: m, second: v, bytes }, now, group.weightDecay);
      }
    },
  };
  return optimiser;
}

/** Moves a group's weights. */
type Mover = (
  arrays: KernelArrays,
  now: { readonly steps: number; readonly rate: number; readonly gradientScale: number },
  weightDecay: number,
) => void;

function adamMover(memory: KernelMemory, settings: OptimiserSettings): Mover {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
  const isDecoupled = settings.optimiser === "adamw";
  const kernel = compileAdam(memory);
  return (arrays, { steps, rate, gradientScale }, weightDecay) =>
    kernel(arrays, {
      gradientScale,
      penalty: isDecoupled ? 0 : weightDecay,
      beta1,
      beta2,
      secondCorrection: Math.sqrt(1 - beta2 ** steps),
      epsilon,
      stepSize: rate / (1 - beta1 ** steps),
      kept: isDecoupled ? 1 - rate * weightDecay : 1,
    });
}

function sgdMover(memory: KernelMemory, { momentum = 0, isNesterov = false }: OptimiserSettings): Mover {
  const kernel = compileSgd(memory);
  const [byGradient, byMomentum] = isNesterov ? [1, momentum] : [0, 1];
  return (arrays, { rate, gradientScale }, weightDecay) =>
    kernel(arrays, { gradientScale, penalty: weightDecay, momentum, byGradient, byMomentum, learningRate: rate });
}

/** The length of all gradients as one vector. @source torch.nn.utils.clip_grad_norm_, of which it is the norm. */
export function gradientNorm(gradients: StateDict): number {
  let total = 0;
  for (const { data } of gradients.values()) total += squaresOf(data);
  return Math.sqrt(total);
}

/** The sum of the squares, as four sums that need not wait for each other. */
function squaresOf(data: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (data[i] as number) ** 2;
    b += (data[i + 1] as number) ** 2;
    c += (data[i + 2] as number) ** 2;
    d += (data[i + 3] as number) ** 2;
  }
  for (let i = whole; i < data.length; i++) a += (data[i] as number) ** 2;
  return a + b + c + d;
}

type Entry = readonly [string, StateEntry];

/** Each array starts at a multiple of 16 bytes; the gap behind it stays zero through every step. */
function paddedBytes({ shape }: StateEntry): number {
  return Math.ceil(sizeOf(shape) / 4) * 16;
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [, entry]) => sum + paddedBytes(entry), 0);
}

function viewsInto(memory: KernelMemory, start: number, entries: readonly Entry[]): StateDict {
  const views: StateDict = new Map();
  let at = start;
  for (const [name, entry] of entries) {
    views.set(name, { shape: entry.shape, data: new Float32Array(memory.buffer, at, sizeOf(entry.shape)) });
    at += paddedBytes(entry);
  }
  return views;
}
