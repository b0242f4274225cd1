import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, readJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { type Classifier, readClassifier } from "../classifier/classifier.ts";
import { type Run, readRun, runPaths } from "../classifier/run.ts";
import { type Case, type Dataset, datasetPaths, datasetSchema } from "../dataset/dataset.ts";
import { type Splits, splitsSchema } from "../dataset/splits.ts";
import { type PredictionSet, readPredictionSet } from "../prediction/predictionSet.ts";
import { type EpochRecord, readHistory } from "../training/history.ts";

/** What a finished run left. */
export interface RunResults {
  readonly run: Run;
  readonly classifier: Classifier;
  readonly splits: Splits;
  readonly history: readonly EpochRecord[];
  readonly validation: PredictionSet;
  readonly test: PredictionSet;
  /** The dataset it was trained on; null if it is not where it was or is no longer the same. */
  readonly dataset: Dataset | null;
  /** The dataset's cases of the training set; null without the dataset. */
  readonly training: readonly Case[] | null;
}

/**
 * Everything of a run that a report needs. The dataset is looked for where the run found it.
 * @throws InputError RUN_INCOMPLETE if training has not finished there; as readClassifier and readPredictionSet.
 */
export async function readRunResults(folder: string): Promise<RunResults> {
  const paths = runPaths(folder);
  const needed = [
    paths.runFile,
    paths.splits,
    paths.history,
    paths.predictions("validation"),
    paths.predictions("test"),
  ];
  for (const path of [...needed, join(paths.classifier, "classifier.json")]) {
    if (await isThere(path)) continue;
    throw new InputError(
      "RUN_INCOMPLETE",
      `There is no ${path}: this is no run, or its training has not finished. Run groundglass train (again); it goes on where it stopped.`,
    );
  }
  const run = await readRun(folder);
  const splits = await readJson(paths.splits, splitsSchema);
  const dataset = await findDataset(run);
  const trainingSubjects = new Set(splits.folds[run.settings.fold]?.train);
  return {
    run,
    splits,
    dataset,
    classifier: (await readClassifier(paths.classifier)).classifier,
    history: await readHistory(paths.history),
    validation: await readPredictionSet(paths.predictions("validation")),
    test: await readPredictionSet(paths.predictions("test")),
    training: dataset?.cases.filter((one) => trainingSubjects.has(one.subjectId)) ?? null,
  };
}

async function findDataset({ dataset }: Run): Promise<Dataset | null> {
  const path = datasetPaths(dataset.path).dataset;
  if (!(await isThere(path)) || sha256Hex(await readBytes(path)) !== dataset.sha256) return null;
  return readJson(path, datasetSchema);
}
