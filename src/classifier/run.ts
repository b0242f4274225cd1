import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type RunAudit, runAuditSchema } from "../audit/audit.ts";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { lockName } from "../base/lockFolder.ts";
import { type NetworkSpec, networkSpecSchema } from "../network/networkSpec.ts";
import type { Environment } from "../runtime/environment.ts";
import { type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";
import { type TrainingSettings, trainingSettingsSchema } from "../training/trainingSettings.ts";
import { type WeightsReport, weightsReportSchema } from "./classifier.ts";
import { type DecisionSettings, decisionSettingsSchema } from "./decisionSettings.ts";

/** RUN/run.json: all that decides a run's result, written before anything else. */
export interface Run {
  readonly format: "groundglass-run/1";
  readonly groundglassVersion: string;
  /** What the training began with; absent in runs of before this was kept. */
  readonly environment?: Environment | undefined;
  readonly dataset: { readonly path: string; readonly sha256: string; readonly splitsSha256: string };
  readonly level: "study" | "slice";
  readonly classes: readonly string[];
  readonly recipe: SliceRecipe;
  readonly network: NetworkSpec;
  readonly settings: TrainingSettings;
  /** The study rule's threshold where the user gave one; null: chosen on validation. */
  readonly threshold: number | null;
  readonly decision: DecisionSettings;
  readonly weights: WeightsReport;
  /** What the audit found before the training, and what of it the user accepted; absent or null where there was none. */
  readonly audit?: RunAudit | null | undefined;
}

const runSchema: z.ZodType<Run> = z.strictObject({
  format: z.literal("groundglass-run/1"),
  groundglassVersion: z.string(),
  environment: z.strictObject({ node: z.string(), onnxRuntime: z.string(), machine: z.string() }).optional(),
  dataset: z.strictObject({ path: z.string(), sha256: z.string(), splitsSha256: z.string() }),
  level: z.enum(["study", "slice"]),
  classes: z.array(z.string()).min(2),
  recipe: sliceRecipeSchema,
  network: networkSpecSchema,
  settings: trainingSettingsSchema,
  threshold: z.number().min(0).max(1).nullable(),
  decision: decisionSettingsSchema,
  weights: weightsReportSchema,
  audit: runAuditSchema.nullable().optional(),
});

/** What a rehearsal leaves in a folder that may become a run. */
export const rehearsalFiles: readonly string[] = ["find-lr.csv", "find-lr.svg", "profile.csv"];

/** Where a run keeps what. */
export function runPaths(run: string) {
  return {
    runFile: join(run, "run.json"),
    splits: join(run, "splits.json"),
    /** A copy of the data set's own, so that the run can be evaluated where its data set is not. */
    dataset: join(run, "dataset.json"),
    history: join(run, "history.jsonl"),
    /** What became of the pretrained weights, array by array; only where there were any. */
    pretrained: join(run, "pretrained.json"),
    checkpoints: join(run, "checkpoints"),
    classifier: join(run, "classifier"),
    /** All study rules, fitted on validation; only where the labels belong to studies. */
    studyRules: join(run, "study-rules.json"),
    /** The study head, how it learned, and, until it has, what the network saw of each study; only where one was asked for. */
    studyHead: join(run, "study-head"),
    predictionsFolder: join(run, "predictions"),
    predictions: (set: "validation" | "test") => join(run, "predictions", `${set}.json`),
    /** Of a dataset of another origin, by its name. */
    externalPredictions: (name: string) => join(run, "predictions", `external-${name}.json`),
  };
}

/** A run's settings. @throws InputError FILE_MISSING, FILE_INVALID. */
export function readRun(run: string): Promise<Run> {
  return readJson(runPaths(run).runFile, runSchema);
}

/**
 * The run that stands in the folder, undefined where there is none yet.
 * @throws InputError RUN_FOLDER_NOT_EMPTY if the folder holds something else.
 */
export async function findRun(folder: string): Promise<Run | undefined> {
  if (!(await isThere(folder))) return undefined;
  if (await isThere(runPaths(folder).runFile)) return readRun(folder);
  const isOurs = (name: string) => name === lockName || name.endsWith(".part") || rehearsalFiles.includes(name);
  const foreign = (await readdir(folder)).filter((name) => !isOurs(name));
  if (foreign.length === 0) return undefined;
  throw new InputError(
    "RUN_FOLDER_NOT_EMPTY",
    `${folder} is no run and not empty (it holds ${foreign[0]}). Name a new or an empty folder.`,
  );
}

/**
 * Makes sure that a run which stands in a folder is the one that is asked for. The number of threads may differ.
 * @throws InputError RUN_EXISTS, naming the first setting that differs.
 */
export function checkSameRun(folder: string, standing: Run, asked: Run): void {
  const before = comparable(standing);
  for (const [name, value] of Object.entries(comparable(asked))) {
    if (JSON.stringify(before[name]) === JSON.stringify(value)) continue;
    throw new InputError(
      "RUN_EXISTS",
      `${folder} holds a run with another ${name}: ${told(before[name])} there, ${told(value)} now. Ask for the same to go on with it, or name another folder.`,
    );
  }
}

function comparable(run: Run): Record<string, unknown> {
  const { threads, pretrained, ...settings } = run.settings;
  return {
    ...settings,
    pretrained: run.weights.sha256,
    threshold: run.threshold,
    ...run.decision,
    dataset: run.dataset.sha256,
    splits: run.dataset.splitsSha256,
    version: run.groundglassVersion,
  };
}

/** A value as a message shows it; of a checksum its first digits. */
function told(value: unknown): string {
  return JSON.stringify(value ?? null).replace(/^"([0-9a-f]{12})[0-9a-f]{52}"$/, "file $1…");
}
