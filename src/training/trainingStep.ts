import { frozenShape } from "../network/frozenPart.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import { type Border, isBehind } from "../network/stages.ts";
import { copyState, isTrainable, type StateDict } from "../network/stateDict.ts";
import { buildTrainingStep } from "../network/trainingStep.ts";
import { findBlockSize } from "../runtime/blockSize.ts";
import type { Device } from "../runtime/device.ts";
import { type FloatTensor, openSession } from "../runtime/session.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { ImageLabel } from "./epochPlan.ts";
import { createOptimiser, gradientNorm, type OptimiserSettings } from "./optimiser.ts";
import type { Mixture } from "./targets.ts";
import { truthFeed } from "./truthFeed.ts";

/** A network that learns, batch by batch. Holds memory outside JavaScript's heap: close it. */
export interface TrainingStep {
  /** [batch, 3, sizePx, sizePx], or what leaves the frozen part for each image; to be filled before each `learn`. */
  readonly images: Float32Array;
  /** Learns from the images and their classes; returns their mean cross entropy before that. */
  learn(labels: readonly ImageLabel[]): Promise<number>;
  /**
   * Adds the gradient of a batch to what is gathered for the next `move`; returns its loss. mixture: how its images were mixed
   * beforehand.
   */
  gather(labels: readonly ImageLabel[], mixture?: Mixture): Promise<number>;
  /** Moves the weights by the mean of the gradients gathered; returns that mean's length before it is clipped. */
  move(): number;
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
  /** What lies up to and with this stage is frozen and not in the step, which then learns from what leaves it. */
  readonly border?: Border | null;
  /** How many steps the run had taken before a weight began to learn. */
  readonly thawedAt?: (name: string) => number;
  readonly labelSmoothing?: number;
  /** Whether images may come mixed. */
  readonly isMixed?: boolean;
  /** The gradients are shortened to this length where they are longer. @source Pascanu et al. 2013. */
  readonly clipNorm?: number | null;
  /** Where to write ONNX Runtime's profile, a path without its end. */
  readonly profileAt?: string | undefined;
  /** cpu or cuda. Blocked maps are for the CPU only. */
  readonly device?: Device | undefined;
}

/**
 * The training step of a network at a checkpoint: forward, loss and gradients as one ONNX graph, then the optimiser. Weights and
 * gradients are never copied: the graph reads and fills the optimiser's memory.
 */
export async function openTrainingStep(
  spec: NetworkSpec,
  checkpoint: Checkpoint,
  settings: TrainingStepSettings,
): Promise<TrainingStep> {
  const { batchSize, sizePx, threads, classWeights, rateShareAt, border = null, clipNorm = null } = settings;
  const { profileAt, device = "cpu" } = settings;
  const learned = new Map([...checkpoint.state].filter(([name]) => isBehind(name, border)));
  const optimiser = createOptimiser(learned, settings, settings.thawedAt);
  optimiser.steps = checkpoint.steps;
  fill(optimiser.firstMoments, checkpoint.firstMoments);
  fill(optimiser.secondMoments, checkpoint.secondMoments);
  let running = copyState(new Map([...learned].filter(([name]) => !isTrainable(name))));
  let nextRunning = copyState(running);
  const frozen = copyState(new Map([...checkpoint.state].filter(([name]) => !isBehind(name, border))));

  const truth = truthFeed(spec, settings);
  const graph = buildTrainingStep(spec, {
    ...{ batch: batchSize, sizePx, behind: border, hasTargets: truth.hasTargets },
    block: device === "cpu" ? await findBlockSize() : 1,
    ...(classWeights && { classWeights }),
  });
  const session = await openSession(graph.model, { threads, profileAt, device });
  const entering = border === null ? [3, sizePx, sizePx] : frozenShape(spec, border, sizePx);
  const images = new Float32Array(batchSize * entering.reduce((product, length) => product * length, 1));
  const loss: FloatTensor = { data: new Float32Array(1), shape: [] };
  // The first batch of a step fills the optimiser's gradients itself, further ones are added from here.
  let further: StateDict | undefined;
  let gathered = 0;
  // Only the names are kept: the checkpoint's own arrays need not outlive this.
  const names = [...checkpoint.state.keys()];
  const state = (): StateDict =>
    new Map(
      names.flatMap((name) => {
        const entry = optimiser.weights.get(name) ?? running.get(name) ?? frozen.get(name);
        return entry ? [[name, entry] as const] : [];
      }),
    );

  const step: TrainingStep = {
    images,
    async gather(labels, mixture) {
      if (gathered > 0) further ??= emptyCopy(optimiser.gradients);
      const into = gathered > 0 && further ? further : optimiser.gradients;
      await session.run(
        {
          [border === null ? "images" : "features"]: { data: images, shape: [batchSize, ...entering] },
          ...truth.of(labels, mixture),
          ...Object.fromEntries(optimiser.weights),
          ...Object.fromEntries(running),
        },
        { loss, ...withPrefix("gradient/", into), ...withPrefix("running/", nextRunning) },
      );
      if (into === further) add(optimiser.gradients, further);
      gathered += 1;
      [running, nextRunning] = [nextRunning, running];
      return loss.data[0] ?? Number.NaN;
    },
    move() {
      const norm = gradientNorm(optimiser.gradients) / gathered;
      // @source torch.nn.utils.clip_grad_norm_: the small number keeps a length of 0 from dividing.
      const share = clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + 1e-6));
      optimiser.step(rateShareAt(optimiser.steps), share / gathered);
      gathered = 0;
      return norm;
    },
    async learn(labels) {
      const before = await step.gather(labels);
      step.move();
      return before;
    },
    state,
    snapshot: () => ({
      steps: optimiser.steps,
      state: state(),
      firstMoments: optimiser.firstMoments,
      secondMoments: optimiser.secondMoments,
    }),
    close: () => session.close(),
  };
  return step;
}

function fill(target: StateDict, source: StateDict): void {
  for (const [name, { data }] of source) target.get(name)?.data.set(data);
}

function add(target: StateDict, source: StateDict): void {
  for (const [name, { data }] of source) {
    const sum = target.get(name)?.data ?? data;
    for (let i = 0; i < data.length; i++) sum[i] = (sum[i] as number) + (data[i] as number);
  }
}

function emptyCopy(state: StateDict): StateDict {
  return new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]));
}

function withPrefix(prefix: string, state: StateDict): Record<string, FloatTensor> {
  return Object.fromEntries([...state].map(([name, entry]) => [prefix + name, entry]));
}
