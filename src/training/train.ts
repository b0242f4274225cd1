import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { createRandom } from "../base/random.ts";
import { fillBatch } from "../dataset/batches.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { imagesInEpoch, type LabelledCase, labelledImages, planEpoch } from "./epochPlan.ts";
import { bestEpoch, type EpochRecord, writeHistory } from "./history.ts";
import { type ImageStore, openImageStore } from "./imageStore.ts";
import { rateShare } from "./schedule.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import { openTrainingStep, type TrainingStep } from "./trainingStep.ts";
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
}

/**
 * Trains from the last checkpoint to the last epoch and returns the history; the checkpoints' folder then holds the best
 * epoch's weights.
 *
 * A process that is killed at any moment and started again ends with the same weights, bit for bit, as one that is not,
 * on the same machine with the same threads: each epoch's random numbers follow from the seed and the epoch, and a
 * checkpoint holds all that an epoch leaves.
 * @throws InputError TRAINING_DIVERGED, TRAINING_STOPPED, CHECKPOINT_DAMAGED.
 */
export async function trainNetwork(job: TrainingJob, around: TrainingSurroundings): Promise<EpochRecord[]> {
  const { network, settings, recipe, checkpoints } = job;
  const checkpoint = await readCheckpoint(checkpoints);
  if (checkpoint === undefined) throw new Error(`No checkpoint in ${checkpoints}`);
  const history = [...checkpoint.history];
  await writeHistory(job.historyPath, history);
  if (checkpoint.epoch >= settings.epochs) return history;

  const batchSize = Math.min(settings.batchSize, imagesInEpoch(job.training, settings.slicesPerStudy));
  const store = openImageStore(job.dataset, recipe);
  const stepsInAll = settings.epochs * Math.floor(imagesInEpoch(job.training, settings.slicesPerStudy) / batchSize);
  const step = await openTrainingStep(network, checkpoint, {
    ...settings,
    batchSize,
    sizePx: recipe.inputPx,
    classWeights: settings.classWeights === "none" ? undefined : balancedWeights(job, network.classes),
    rateShareAt: (done) => rateShare(settings.schedule, done / stepsInAll),
  });
  try {
    const meter = progressMeter(job, batchSize, checkpoint.epoch, around);
    for (let epoch = checkpoint.epoch + 1; epoch <= settings.epochs; epoch++) {
      const startMs = around.nowMs();
      const trainingLoss = await learnEpoch(job, { step, store, batchSize, epoch }, meter.learned);
      const images = labelledImages(job.validation);
      const { loss, accuracy } = await validate({ spec: network, state: step.state() }, images, {
        store,
        recipe,
        threads: settings.threads,
        onImages: meter.validated,
      });
      if (!Number.isFinite(loss)) throw diverged(settings, epoch);
      const seconds = Math.round(around.nowMs() - startMs) / 1000;
      history.push({ epoch, trainingLoss, validationLoss: loss, validationAccuracy: accuracy, seconds });
      await writeCheckpoint(checkpoints, { ...step.snapshot(), epoch, history });
      await writeHistory(job.historyPath, history);
      meter.finished(history);
    }
  } finally {
    await step.close();
    await store.close();
  }
  return history;
}

/**
 * Weights with which every class counts the same: images / (classes · images of the class).
 * @source scikit-learn's class_weight="balanced"; King and Zeng 2001.
 */
function balancedWeights({ training, settings }: TrainingJob, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  const cap = settings.slicesPerStudy ?? Number.POSITIVE_INFINITY;
  for (const one of training) {
    const labels = one.labels.filter((label) => label >= 0);
    for (const label of labels) counts[label] = (counts[label] ?? 0) + Math.min(1, cap / labels.length);
  }
  const images = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => images / (classes * Math.max(count, 1)));
}

async function learnEpoch(
  { training, settings, recipe }: TrainingJob,
  now: { step: TrainingStep; store: ImageStore; batchSize: number; epoch: number },
  onBatch: (images: number) => void,
): Promise<number> {
  const { step, store, batchSize, epoch } = now;
  const random = createRandom(settings.seed).fork(`epoch ${epoch}`);
  const batches = planEpoch(training, { batchSize, slicesPerStudy: settings.slicesPerStudy }, random);
  const augmentation = random.fork("augmentation");
  let loss = 0;
  for (const batch of batches) {
    fillBatch(step.images, await store.read(batch), recipe, augmentation);
    loss += await step.learn(batch.map(({ label }) => label));
    if (!Number.isFinite(loss)) throw diverged(settings, epoch);
    onBatch(batch.length);
  }
  return loss / batches.length;
}

/** An image that is learned from takes about three times as long as one that is only looked at. */
const validationShare = 1 / 3;

function progressMeter(job: TrainingJob, batchSize: number, epochsDone: number, around: TrainingSurroundings) {
  const { epochs, slicesPerStudy } = job.settings;
  const drawn = imagesInEpoch(job.training, slicesPerStudy);
  const learnedInEpoch = Math.floor(drawn / batchSize) * batchSize;
  const epochImages = learnedInEpoch + labelledImages(job.validation).length * validationShare;
  let epoch = epochsDone;
  let done = epoch * epochImages;
  const total = epochs * epochImages;
  const advance = (images: number) => {
    done += images;
    around.progress({ stage: "training", done, total });
    if (around.isStopped()) throw stopped(epoch);
  };
  advance(0);
  return {
    learned: (images: number) => advance(images),
    validated: (images: number) => advance(images * validationShare),
    finished(history: readonly EpochRecord[]) {
      epoch = history.length;
      done = epoch * epochImages;
      around.progress({ stage: "training", done, total, line: describe(history, epochs) });
    },
  };
}

function describe(history: readonly EpochRecord[], epochs: number): string {
  const last = history.at(-1);
  if (last === undefined) return "";
  const mean = history.reduce((sum, { seconds }) => sum + seconds, 0) / history.length;
  const left = mean * (epochs - last.epoch);
  const parts = [
    `epoch ${last.epoch}/${epochs}`,
    `loss ${last.trainingLoss.toFixed(4)}`,
    `validation loss ${last.validationLoss.toFixed(4)}`,
    `accuracy ${(100 * last.validationAccuracy).toFixed(1)} %${bestEpoch(history) === last ? " (best)" : ""}`,
    `${last.seconds.toFixed(1)} s`,
  ];
  return left > 0
    ? `${parts.join(", ")}, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`
    : parts.join(", ");
}

function stopped(epochsDone: number): InputError {
  return new InputError(
    "TRAINING_STOPPED",
    `Training was stopped after ${epochsDone} whole epochs, which are kept. The same command goes on from there.`,
  );
}

function diverged({ learningRate, headLearningRate }: TrainingSettings, epoch: number): InputError {
  const rates =
    headLearningRate === null ? `${learningRate}` : `${learningRate}, ${headLearningRate} for the last layer`;
  return new InputError(
    "TRAINING_DIVERGED",
    `The loss of epoch ${epoch} is no finite number. Train into another folder with a lower learning rate (now ${rates}); the epochs before are kept in this one.`,
  );
}
