import { InputError } from "../base/errors.ts";
import { readBytes, readJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { type Case, type Dataset, datasetPaths, labelsOf } from "../dataset/dataset.ts";
import { readDataset } from "../dataset/readDataset.ts";
import { checkSplits, type Splits, splitsSchema } from "../dataset/splits.ts";

/** A prepared dataset, one fold of its splits taken apart into cases. */
export interface TrainingData {
  readonly folder: string;
  readonly dataset: Dataset;
  readonly splits: Splits;
  /** SHA-256 of dataset.json and of splits.json. */
  readonly sha256: string;
  readonly splitsSha256: string;
  readonly training: readonly Case[];
  readonly validation: readonly Case[];
  readonly test: readonly Case[];
}

/**
 * A prepared dataset's cases of one fold: no subject in two sets, each class in training, validation not empty.
 *
 * splitsFile: where the folds are; the dataset's own where it is left out.
 * @throws InputError FOLD_UNKNOWN, TRAINING_CLASS_MISSING, VALIDATION_EMPTY; as readDataset.
 */
export async function readTrainingData(
  folder: string,
  fold: number,
  splitsFile = datasetPaths(folder).splits,
): Promise<TrainingData> {
  const paths = datasetPaths(folder);
  const { dataset } = await readDataset(folder);
  const splits = await readJson(splitsFile, splitsSchema);
  checkSplits(splits, dataset.cases);
  const sets = splits.folds[fold];
  if (sets === undefined) {
    throw new InputError(
      "FOLD_UNKNOWN",
      `The dataset has ${splits.folds.length} folds, counted from 0; fold ${fold} is none.`,
    );
  }
  const casesOf = (subjects: readonly string[]) => dataset.cases.filter((one) => subjects.includes(one.subjectId));
  const data: TrainingData = {
    folder,
    dataset,
    splits,
    sha256: sha256Hex(await readBytes(paths.dataset)),
    splitsSha256: sha256Hex(await readBytes(splitsFile)),
    training: casesOf(sets.train),
    validation: casesOf(sets.validation),
    test: casesOf(sets.test),
  };
  checkClasses(data);
  return data;
}

function checkClasses({ dataset, training, validation }: TrainingData): void {
  const labelsIn = (cases: readonly Case[]) => cases.filter((one) => one.prepared.slices > 0).flatMap(labelsOf);
  const learned = new Set(labelsIn(training));
  const missing = dataset.classes.find((name) => !learned.has(name));
  if (missing !== undefined) {
    throw new InputError(
      "TRAINING_CLASS_MISSING",
      `No training study is labelled "${missing}". Add subjects of this class, or prepare the dataset without it.`,
    );
  }
  if (labelsIn(validation).length > 0) return;
  throw new InputError(
    "VALIDATION_EMPTY",
    "The validation set has no labelled study; without one the best epoch cannot be chosen. Add subjects, or change the splits.",
  );
}
