import { createRandom } from "../base/random.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { planEpoch } from "./epochPlan.ts";
import { openImageLoader } from "./imageLoader.ts";
import {
  closePhase,
  type DrawnBatch,
  epochSizes,
  gatherBatch,
  openPhase,
  type Phase,
  type TrainingJob,
  type TrainingSurroundings,
  viewed,
} from "./train.ts";

/** The loss of a step at a learning rate. */
export interface RatePoint {
  readonly learningRate: number;
  readonly loss: number;
  /** The running mean of the losses. */
  readonly smoothed: number;
}

/** Learning rates tried from low to high, and the one to take. */
export interface RateCurve {
  readonly points: readonly RatePoint[];
  /** Where the loss falls fastest; null where it never falls. */
  readonly suggested: number | null;
}

export interface RateSearch {
  readonly lowest?: number;
  readonly highest?: number;
  readonly steps?: number;
}

/** A running mean keeps this share of what it was. */
const keptShare = 0.9;
/** The search ends when the loss is so many times its lowest. */
const worst = 4;

/**
 * Trains with a learning rate that grows from step to step, evenly in its logarithm, until the loss explodes. What is learned is
 * thrown away.
 * @source Smith 2017, Cyclical learning rates: the range test; that it ends at four times the lowest loss and the running mean are
 * our choice.
 */
export async function findLearningRate(
  job: Omit<TrainingJob, "checkpoints" | "historyPath">,
  start: Checkpoint,
  around: TrainingSurroundings & RateSearch,
): Promise<RateCurve> {
  const { progress, lowest = 1e-7, highest = 1, steps = 100 } = around;
  const { settings } = job;
  const loader = openImageLoader(job.dataset, job.recipe);
  const factor = settings.headLearningRate === null ? null : settings.headLearningRate / settings.learningRate;
  const rateAt = (step: number) => lowest * (highest / lowest) ** (step / (steps - 1));
  const changes = {
    learningRate: highest,
    headLearningRate: factor === null ? null : highest * factor,
    rateShareAt: (step: number) => rateAt(step) / highest,
  };
  const points: RatePoint[] = [];
  let phase: Phase | undefined;
  try {
    phase = await openPhase(job, start, { loader, around, changes });
    const { batches, mixing } = endlessBatches(job);
    let mean = 0;
    for await (const entering of phase.inputs.stream(batches)) {
      const step = points.length;
      const loss = await gatherBatch(settings, phase.step, entering, mixing);
      await phase.step.move();
      mean = keptShare * mean + (1 - keptShare) * loss;
      const smoothed = mean / (1 - keptShare ** (step + 1));
      if (!Number.isFinite(smoothed)) break;
      points.push({ learningRate: rateAt(step), loss, smoothed });
      progress({ stage: "trying rates", done: step + 1, total: steps });
      const isWorst = smoothed > worst * Math.min(...points.map((point) => point.smoothed));
      if (isWorst || points.length === steps) break;
    }
  } finally {
    if (phase) await closePhase(phase);
    await loader.close();
  }
  return { points, suggested: suggestRate(points) };
}

/**
 * Where the loss falls fastest over the logarithm of the rate: the steepest line through the losses within half a power of ten either
 * side, where that lies before the lowest smoothed loss; null where it never falls.
 */
export function suggestRate(points: readonly RatePoint[]): number | null {
  const lowest = points.reduce((best, point, i) => (point.smoothed < (points[best]?.smoothed ?? 0) ? i : best), 0);
  const places = points.map(({ learningRate }) => Math.log10(learningRate));
  const [first, last] = [(places[0] ?? 0) + reach, (places[lowest] ?? 0) - reach];
  let [steepest, rate]: [number, number | null] = [0, null];
  for (const [i, { learningRate }] of points.entries()) {
    const place = places[i] ?? 0;
    if (place < first - rounding || place > last + rounding) continue;
    const near = points.filter((_, k) => Math.abs((places[k] ?? 0) - place) <= reach + rounding);
    const slope = slopeOf(near);
    if (slope < steepest) [steepest, rate] = [slope, learningRate];
  }
  return rate;
}

/** Half a power of ten. */
const reach = 0.5;
const rounding = 1e-9;

/** Of the line that fits the losses best, over the logarithm of the rates. */
function slopeOf(points: readonly RatePoint[]): number {
  const x = points.map(({ learningRate }) => Math.log10(learningRate));
  const middle = x.reduce((sum, value) => sum + value, 0) / x.length;
  const mean = points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
  const products = points.reduce((sum, { loss }, i) => sum + ((x[i] ?? 0) - middle) * (loss - mean), 0);
  return products / x.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

/** A job's batches, epoch after epoch without end, and the random numbers that they are mixed by. */
export function endlessBatches(job: Pick<TrainingJob, "training" | "settings" | "recipe">) {
  const { settings, training } = job;
  const { batchSize } = epochSizes(job);
  const random = createRandom(settings.seed).fork("rehearsal");
  const augmentation = random.fork("augmentation");
  function* draw(): Generator<DrawnBatch> {
    for (let epoch = 0; ; epoch++) {
      yield* viewed(planEpoch(training, { ...settings, batchSize }, random.fork(epoch)), job, augmentation);
    }
  }
  return { batches: draw(), mixing: random.fork("mixing") };
}
