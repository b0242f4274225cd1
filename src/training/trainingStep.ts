import type { NetworkSpec } from "../network/networkSpec.ts";
import { copyState, isTrainable, type StateDict } from "../network/stateDict.ts";
import { buildTrainingStep } from "../network/trainingStep.ts";
import { findBlockSize } from "../runtime/blockSize.ts";
import { type FloatTensor, openSession } from "../runtime/session.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { createOptimiser, type OptimiserSettings } from "./optimiser.ts";

/** A network that learns, batch by batch. Holds memory outside JavaScript's heap: close it. */
export interface TrainingStep {
  /** [batch, 3, sizePx, sizePx]; to be filled before each `learn`. */
  readonly images: Float32Array;
  /** Learns from the images and their classes; returns their mean cross entropy before that. */
  learn(labels: readonly number[]): Promise<number>;
  /** The weights and running statistics as they are now; views that the next `learn` changes. */
  state(): StateDict;
  /** What a checkpoint needs beside the history. */
  snapshot(): Omit<Checkpoint, "epoch" | "history">;
  close(): Promise<void>;
}

/** How large a batch is and how it is learned from. */
export interface TrainingStepSettings extends OptimiserSettings {
  readonly batchSize: number;
  readonly sizePx: number;
  readonly threads: number;
  /** Of each class, in the loss. */
  readonly classWeights?: readonly number[] | undefined;
  /** The share of the learning rate that a step takes, counted from 0. */
  readonly rateShareAt: (step: number) => number;
}

/**
 * The training step of a network at a checkpoint: forward, loss and gradients as one ONNX graph, then Adam. Weights and
 * gradients are never copied: the graph reads and fills Adam's memory.
 */
export async function openTrainingStep(
  spec: NetworkSpec,
  checkpoint: Checkpoint,
  settings: TrainingStepSettings,
): Promise<TrainingStep> {
  const { batchSize, sizePx, threads, classWeights, rateShareAt } = settings;
  const adam = createOptimiser(checkpoint.state, settings);
  adam.steps = checkpoint.steps;
  fill(adam.firstMoments, checkpoint.firstMoments);
  fill(adam.secondMoments, checkpoint.secondMoments);
  let running = copyState(new Map([...checkpoint.state].filter(([name]) => !isTrainable(name))));
  let nextRunning = copyState(running);

  const block = await findBlockSize();
  const graph = buildTrainingStep(spec, { batch: batchSize, sizePx, block, ...(classWeights && { classWeights }) });
  const session = await openSession(graph.model, { threads });
  const images = new Float32Array(batchSize * 3 * sizePx * sizePx);
  const classes = new BigInt64Array(batchSize);
  const loss: FloatTensor = { data: new Float32Array(1), shape: [] };
  const gradients = withPrefix("gradient/", adam.gradients);

  // Only the names are kept: the checkpoint's own arrays need not outlive this.
  const names = [...checkpoint.state.keys()];
  const state = (): StateDict =>
    new Map(
      names.flatMap((name) => {
        const entry = adam.weights.get(name) ?? running.get(name);
        return entry ? [[name, entry] as const] : [];
      }),
    );

  return {
    images,
    async learn(labels) {
      for (const [i, label] of labels.entries()) classes[i] = BigInt(label);
      await session.run(
        {
          images: { data: images, shape: [batchSize, 3, sizePx, sizePx] },
          labels: { data: classes, shape: [batchSize] },
          ...Object.fromEntries(adam.weights),
          ...Object.fromEntries(running),
        },
        { loss, ...gradients, ...withPrefix("running/", nextRunning) },
      );
      adam.step(rateShareAt(adam.steps));
      [running, nextRunning] = [nextRunning, running];
      return loss.data[0] ?? Number.NaN;
    },
    state,
    snapshot: () => ({
      steps: adam.steps,
      state: state(),
      firstMoments: adam.firstMoments,
      secondMoments: adam.secondMoments,
    }),
    close: () => session.close(),
  };
}

function fill(target: StateDict, source: StateDict): void {
  for (const [name, { data }] of source) target.get(name)?.data.set(data);
}

function withPrefix(prefix: string, state: StateDict): Record<string, FloatTensor> {
  return Object.fromEntries([...state].map(([name, entry]) => [prefix + name, entry]));
}
