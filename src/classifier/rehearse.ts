import type { Progress } from "../base/progress.ts";
import { memoryBytes } from "../runtime/environment.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { findLearningRate, type RateCurve } from "../training/findLearningRate.ts";
import { type Profile, profileTraining } from "../training/profile.ts";
import type { TrainingJob } from "../training/train.ts";
import { resolveTrainingSettings, type TrainingOptions } from "../training/trainingSettings.ts";
import { readTrainingData } from "./trainingData.ts";
import { firstWeights, machineFor, networkOf, trainingJob } from "./trainingJob.ts";

/** The learning rates that training on a dataset with these settings bears. @throws as trainClassifier. */
export async function rehearseRates(
  dataset: string,
  options: TrainingOptions,
  progress: Progress,
): Promise<RateCurve & { readonly settings: TrainingJob["settings"] }> {
  const { job, start } = await rehearsalOf(dataset, options);
  return { ...(await findLearningRate(job, start, around(progress))), settings: job.settings };
}

/** Where the time of training on a dataset with these settings goes. @throws as trainClassifier. */
export async function rehearseProfile(dataset: string, options: TrainingOptions, progress: Progress): Promise<Profile> {
  const { job, start } = await rehearsalOf(dataset, options);
  return profileTraining(job, start, around(progress));
}

async function rehearsalOf(dataset: string, options: TrainingOptions) {
  const data = await readTrainingData(dataset, options.fold ?? 0);
  const slices = data.training.map((one) => one.prepared.slices);
  const settings = resolveTrainingSettings(options, slices, machineFor(data));
  const job = await trainingJob(data, settings);
  const { state } = await firstWeights(settings, networkOf(data, settings));
  const none = new Map();
  const start: Checkpoint = { epoch: 0, steps: 0, state, firstMoments: none, secondMoments: none, history: [] };
  return { job, start };
}

function around(progress: Progress) {
  const cacheBytes = Math.floor(memoryBytes() / 4);
  return { progress, isStopped: () => false, nowMs: () => performance.now(), cacheBytes };
}
