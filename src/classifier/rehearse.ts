import type { Progress } from "../base/progress.ts";
import type { Device } from "../runtime/device.ts";
import { memoryBytes } from "../runtime/environment.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { findLearningRate, type RateCurve } from "../training/findLearningRate.ts";
import { type Profile, profileTraining } from "../training/profile.ts";
import type { TrainingJob } from "../training/train.ts";
import { resolveTrainingSettings, type TrainingOptions } from "../training/trainingSettings.ts";
import { readTrainingData } from "./trainingData.ts";
import { firstWeights, machineFor, networkOf, trainingJob } from "./trainingJob.ts";

/** Settings as of a training, and where the network runs. */
export interface RehearsalOptions extends TrainingOptions {
  readonly device?: Device | undefined;
}

/** The learning rates that training on a dataset with these settings bears. @throws as trainClassifier. */
export async function rehearseRates(
  dataset: string,
  options: RehearsalOptions,
  progress: Progress,
): Promise<RateCurve & { readonly settings: TrainingJob["settings"] }> {
  const { job, start } = await rehearsalOf(dataset, options);
  return { ...(await findLearningRate(job, start, around(progress))), settings: job.settings };
}

/** Where the time of training on a dataset with these settings goes. @throws as trainClassifier. */
export async function rehearseProfile(
  dataset: string,
  options: RehearsalOptions,
  progress: Progress,
): Promise<Profile> {
  const { job, start } = await rehearsalOf(dataset, options);
  return profileTraining(job, start, around(progress));
}

async function rehearsalOf(dataset: string, { device, ...options }: RehearsalOptions) {
  const data = await readTrainingData(dataset, options.fold ?? 0);
  const slices = data.training.map((one) => one.prepared.slices);
  const settings = resolveTrainingSettings(options, slices, machineFor(data));
  const job = { ...(await trainingJob(data, settings)), device };
  const { state } = await firstWeights(settings, networkOf(data, settings));
  const none = new Map();
  const start: Checkpoint = { epoch: 0, steps: 0, state, firstMoments: none, secondMoments: none, history: [] };
  return { job, start };
}

function around(progress: Progress) {
  const cacheBytes = Math.floor(memoryBytes() / 4);
  return { progress, isStopped: () => false, nowMs: () => performance.now(), cacheBytes };
}
