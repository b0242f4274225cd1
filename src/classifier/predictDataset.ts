import { basename, join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import type { Progress } from "../base/progress.ts";
import { type Case, type Dataset, datasetSchema, labelsOf } from "../dataset/dataset.ts";
import { readDataset } from "../dataset/readDataset.ts";
import { splitsSchema } from "../dataset/splits.ts";
import { type PredictionSet, writePredictionSet } from "../prediction/predictionSet.ts";
import { predictStudies } from "../prediction/predictStudies.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { Warning } from "../study/warning.ts";
import { type Classifier, readClassifier } from "./classifier.ts";
import { differingSetting } from "./differingSetting.ts";
import { answeredFor } from "./familiarity.ts";
import { type AskingOptions, openAsked } from "./openAsked.ts";
import { readRun, runPaths } from "./run.ts";

export interface PredictDatasetOptions extends AskingOptions {
  /** The file to write; for a run, RUN/predictions/external-NAME.json where it is left out. */
  readonly out?: string | undefined;
  /** What the set is called; the dataset folder's name where it is left out. */
  readonly name?: string | undefined;
  /**
   * Subjects whose identifier is one of the run's training or validation: refused, left out, or other people, whose label
   * file happens to number subjects in the same way. The same study or the same pixels are never other people.
   */
  readonly knownSubjects?: "refuse" | "leaveOut" | "otherPeople" | undefined;
  readonly progress?: Progress | undefined;
}

/** What a classifier says of a whole dataset, and where it was written. */
export interface PredictedDataset {
  readonly predictions: PredictionSet;
  readonly path: string;
  readonly warnings: readonly Warning[];
}

/**
 * What a classifier says of every case of another dataset, prepared by its own recipe, whatever the dataset's splits are.
 *
 * from: the folder of a run, whose training subjects are then known, or of a classifier; the others of an ensemble likewise.
 * @throws InputError RECIPE_DIFFERS, CLASSES_DIFFER, SUBJECT_IN_TRAINING, PREDICTIONS_EMPTY, OUT_MISSING; as openAsked, readClassifier
 * and readDataset.
 */
export async function predictDataset(
  from: string,
  dataset: string,
  options: PredictDatasetOptions = {},
): Promise<PredictedDataset> {
  const { knownSubjects = "refuse", progress } = options;
  const name = nameOf(options.name ?? dataset);
  const isRun = await isThere(runPaths(from).runFile);
  const path = options.out ?? (isRun ? runPaths(from).externalPredictions(name) : undefined);
  if (path === undefined) {
    throw new InputError(
      "OUT_MISSING",
      `${from} is a classifier and no run, so the predictions have no place of their own. Name a file with -o.`,
    );
  }
  const folder = isRun ? runPaths(from).classifier : from;
  const { density, ...first } = await readClassifier(folder);
  const { classifier } = first;
  const { dataset: other } = await readDataset(dataset);
  checkRecipe(classifier, other, { from, dataset });
  checkClasses(classifier, other);
  const { cases, warnings } = chooseCases(other, await learnedFrom([from, ...(options.others ?? [])]), knownSubjects);
  if (cases.length === 0) {
    throw new InputError("PREDICTIONS_EMPTY", `${dataset} has no case left to predict. Add studies of other subjects.`);
  }
  const { predictor, asked } = await openAsked(folder, first, options);
  const { labels } = classifier.network;
  try {
    const predicted = await predictStudies(predictor, cases, { dataset, density, ...(progress && { progress }) });
    const studies = answeredFor(predicted, cases, classifier);
    const predictions: PredictionSet = {
      format: "groundglass-predictions/1",
      set: "external",
      name,
      level: other.level,
      ...(labels !== undefined && { labels }),
      classes: classifier.classes,
      classifierId: classifier.classifierId,
      ...((asked.isMirrored || asked.others.length > 0) && { asked }),
      studies,
    };
    await writePredictionSet(path, predictions);
    return { predictions, path, warnings };
  } finally {
    await predictor.close();
  }
}

/**
 * The recipe and the classes that a dataset must be prepared with to be predicted by a run or a classifier.
 * @throws InputError as readRun and readClassifier.
 */
export async function preparationLike(
  from: string,
): Promise<{ readonly recipe: SliceRecipe; readonly classes: readonly string[] }> {
  const isRun = await isThere(runPaths(from).runFile);
  const { recipe, classes } = isRun ? await readRun(from) : (await readClassifier(from)).classifier;
  return { recipe, classes };
}

/** A folder's name in letters that every file system takes. */
function nameOf(folder: string): string {
  return basename(join(folder)).replaceAll(/[^\p{L}\p{N}._-]+/gu, "-") || "dataset";
}

function checkRecipe(classifier: Classifier, other: Dataset, at: { from: string; dataset: string }): void {
  const differing = differingSetting(classifier.recipe, other.recipe);
  if (differing === null) return;
  const { name, ours, theirs } = differing;
  throw new InputError(
    "RECIPE_DIFFERS",
    `${at.dataset} was prepared with ${name} ${theirs}, the classifier's slices with ${ours}. Prepare it again, into another folder, with: groundglass prepare DATA --labels FILE -o DATASET --like ${at.from}`,
  );
}

function checkClasses({ classes }: Classifier, other: Dataset): void {
  const unknown = other.cases.flatMap(labelsOf).find((label) => !classes.includes(label));
  if (unknown === undefined) return;
  throw new InputError(
    "CLASSES_DIFFER",
    `The dataset has cases of "${unknown}", which is none of the classifier's classes (${classes.join(", ")}). Name the classes alike, or leave those cases out.`,
  );
}

/** The cases that the runs' weights and study rules were learned and chosen on; null where one is a classifier, which does not know. */
async function learnedFrom(folders: readonly string[]): Promise<Case[] | null> {
  const all: Case[] = [];
  for (const folder of folders) {
    if (!(await isThere(runPaths(folder).runFile))) return null;
    all.push(...(await casesLearnedFrom(folder)));
  }
  return all;
}

async function casesLearnedFrom(run: string): Promise<Case[]> {
  const paths = runPaths(run);
  const { settings } = await readRun(run);
  const { cases } = await readJson(paths.dataset, datasetSchema);
  const fold = (await readJson(paths.splits, splitsSchema)).folds[settings.fold];
  const subjects = new Set([...fold.train, ...fold.validation]);
  return cases.filter((one) => subjects.has(one.subjectId));
}

function chooseCases(
  other: Dataset,
  learned: readonly Case[] | null,
  knownSubjects: "refuse" | "leaveOut" | "otherPeople",
): { cases: readonly Case[]; warnings: Warning[] } {
  if (learned === null) {
    const message =
      "A classifier does not know whom it was trained on; name its run to have its subjects looked for in this dataset.";
    return { cases: other.cases, warnings: [{ code: "SUBJECTS_NOT_CHECKED", message }] };
  }
  const studies = new Set(learned.map((one) => one.studyUid));
  const pixels = new Set(learned.map((one) => one.prepared.pixelsSha256));
  const subjects = new Set(learned.map((one) => one.subjectId));
  const isSame = (one: Case) => studies.has(one.studyUid) || pixels.has(one.prepared.pixelsSha256);
  const isKnown = (one: Case) => isSame(one) || (knownSubjects !== "otherPeople" && subjects.has(one.subjectId));
  const known = other.cases.filter(isKnown);
  if (known.length === 0) return { cases: other.cases, warnings: [] };
  const same = known.filter(isSame).length;
  const what = `${known.length} of ${other.cases.length} studies are of subjects that the run was trained or chosen on (${same} are the very same studies)`;
  if (knownSubjects === "leaveOut") {
    return {
      cases: other.cases.filter((one) => !isKnown(one)),
      warnings: [{ code: "TRAINING_SUBJECTS_LEFT_OUT", message: `${what}; left out.` }],
    };
  }
  throw new InputError(
    "SUBJECT_IN_TRAINING",
    `${what}, for example ${known[0].caseId}. Predictions of them would flatter. Leave them out with --known-subjects leave-out${same === 0 ? "; if the label files only number different people alike, say --known-subjects other-people" : ""}.`,
  );
}
