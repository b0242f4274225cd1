import { auditPath } from "../audit/audit.ts";
import type { AcceptedAudit } from "../audit/auditBeforeTraining.ts";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeFileWhole, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import type { StateDict } from "../network/stateDict.ts";
import { describeReport } from "../network/weights/describeReport.ts";
import type { StudyRule } from "../prediction/studyRule.ts";
import type { Device } from "../runtime/device.ts";
import { currentEnvironment } from "../runtime/environment.ts";
import { readCheckpoint, writeCheckpoint } from "../training/checkpoint.ts";
import { describeFrozenAtRandom } from "../training/freezing.ts";
import { type EpochRecord, readHistory } from "../training/history.ts";
import { removePartialFiles } from "../training/partialFiles.ts";
import { trainInWorker } from "../training/trainInWorker.ts";
import {
  describeSettings,
  resolveTrainingSettings,
  type TrainingOptions,
  type TrainingSettings,
} from "../training/trainingSettings.ts";
import { type Classifier, readClassifier, type WeightsReport } from "./classifier.ts";
import { checkOperatingPoint, type DecisionOptions, resolveDecision } from "./decisionSettings.ts";
import { finishRun } from "./finishRun.ts";
import { checkSameRun, findRun, type Run, runPaths } from "./run.ts";
import { readTrainingData, type TrainingData } from "./trainingData.ts";
import { firstWeights, machineFor, networkOf, trainingJob } from "./trainingJob.ts";

/** How to train; what is left out comes from the preset. */
export interface TrainClassifierOptions extends TrainingOptions, DecisionOptions {
  /** Folder of the run; made where it is missing. */
  readonly out: string;
  /** What the audit found in the dataset, for the run to keep. */
  readonly audit?: AcceptedAudit | undefined;
  /** A file with folds, instead of the dataset's own. */
  readonly splits?: string | undefined;
  readonly progress?: Progress | undefined;
  /** Where the network learns; the CPU where it is left out. A run may go on elsewhere. */
  readonly device?: Device | undefined;
  /** When aborted, training stops before its next batch with TRAINING_STOPPED; the same call goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a run. */
export interface RunSummary {
  readonly run: string;
  readonly classifierId: string;
  readonly classes: readonly string[];
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Share of the validation images that the best epoch got right. */
  readonly validationAccuracy: number;
  readonly studyRule: StudyRule;
  readonly weights: WeightsReport;
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a classifier on a prepared dataset and leaves a run: settings, history, checkpoints, predictions, classifier.
 *
 * A run that was stopped, killed or short of disk goes on when the same call is made again, and ends with the same
 * classifier; a finished one returns at once.
 * @throws InputError RUN_EXISTS if the folder holds a run with other settings; RUN_FOLDER_NOT_EMPTY; FOLDER_IN_USE;
 * TRAINING_SET_TOO_SMALL;
 * as resolveTrainingSettings, resolveDecision, readTrainingData, loadPretrained and trainNetwork.
 */
export async function trainClassifier(dataset: string, options: TrainClassifierOptions): Promise<RunSummary> {
  const { out, threshold = null, studyRule, studyHead, calibration, operatingPoint, operatingClass, ...rest } = options;
  const { progress = noProgress, signal, splits, audit: audited, device, ...trainingOptions } = rest;
  const data = await readTrainingData(dataset, trainingOptions.fold ?? 0, splits);
  const standing = await findRun(out);
  const slices = data.training.map((one) => one.prepared.slices);
  const settings = resolveTrainingSettings(withStanding(trainingOptions, standing), slices, machineFor(data));
  const decision = resolveDecision(options, { ...data.dataset, preset: settings.preset });
  checkOperatingPoint(decision, data.validation, data.dataset.classes);
  const audit = audited === undefined ? null : { findings: audited.audit.findings, overridden: audited.overridden };
  const asked = { settings, threshold, decision, audit };
  if (standing) {
    const sha256 = await pretrainedSha256(settings);
    checkSameRun(out, standing, describeRun(data, { ...asked, weights: { ...standing.weights, sha256 } }));
    const finished = await findFinished(out, standing);
    if (finished) return finished;
  }
  return withFolderLocked(out, async () => {
    const run = await beginRun(out, data, { ...asked, standing, progress });
    if (audited !== undefined) await writeJson(auditPath(out), audited.audit);
    const line = standing ? null : describeSettings(trainingOptions, slices, settings);
    if (line !== null) progress({ stage: "loading", done: 1, total: 1, line });
    const { checkpoints, history: historyPath } = runPaths(out);
    const job = { ...(await trainingJob(data, settings)), device, checkpoints, historyPath };
    const history = await trainInWorker(job, { progress, signal });
    const classifier = await finishRun(out, data, { run, history, progress, signal });
    return summarize(out, run, { classifier, history });
  });
}

/** What hangs on the machine is taken from the run that stands, so that it goes on elsewhere. */
function withStanding(options: TrainingOptions, standing: Run | undefined): TrainingOptions {
  const { threads, preset, batchSize } = standing?.settings ?? {};
  return {
    ...options,
    threads: options.threads ?? threads,
    batchSize: options.batchSize ?? (preset === "default" ? batchSize : undefined),
  };
}

type AskedRun = Pick<Run, "settings" | "threshold" | "decision" | "audit">;

/** Leaves a checkpoint to go on from, of epoch 0 where there is none. */
async function beginRun(
  out: string,
  data: TrainingData,
  asked: AskedRun & { standing: Run | undefined; progress: Progress },
): Promise<Run> {
  const { standing, progress, ...described } = asked;
  const { settings } = described;
  const paths = runPaths(out);
  for (const folder of [out, paths.predictionsFolder]) await removePartialFiles(folder);
  if (standing && (await readCheckpoint(paths.checkpoints))) return standing;
  const { state, weights, report } = await firstWeights(settings, networkOf(data, settings));
  const run = standing ?? describeRun(data, { ...described, weights });
  await writeJson(paths.runFile, run);
  await writeJson(paths.splits, data.splits);
  await writeFileWhole(paths.dataset, await readBytes(datasetPaths(data.folder).dataset));
  if (report !== null) {
    await writeJson(paths.pretrained, { file: weights.file, ...report });
    for (const line of describeReport(report)) progress({ stage: "loading", done: 1, total: 1, line });
  }
  const line = describeFrozenAtRandom(settings, weights.file === null ? [...state.keys()] : weights.missing);
  if (line !== null) progress({ stage: "loading", done: 1, total: 1, line });
  const none: StateDict = new Map();
  const moments = { firstMoments: none, secondMoments: none };
  await writeCheckpoint(paths.checkpoints, { epoch: 0, steps: 0, state, ...moments, history: [] });
  return run;
}

async function pretrainedSha256({ pretrained }: TrainingSettings): Promise<string | null> {
  return pretrained === null ? null : sha256Hex(await readBytes(pretrained));
}

function describeRun(data: TrainingData, asked: AskedRun & { weights: WeightsReport }): Run {
  const { level, classes, recipe } = data.dataset;
  return {
    format: "groundglass-run/1",
    groundglassVersion: version,
    environment: currentEnvironment(),
    dataset: { path: data.folder, sha256: data.sha256, splitsSha256: data.splitsSha256 },
    level,
    classes,
    recipe,
    network: networkOf(data, asked.settings),
    ...asked,
  };
}

/** The summary of a run whose classifier is there and whole; undefined where work is left. */
async function findFinished(out: string, run: Run): Promise<RunSummary | undefined> {
  const paths = runPaths(out);
  if (!(await isThere(paths.classifier))) return undefined;
  try {
    const { classifier } = await readClassifier(paths.classifier);
    return summarize(out, run, { classifier, history: await readHistory(paths.history) });
  } catch (error) {
    if (error instanceof InputError) return undefined; // Damaged or incomplete: made again from the checkpoints.
    throw error;
  }
}

function summarize(
  out: string,
  run: Run,
  { classifier, history }: { classifier: Classifier; history: readonly EpochRecord[] },
): RunSummary {
  return {
    run: out,
    classifierId: classifier.classifierId,
    classes: classifier.classes,
    epochs: history.length,
    bestEpoch: classifier.provenance.bestEpoch,
    validationAccuracy: classifier.provenance.validationAccuracy,
    studyRule: classifier.studyRule,
    weights: run.weights,
    history,
  };
}
