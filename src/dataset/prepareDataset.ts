import { stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere } from "../base/files.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { workerUrl } from "../base/worker.ts";
import { findStudies } from "../intake/findStudies.ts";
import { type IntakeSettings, intakeSettingsOf } from "../intake/intakeSettings.ts";
import { copyRecipeFiles, portableRecipe, withDescribedModel } from "../slices/recipeFiles.ts";
import type { Warning } from "../study/warning.ts";
import { assembleDataset, type PreparedStudy } from "./assembleDataset.ts";
import { caseIdOf, caseJob } from "./caseJobs.ts";
import { checkLabels } from "./checkLabels.ts";
import type { Dataset } from "./dataset.ts";
import { removeEmptyFolders, removeStalePieces, unmark, writeDataset } from "./datasetFolder.ts";
import { type LabelledStudy, type Labels, readLabels } from "./labels.ts";
import { type LocatedStudies, locateStudies, type StudyIndex } from "./locateStudies.ts";
import type { CaseJob, CaseOutcome } from "./prepareCase.ts";
import { isPrepared } from "./preparedSlices.ts";
import { type RecipeSettings, resolveRecipe } from "./resolveRecipe.ts";
import { readSliceLabels } from "./sliceLabels.ts";
import { runInWorkers } from "./workerPool.ts";

export interface PrepareOptions {
  /** The label file, CSV. */
  readonly labels: string;
  /** DATASET, the folder to write. */
  readonly out: string;
  /** Of the recipe: "default" or "chen2021". */
  readonly preset?: string | undefined;
  /** Settings that replace the preset's. */
  readonly recipe?: RecipeSettings | undefined;
  /** Settings of the reading that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** A file with the labels of slices, CSV; then the label file's own labels do not count. */
  readonly sliceLabels?: string | undefined;
  /** Keep the slices and studies without a label beside those with one: they are predicted, not learned from. */
  readonly allSlices?: boolean | undefined;
  /** The label file's column of subjects, where it is not "subject". */
  readonly subjectColumn?: string | undefined;
  /** In the order of decision, the fallback last; by default alphabetical, a class without disease last. */
  readonly classes?: readonly string[] | undefined;
  /** Whether the dataset is to be predicted only: all subjects are tested, and a class may have few subjects or none. */
  readonly forPrediction?: boolean | undefined;
  /** Of the splits. */
  readonly seed?: number | undefined;
  /** Studies prepared at a time, each in a thread. */
  readonly workers?: number | undefined;
  /** Whether a study that cannot be used ends the work, or is left out and listed. */
  readonly onBadStudy?: "stop" | "exclude" | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Labelled studies, prepared and split, in a folder that training reads.
 *
 * data: the folder that the label file's paths are relative to; or a folder of any nesting, an archive or a DICOMDIR whose studies
 * the label file names by UID or accession number, which is looked through once. The result does not hang on the number of workers, nor on
 * interruptions: a study that is prepared already, with the same recipe and from the same files, is not done again.
 * @throws InputError of the labels, the recipe, the splits; with onBadStudy "stop", of the first study that cannot be
 * used, its row in the message; DATA_FOLDER_MISSING, OUT_INSIDE_STUDY, FOLDER_IN_USE, DISK_FULL, NOT_WRITABLE.
 */
export async function prepareDataset(data: string, options: PrepareOptions): Promise<Dataset> {
  const {
    out,
    intake = {},
    seed = 1,
    forPrediction = false,
    workers = 2,
    onBadStudy = "stop",
    progress = noProgress,
  } = options;
  const labelFile = options.labels;
  const sliceLabelFile = options.sliceLabels ?? labelFile;
  const recipe = await withDescribedModel(resolveRecipe(options.preset, options.recipe));
  intakeSettingsOf(intake);
  const isArchive = await isFile(data);
  const indexed = once(() => indexData(data, { intake, progress }));

  const { labels, warnings } = await readAllLabels(data, { ...options, isArchive, indexed });
  const classes = checkLabels(labels, { labelFile: sliceLabelFile, classes: options.classes, forPrediction });
  for (const study of labels.studies) refuseOutInside(data, study, options);

  const wasThere = await isThere(out);
  try {
    return await withFolderLocked(out, () => prepareInto(out));
  } catch (error) {
    if (!wasThere) await removeEmptyFolders(out);
    throw error;
  }

  async function prepareInto(folder: string): Promise<Dataset> {
    await removeStalePieces(folder);
    const isFaultThrown = onBadStudy === "stop";
    const keepsAll = options.allSlices === true;
    const located = await findNamed(labels, { indexed, labelFile });
    if (isFaultThrown) refuseFaults(located.studies);
    const jobs: CaseJob[] = [];
    for (const study of located.studies) {
      if (study.fault) continue;
      jobs.push(
        await caseJob(study, { data, out: folder, recipe, intake, isFaultThrown, keepsAll, labelFile, sliceLabelFile }),
      );
    }
    const outcomes = await prepareCases(jobs, { out: folder, workers, progress });
    const studies = located.studies.map((study): PreparedStudy => {
      const caseId = caseIdOf(study);
      return { study, caseId, outcome: study.fault ?? outcomes.get(caseId) ?? null };
    });
    const made = await assembleDataset(folder, studies, {
      level: labels.level,
      labels: labels.labels,
      classes,
      recipe: portableRecipe(recipe),
      labelFile,
      seed,
      forPrediction,
      warnings: [...warnings, ...located.warnings],
    });
    await copyRecipeFiles(recipe, out);
    await writeDataset(folder, made);
    return made.dataset;
  }
}

/** Whether the data is one file, as an archive and a DICOMDIR are. @throws InputError DATA_FOLDER_MISSING. */
async function isFile(data: string): Promise<boolean> {
  const found = await stat(data).catch(() => null);
  if (found !== null) return !found.isDirectory();
  throw new InputError(
    "DATA_FOLDER_MISSING",
    `Nothing is at ${data}. Name the folder that the paths of the label file are relative to.`,
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Everything below the data folder, whatever is broken in it. */
async function indexData(
  data: string,
  options: { readonly intake: Partial<IntakeSettings>; readonly progress: Progress },
): Promise<StudyIndex> {
  const faults: StudyIndex["faults"][number][] = [];
  const studies = await findStudies(data, {
    ...options,
    onFault: (path, error, studyUid) => faults.push({ path, error, ...(studyUid !== undefined && { studyUid }) }),
  });
  return { studies, faults };
}

async function findNamed(
  { studies }: Labels,
  { indexed, labelFile }: { readonly indexed: () => Promise<StudyIndex>; readonly labelFile: string },
): Promise<LocatedStudies> {
  if (studies.every(({ name }) => name === undefined)) return { studies, warnings: [] };
  return locateStudies(studies, { index: await indexed(), labelFile });
}

function refuseFaults(studies: readonly LabelledStudy[]): void {
  const faults = studies.flatMap(({ fault }) => fault ?? []);
  const [first, ...others] = faults;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` ${others.length} more rows name a study that cannot be read;`;
  throw new InputError(first.code, `${first.message}${more}${more && " --skip-bad leaves them out and lists them."}`);
}

/** A dataset within a study's folder would be read as part of the study. */
function refuseOutInside(data: string, study: LabelledStudy, { out, labels }: PrepareOptions): void {
  const { line, path, pictures, name } = study;
  if (pictures !== null || name !== undefined) return;
  const way = relative(resolve(join(data, path)), resolve(out));
  if (way.startsWith("..")) return;
  throw new InputError(
    "OUT_INSIDE_STUDY",
    `${out} lies within the study of ${labels} line ${line}. Name a folder for the dataset outside the studies.`,
  );
}

async function readAllLabels(
  data: string,
  options: PrepareOptions & { readonly isArchive: boolean; readonly indexed: () => Promise<StudyIndex> },
): Promise<{ labels: Labels; warnings: Warning[] }> {
  const { labels: file, sliceLabels, subjectColumn, allSlices: keepsAll, isArchive, indexed } = options;
  const column = subjectColumn === undefined ? { isArchive } : { isArchive, subjectColumn };
  if (sliceLabels === undefined) {
    const labels = await readLabels(data, file, column);
    return { labels, warnings: columnsLeftOut(labels) };
  }
  const withoutLabels = await readLabels(data, file, { ...column, labelNeeded: false });
  const { studies } = withoutLabels;
  const pathsOfUid = async () => new Map((await indexed()).studies.map(({ studyUid, path }) => [studyUid, path]));
  const { unlabelled, ...labels } = await readSliceLabels(sliceLabels, studies, { pathsOfUid, keepsAll });
  const message = `${unlabelled} of ${studies.length} studies have no labelled slice and were left out.`;
  const warnings = columnsLeftOut(withoutLabels);
  if (unlabelled > 0) warnings.push({ code: "STUDIES_WITHOUT_SLICE_LABELS", message });
  return { labels, warnings };
}

function columnsLeftOut({ columnsLeftOut = [] }: Labels): Warning[] {
  if (columnsLeftOut.length === 0) return [];
  const listed = columnsLeftOut.map(({ column, why }) => `"${column}" (${why})`).join(", ");
  return [
    {
      code: "COLUMNS_LEFT_OUT",
      message: `Of the label file's columns these were not kept, so that the data set names nobody: ${listed}.`,
    },
  ];
}

/** Studies of more bytes are prepared one at a time, so that memory is that of one: 400 slices or so, compressed. */
const largeBytes = 100e6;

const isLarge = ({ bytes }: CaseJob) => bytes > largeBytes;

/** Prepares what is not prepared yet; returns why, for each case that cannot be. */
async function prepareCases(
  jobs: readonly CaseJob[],
  options: { readonly out: string; readonly workers: number; readonly progress: Progress },
): Promise<Map<string, CaseOutcome>> {
  const { out, workers, progress } = options;
  let done = 0;
  const tell = () => progress({ stage: "preparing", done: ++done, total: jobs.length });
  const pending: CaseJob[] = [];
  for (const job of jobs) {
    if (await isPrepared(out, job.caseId, job.key)) tell();
    else pending.push(job);
  }
  if (pending.length > 0) await unmark(out);
  const url = workerUrl(import.meta.url, "prepareWorker");
  const outcomes = await runInWorkers<CaseJob, CaseOutcome>(url, pending, { workers, onDone: tell, isLarge });
  return new Map(pending.map(({ caseId }, i) => [caseId, outcomes[i] ?? null]));
}
