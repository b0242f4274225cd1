import { join } from "node:path";
import { type Audit, auditPath, auditSchema } from "../audit/audit.ts";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { type Classifier, readClassifier } from "../classifier/classifier.ts";
import { type Run, readRun, runPaths } from "../classifier/run.ts";
import { type Case, type Dataset, datasetSchema } from "../dataset/dataset.ts";
import { type Splits, splitsSchema } from "../dataset/splits.ts";
import { type PredictionSet, readPredictionSet } from "../prediction/predictionSet.ts";
import { readStudyRules, type StudyRules } from "../prediction/studyRules.ts";
import { type EpochRecord, readHistory } from "../training/history.ts";

/** What a finished run left. */
export interface RunResults {
  readonly run: Run;
  readonly classifier: Classifier;
  readonly splits: Splits;
  readonly history: readonly EpochRecord[];
  readonly validation: PredictionSet;
  readonly test: PredictionSet;
  /** All study rules, fitted on validation; undefined where the run kept none. */
  readonly studyRules: StudyRules | undefined;
  /** The audit of its dataset; null where there was none. */
  readonly audit: Audit | null;
  /** The dataset it was trained on. */
  readonly dataset: Dataset;
  /** The dataset's cases of the training set. */
  readonly training: readonly Case[];
}

/**
 * Everything of a run that a report needs, from its own folder alone.
 * @throws InputError RUN_INCOMPLETE if training has not finished there; as readClassifier and readPredictionSet.
 */
export async function readRunResults(folder: string): Promise<RunResults> {
  const paths = runPaths(folder);
  const needed = [
    paths.runFile,
    paths.splits,
    paths.dataset,
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
  const dataset = await readJson(paths.dataset, datasetSchema);
  const trainingSubjects = new Set(splits.folds[run.settings.fold]?.train);
  return {
    run,
    splits,
    dataset,
    classifier: (await readClassifier(paths.classifier)).classifier,
    history: await readHistory(paths.history),
    validation: await readPredictionSet(paths.predictions("validation")),
    test: await readPredictionSet(paths.predictions("test")),
    audit: (await isThere(auditPath(folder))) ? await readJson(auditPath(folder), auditSchema) : null,
    studyRules: (await isThere(paths.studyRules)) ? await readStudyRules(paths.studyRules) : undefined,
    training: dataset.cases.filter((one) => trainingSubjects.has(one.subjectId)),
  };
}
