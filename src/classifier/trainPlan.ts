import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import { readDataset } from "../dataset/readDataset.ts";
import { makeDisjointFolds, type Splits } from "../dataset/splits.ts";
import type { NetworkName } from "../network/networkSpec.ts";
import { type GridRun, type Plan, type PlannedRun, planPaths, readPlan, runsOfGrid } from "./plan.ts";
import { runPaths } from "./run.ts";
import { type RunSummary, type TrainClassifierOptions, trainClassifier } from "./trainClassifier.ts";

/** What to train and how; each list is crossed with the others. */
export interface TrainPlanOptions
  extends Omit<TrainClassifierOptions, "network" | "pretrained" | "seed" | "fold" | "splits"> {
  /** resnet18 where it is left out. */
  readonly networks?: readonly string[] | undefined;
  /** Each is "none", a file, or NETWORK=FILE where there are several networks; "none" where it is left out. */
  readonly pretrained?: readonly string[] | undefined;
  /** 1 where it is left out. */
  readonly seeds?: readonly number[] | undefined;
  /** own: all folds of the dataset; a number: so many with disjoint test sets; first: fold 0 alone. */
  readonly folds?: "first" | "own" | number | undefined;
}

/** What came of one run of a plan. */
export interface PlannedResult extends PlannedRun {
  /** null where it failed. */
  readonly summary: Omit<RunSummary, "history"> | null;
  /** Why it failed; null where it did not. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** What came of a plan. */
export interface PlanSummary {
  readonly plan: string;
  readonly folds: Plan["folds"];
  readonly results: readonly PlannedResult[];
}

/**
 * Trains every network, pretrained or not, on every fold with every seed: each an ordinary run in OUT/runs.
 *
 * A plan that was stopped goes on when the same call is made again, and ends with the same classifiers; finished runs are
 * not done again. A plan may be made again with more networks, seeds or files than before, not with fewer. A run that
 * fails is reported and the others go on.
 * @throws InputError PLAN_INVALID, PLAN_EXISTS, RUN_FOLDER_NOT_EMPTY, FOLDS_MISSING, CLASS_TOO_SMALL; what stops every
 * run: TRAINING_STOPPED, DISK_FULL, NOT_WRITABLE, DEVICE_FAILED.
 */
export async function trainPlan(dataset: string, options: TrainPlanOptions): Promise<PlanSummary> {
  const { out, networks = ["resnet18"], pretrained = [], seeds = [1], folds = "first", ...shared } = options;
  const { progress = noProgress, ...training } = shared;
  const paths = planPaths(out);
  const splits = await foldsOf(dataset, folds);
  const chosen = folds === "first" ? [0] : splits.folds.map((_, index) => index);
  const grid = runsOfGrid({ networks, pretrained, folds: chosen, seeds });
  const plan = await describePlan(dataset, splits, grid);
  await checkSamePlan(out, plan);
  await writeJson(paths.splits, splits);
  await writeJson(paths.plan, plan);

  const meter = await planMeter(out, grid, progress);
  const results: PlannedResult[] = [];
  for (const { pretrainedPath, ...run } of grid) {
    const { name, network, fold, seed } = run;
    const asked = { network, fold, seed, pretrained: pretrainedPath, splits: paths.splits, out: paths.run(name) };
    const result = await tryRun(run, () =>
      trainClassifier(dataset, { ...training, ...asked, progress: meter.progressOf(run) }),
    );
    results.push(result);
    meter.finished(result);
    await writeJson(paths.results, { format: "groundglass-plan-results/1", results });
  }
  return { plan: out, folds: plan.folds, results };
}

/** Errors that the next run would meet too. */
const stopping = ["TRAINING_STOPPED", "DISK_FULL", "NOT_WRITABLE", "DATASET_INCOMPLETE", "DEVICE_FAILED"];

async function tryRun(run: PlannedRun, train: () => Promise<RunSummary>): Promise<PlannedResult> {
  try {
    const { history, ...summary } = await train();
    return { ...run, summary, failure: null };
  } catch (error) {
    if (!(error instanceof InputError) || stopping.includes(error.code)) throw error;
    return { ...run, summary: null, failure: { code: error.code, message: error.message } };
  }
}

async function foldsOf(dataset: string, folds: "first" | "own" | number): Promise<Splits> {
  const { dataset: read, splits } = await readDataset(dataset);
  if (typeof folds === "number") return makeDisjointFolds(read.cases, { seed: splits.seed, folds });
  if (folds === "first" || splits.folds.length > 1) return splits;
  throw new InputError(
    "FOLDS_MISSING",
    "The dataset has one split, given by its label file, and no folds to cross-validate over. Ask for folds of its own, such as --folds 5.",
  );
}

async function describePlan(dataset: string, splits: Splits, grid: readonly GridRun[]): Promise<Plan> {
  const tested = splits.folds.flatMap((fold) => fold.test);
  return {
    format: "groundglass-plan/1",
    groundglassVersion: version,
    dataset: { path: dataset, sha256: sha256Hex(await readBytes(datasetPaths(dataset).dataset)) },
    folds: {
      method: splits.method,
      areDisjoint: new Set(tested).size === tested.length,
      count: splits.folds.length,
      sha256: sha256Hex(JSON.stringify(splits)),
    },
    runs: grid.map(({ pretrainedPath, ...run }) => run),
  };
}

/** A folder that holds a plan must hold a part of this one. */
async function checkSamePlan(out: string, asked: Plan): Promise<void> {
  if (!(await isThere(planPaths(out).plan))) {
    const foreign = (await readdir(out).catch(() => [])).find(
      (name) => !name.endsWith(".part") && name !== "splits.json",
    );
    if (foreign === undefined) return;
    throw new InputError(
      "RUN_FOLDER_NOT_EMPTY",
      `${out} is no plan and not empty (it holds ${foreign}). Name a new or an empty folder.`,
    );
  }
  const standing = await readPlan(out);
  const names = new Set(asked.runs.map((run) => run.name));
  const lost = standing.runs.find((run) => !names.has(run.name));
  const differing =
    standing.dataset.sha256 !== asked.dataset.sha256
      ? "another dataset"
      : standing.folds.sha256 !== asked.folds.sha256
        ? "other folds"
        : lost === undefined
          ? undefined
          : `a run ${lost.name}, which is not asked for now`;
  if (differing === undefined) return;
  throw new InputError(
    "PLAN_EXISTS",
    `${out} holds a plan with ${differing}. Ask for the same or for more to go on with it, or name another folder.`,
  );
}

/** How long a network's training takes, against ResNet18's: its multiplications on one image. */
const cost: Readonly<Record<NetworkName, number>> = { resnet18: 1, resnet50: 2.3 };

/** What of a run's time is training; the rest is predicting. */
const trainingShare = 0.97;

/** One measure of progress over all runs, in units of ResNet18s, so that the time left is that of the plan. */
async function planMeter(out: string, grid: readonly GridRun[], progress: Progress) {
  const total = grid.reduce((sum, run) => sum + cost[run.network], 0);
  const isFinished = new Map<string, boolean>();
  for (const { name } of grid) {
    isFinished.set(name, await isThere(join(runPaths(planPaths(out).run(name)).classifier, "classifier.json")));
  }
  let done = grid.reduce((sum, run) => sum + (isFinished.get(run.name) === true ? cost[run.network] : 0), 0);
  let count = 0;
  const stage = `training ${grid.length} runs`;
  progress({ stage, done, total });
  return {
    progressOf(run: PlannedRun): Progress {
      return (update) => {
        const part = update.done / Math.max(update.total, 1);
        const share = update.stage === "training" ? trainingShare * part : trainingShare;
        const line = update.line === undefined ? {} : { line: `${run.name}: ${update.line}` };
        progress({ stage, done: Math.min(total * 0.9999, done + share * cost[run.network]), total, ...line });
      };
    },
    finished({ name, network, summary, failure }: PlannedResult) {
      count++;
      if (isFinished.get(name) !== true) done += cost[network];
      const what =
        summary === null
          ? `failed, ${failure?.code}: ${failure?.message}`
          : `validation accuracy ${(100 * summary.validationAccuracy).toFixed(1)} %`;
      progress({ stage, done, total, line: `run ${count} of ${grid.length}, ${name}: ${what}` });
    },
  };
}
