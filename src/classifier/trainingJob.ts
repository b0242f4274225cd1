import { basename } from "node:path";
import { InputError } from "../base/errors.ts";
import { createRandom } from "../base/random.ts";
import { initialStateDict } from "../network/initialState.ts";
import { type WeightsReport as LoadedWeights, loadPretrained } from "../network/loadPretrained.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { StateDict } from "../network/stateDict.ts";
import { memoryBytes } from "../runtime/environment.ts";
import { imagesInEpoch } from "../training/epochPlan.ts";
import type { Machine } from "../training/sensibleSettings.ts";
import type { TrainingJob } from "../training/train.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import type { WeightsReport } from "./classifier.ts";
import { labelledCases } from "./labelledCases.ts";
import type { TrainingData } from "./trainingData.ts";

/** The network of a run. */
export function networkOf({ dataset }: TrainingData, { network }: TrainingSettings): NetworkSpec {
  const { classes, labels } = dataset;
  return { name: network, classes: classes.length, ...(labels !== undefined && { labels }) };
}

/** Random or pretrained weights, with a short report for run.json and, of pretrained ones, the whole. */
export async function firstWeights(
  settings: TrainingSettings,
  network: NetworkSpec,
): Promise<{ state: StateDict; weights: WeightsReport; report: LoadedWeights | null }> {
  const random = createRandom(settings.seed).fork("first weights");
  if (settings.pretrained === null) {
    const state = initialStateDict(network, random);
    return { state, weights: { file: null, sha256: null, loaded: [], missing: [], leftOver: [] }, report: null };
  }
  const { state, report } = await loadPretrained(network, random, settings.pretrained);
  const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);
  const weights = {
    file: basename(settings.pretrained),
    sha256: report.sha256,
    loaded: names(report.loaded),
    missing: names(report.missing),
    leftOver: names(report.leftOver),
  };
  return { state, weights, report };
}

/**
 * What is trained on what; but for where it is kept.
 * @throws InputError TRAINING_SET_TOO_SMALL, PREPARED_DAMAGED.
 */
export async function trainingJob(
  data: TrainingData,
  settings: TrainingSettings,
): Promise<Omit<TrainingJob, "checkpoints" | "historyPath">> {
  const training = await labelledCases(data, data.training);
  const validation = await labelledCases(data, data.validation);
  const images = imagesInEpoch(training, null);
  if (images < 2) {
    throw new InputError(
      "TRAINING_SET_TOO_SMALL",
      `The training set has ${images} labelled images; a network with batch normalisation needs at least 2. Add studies.`,
    );
  }
  const { recipe } = data.dataset;
  return { network: networkOf(data, settings), settings, recipe, dataset: data.folder, training, validation };
}

/** What of this machine and the recipe bounds a batch. */
export function machineFor({ dataset }: TrainingData): Machine {
  return { memoryBytes: memoryBytes(), inputPx: dataset.recipe.inputPx };
}
