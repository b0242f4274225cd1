import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { createRandom, type Random } from "../base/random.ts";
import { randomView } from "../dataset/augment.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Border } from "../network/stages.ts";
import type { Device } from "../runtime/device.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import {
  classesInEpoch,
  imagesInEpoch,
  type LabelledCase,
  type LabelledImage,
  labelledImages,
  planEpoch,
} from "./epochPlan.ts";
import { borderAt, thawedAt } from "./freezing.ts";
import { bestEpoch, type EpochRecord, isBetter, isPatienceOver, writeHistory } from "./history.ts";
import { type ImageLoader, openImageLoader, type ViewedBatch } from "./imageLoader.ts";
import { type Entering, featureInputs, type Inputs, imageInputs } from "./inputs.ts";
import { type Learner, openLearner } from "./learner.ts";
import type { Metrics } from "./metrics.ts";
import { progressMeter } from "./progressMeter.ts";
import { rateShare } from "./schedule.ts";
import { drawMixture, mixImages } from "./targets.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import type { TrainingStepSettings } from "./trainingStep.ts";
import { validate } from "./validate.ts";

/** What is trained on what, and where it is kept. Plain data: it crosses into a worker thread. */
export interface TrainingJob {
  readonly network: NetworkSpec;
  readonly settings: TrainingSettings;
  readonly recipe: SliceRecipe;
  /** Folder of the prepared dataset. */
  readonly dataset: string;
  readonly training: readonly LabelledCase[];
  readonly validation: readonly LabelledCase[];
  /** Where the network runs; the CPU where it is left out. Another one gives other last digits. */
  readonly device?: Device | undefined;
  /** Folder of the checkpoints; holds one of epoch 0 at least. */
  readonly checkpoints: string;
  /** The file with a line for each epoch. */
  readonly historyPath: string;
}

/** What the training loop needs of the world around it. */
export interface TrainingSurroundings {
  readonly progress: Progress;
  /** Asked before each batch. */
  readonly isStopped: () => boolean;
  /** A clock that only runs forward. */
  readonly nowMs: () => number;
  /** How much of what leaves a frozen part may be kept in memory. Does not change the weights. */
  readonly cacheBytes: number;
}

/**
 * Trains from the last checkpoint to the last epoch, or until patience is over, and returns the history; the checkpoints' folder then
 * holds the best epoch's weights.
 *
 * A process that is killed at any moment and started again ends with the same weights, bit for bit, as one that is not,
 * on the same machine with the same threads: each epoch's random numbers follow from the seed and the epoch, and a
 * checkpoint holds all that an epoch leaves.
 * @throws InputError TRAINING_DIVERGED, TRAINING_STOPPED, CHECKPOINT_DAMAGED, DEVICE_FAILED.
 */
export async function trainNetwork(job: TrainingJob, around: TrainingSurroundings): Promise<EpochRecord[]> {
  const { network, settings, recipe, checkpoints } = job;
  const checkpoint = await readCheckpoint(checkpoints);
  if (checkpoint === undefined) throw new Error(`No checkpoint in ${checkpoints}`);
  const history = [...checkpoint.history];
  await writeHistory(job.historyPath, history);
  const isDone = () => history.length >= settings.epochs || isPatienceOver(history, settings.patience);
  if (isDone()) return history;

  const sizes = epochSizes(job);
  const loader = openImageLoader(job.dataset, recipe);
  let phase: Phase | undefined;
  try {
    phase = await openPhase(job, checkpoint, { loader, around });
    const images = labelledImages(job.validation);
    const meter = progressMeter(
      { settings, learnedInEpoch: sizes.images, validated: images.length, epochsDone: checkpoint.epoch },
      around,
    );
    while (!isDone()) {
      const epoch = history.length + 1;
      const startMs = around.nowMs();
      if (borderAt(settings, epoch) !== phase.border) {
        const next = { ...(await phase.step.snapshot()), epoch: epoch - 1, history };
        const before = phase;
        phase = await openPhase(job, next, { loader, around });
        await closePhase(before);
      }
      const waitedMs = phase.inputs.waitedMs();
      const learned = await learnEpoch(job, { ...phase, epoch }, meter.learned);
      const after = await phase.step.snapshot();
      const metrics = await validate({ spec: network, state: after.state, border: phase.border }, images, {
        inputs: phase.inputs,
        recipe,
        threads: settings.threads,
        device: job.device,
        onImages: meter.validated,
      });
      if (!Number.isFinite(metrics.loss)) throw diverged(settings, epoch);
      const record: EpochRecord = {
        ...recordOf(epoch, learned.loss, metrics),
        learningRate: settings.learningRate * rateShare(settings, after.steps - 1, sizes.stepsInAll),
        gradientNorm: learned.gradientNorm,
        frozen: phase.border,
        device: job.device ?? "cpu",
        seconds: secondsOf(around.nowMs() - startMs),
        waitedSeconds: secondsOf(phase.inputs.waitedMs() - waitedMs),
      };
      history.push({ ...record, isBest: isBetter(record, bestEpoch(history), settings.bestBy) });
      await writeCheckpoint(checkpoints, { ...after, epoch, history });
      await writeHistory(job.historyPath, history);
      meter.finished(history);
    }
  } finally {
    if (phase) await closePhase(phase);
    await loader.close();
  }
  return history;
}

/** Epochs with the same part frozen: a step, and what it learns from. */
export interface Phase {
  readonly border: Border | null;
  readonly step: Learner;
  readonly inputs: Inputs;
}

/**
 * Opens what an epoch after the checkpoint's needs. around: the clock and the memory; changes: of the step's settings. Close it.
 */
export async function openPhase(
  job: Omit<TrainingJob, "checkpoints" | "historyPath">,
  checkpoint: Checkpoint,
  options: {
    readonly loader: ImageLoader;
    readonly around: Pick<TrainingSurroundings, "nowMs" | "cacheBytes">;
    readonly changes?: Partial<TrainingStepSettings>;
  },
): Promise<Phase> {
  const { loader, around, changes = {} } = options;
  const { network: spec, settings, recipe, device } = job;
  const { nowMs, cacheBytes } = around;
  const border = borderAt(settings, checkpoint.epoch + 1);
  const source = { loader, recipe, nowMs };
  const { threads } = settings;
  const inputs =
    border === null
      ? imageInputs(source)
      : await featureInputs({ spec, state: checkpoint.state, border }, source, { threads, cacheBytes, device });
  const step = await openLearner(spec, checkpoint, { ...stepSettings(job, border), ...changes, device });
  return { border, inputs, step };
}

export async function closePhase({ step, inputs }: Pick<Phase, "step" | "inputs">): Promise<void> {
  await step.close();
  await inputs.close();
}

/** The settings of a job's step with a part frozen. */
function stepSettings(job: Omit<TrainingJob, "checkpoints" | "historyPath">, border: Border | null) {
  const { settings, recipe, network } = job;
  const { batchSize, stepsInEpoch, stepsInAll } = epochSizes(job);
  return {
    ...settings,
    batchSize,
    sizePx: recipe.inputPx,
    border,
    isMixed: settings.mixup > 0,
    thawedAt: thawedAt(settings, stepsInEpoch),
    classWeights: settings.classWeights === "none" ? undefined : balancedWeights(job, network),
    rateShareAt: (done: number) => rateShare(settings, done, stepsInAll),
  };
}

/** How many images a batch and an epoch have, and how many steps an epoch and the run. */
export function epochSizes({ settings, training }: Pick<TrainingJob, "settings" | "training">) {
  const drawn = imagesInEpoch(training, settings.slicesPerStudy);
  const batchSize = Math.min(settings.batchSize, drawn);
  const batches = Math.floor(drawn / batchSize);
  const stepsInEpoch = Math.ceil(batches / settings.accumulate);
  return { batchSize, images: batches * batchSize, stepsInEpoch, stepsInAll: settings.epochs * stepsInEpoch };
}

/**
 * Weights with which every class counts the same: images / (classes · images of the class). Of images that may show several, with
 * which a class counts the same where it is there as where it is not: images without it / images with it.
 * @source scikit-learn's class_weight="balanced"; King and Zeng 2001; PyTorch's pos_weight.
 */
function balancedWeights(
  { training, settings }: Pick<TrainingJob, "training" | "settings">,
  { classes, labels }: NetworkSpec,
): number[] {
  const counts = classesInEpoch(training, settings, classes);
  if (labels === "several") {
    const drawn = imagesInEpoch(training, settings.slicesPerStudy);
    return counts.map((count) => Math.max(drawn - count, 1) / Math.max(count, 1));
  }
  const images = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => images / (classes * Math.max(count, 1)));
}

async function learnEpoch(
  job: TrainingJob,
  now: Pick<Phase, "step" | "inputs"> & { readonly epoch: number },
  onBatch: (images: number) => void,
): Promise<{ readonly loss: number; readonly gradientNorm: number }> {
  const { training, settings } = job;
  const { step, inputs, epoch } = now;
  const { batchSize } = epochSizes(job);
  const random = createRandom(settings.seed).fork(`epoch ${epoch}`);
  const batches = planEpoch(training, { ...settings, batchSize }, random);
  const drawn = viewed(batches, job, random.fork("augmentation"));
  const mixing = random.fork("mixing");
  let [loss, norms, steps, i] = [0, 0, 0, 0];
  for await (const entering of inputs.stream(drawn)) {
    i += 1;
    loss += await gatherBatch(settings, step, entering, mixing);
    if (!Number.isFinite(loss)) throw diverged(settings, epoch);
    if (i % settings.accumulate === 0 || i === batches.length) {
      norms += await step.move();
      steps += 1;
    }
    onBatch(entering.batch.images.length);
  }
  return { loss: loss / batches.length, gradientNorm: norms / steps };
}

/** A batch as it is learned from. */
export interface DrawnBatch extends ViewedBatch {
  readonly images: readonly LabelledImage[];
}

/** Batches, each image of them seen as random decides. */
export function* viewed(
  batches: readonly (readonly LabelledImage[])[],
  { settings, recipe }: Pick<TrainingJob, "settings" | "recipe">,
  random: Random,
): Generator<DrawnBatch> {
  for (const images of batches) {
    yield { images, views: images.map(() => randomView(recipe, random, settings.augmentation)) };
  }
}

/** Learns from a batch, but for moving the weights; returns its loss. */
export function gatherBatch(
  settings: TrainingSettings,
  step: Learner,
  { batch, data }: Entering<DrawnBatch>,
  mixing: Random,
): Promise<number> {
  step.images.set(data);
  const mixture = settings.mixup > 0 ? drawMixture(batch.images.length, settings.mixup, mixing) : undefined;
  if (mixture) mixImages(step.images, mixture);
  return step.gather(
    batch.images.map(({ label }) => label),
    mixture,
  );
}

function recordOf(epoch: number, trainingLoss: number, metrics: Metrics) {
  return {
    epoch,
    trainingLoss,
    validationLoss: metrics.loss,
    validationAccuracy: metrics.accuracy,
    validationAuc: metrics.auc,
    validationBalancedAccuracy: metrics.balancedAccuracy,
    validationSensitivity: metrics.sensitivity,
    validationSpecificity: metrics.specificity,
  };
}

function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}

function diverged({ learningRate, headLearningRate }: TrainingSettings, epoch: number): InputError {
  const rates =
    headLearningRate === null ? `${learningRate}` : `${learningRate}, ${headLearningRate} for the last layer`;
  return new InputError(
    "TRAINING_DIVERGED",
    `The loss of epoch ${epoch} is no finite number. Train into another folder with a lower learning rate (now ${rates}); the epochs before are kept in this one.`,
  );
}
