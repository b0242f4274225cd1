import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { lockName } from "../base/lockFolder.ts";
import {
  type ChainLink,
  chainPaths,
  conditionSchema,
  isChain,
  readChain,
  stageNameSchema,
  stageReports,
} from "./chain.ts";

/** CHAIN/chain-run.json: which stages a chain is made of and trained on, written before the first is trained. */
export interface ChainRun {
  readonly format: "groundglass-chain-run/1";
  readonly groundglassVersion: string;
  readonly stages: readonly ChainRunStage[];
}

/** A stage: trained here on a dataset, in runs/NAME, or a classifier that was there already. */
export interface ChainRunStage extends ChainLink {
  /** null: the classifier was there already. */
  readonly dataset: { readonly path: string; readonly sha256: string } | null;
  /** Where it was; null where it is trained here. */
  readonly classifier: string | null;
}

const chainRunSchema: z.ZodType<ChainRun> = z.strictObject({
  format: z.literal("groundglass-chain-run/1"),
  groundglassVersion: z.string(),
  stages: z.array(
    z.strictObject({
      name: stageNameSchema,
      when: conditionSchema.nullable(),
      report: z.enum(stageReports),
      dataset: z.strictObject({ path: z.string(), sha256: z.string() }).nullable(),
      classifier: z.string().nullable(),
    }),
  ),
});

/** Where a chain that was trained here keeps what. */
export function chainRunPaths(folder: string) {
  return {
    chainRun: join(folder, "chain-run.json"),
    splits: (name: string) => join(folder, "splits", `${name}.json`),
    run: (name: string) => join(folder, "runs", name),
    classifier: join(folder, "classifier"),
  };
}

/** Whether a folder holds a chain that was trained here. */
export function isChainRun(folder: string): Promise<boolean> {
  return isThere(chainRunPaths(folder).chainRun);
}

/**
 * Makes sure that a folder, where one classifier or run is asked for, is no chain. has: what there is of each stage.
 * @throws InputError CHAIN_GIVEN, naming the first stage's own.
 */
export async function refuseChain(folder: string, has: "classifier" | "run"): Promise<void> {
  const isRun = await isChainRun(folder);
  if (!isRun && !(await isChain(folder))) return;
  const classifier = isRun ? chainRunPaths(folder).classifier : folder;
  const { stages } = await readChain(classifier);
  const [{ name }] = stages;
  const own = has === "run" && isRun ? chainRunPaths(folder).run(name) : chainPaths(classifier).stage(name);
  throw new InputError(
    "CHAIN_GIVEN",
    `${folder} is a chain of ${stages.length} classifiers, expected one ${has}. Name a stage's own, such as ${own}; a chain as a whole is read by diagnose, and measured by evaluate.`,
  );
}

/** A chain that was trained here. @throws InputError FILE_MISSING, FILE_INVALID. */
export function readChainRun(folder: string): Promise<ChainRun> {
  return readJson(chainRunPaths(folder).chainRun, chainRunSchema);
}

/**
 * Makes sure that a folder is empty or holds this very chain, which then goes on.
 * @throws InputError RUN_FOLDER_NOT_EMPTY; CHAIN_EXISTS, naming the first stage that differs.
 */
export async function checkSameChain(folder: string, asked: ChainRun): Promise<void> {
  if (!(await isChainRun(folder))) {
    const isOurs = (name: string) => name === lockName || name === "splits" || name.endsWith(".part");
    const foreign = (await readdir(folder).catch(() => [])).find((name) => !isOurs(name));
    if (foreign === undefined) return;
    throw new InputError(
      "RUN_FOLDER_NOT_EMPTY",
      `${folder} is no chain and not empty (it holds ${foreign}). Name a new or an empty folder.`,
    );
  }
  const standing = await readChainRun(folder);
  const told = ({ name, when, report, dataset, classifier }: ChainRunStage) =>
    JSON.stringify([name, when, report, dataset?.sha256 ?? null, classifier]);
  const differing = asked.stages.find((stage, i) => {
    const before = standing.stages[i];
    return before === undefined || told(before) !== told(stage);
  });
  if (differing === undefined && standing.stages.length === asked.stages.length) return;
  throw new InputError(
    "CHAIN_EXISTS",
    `${folder} holds a chain whose ${differing === undefined ? "stages are more" : `stage ${differing.name} is another`}. Ask for the same to go on with it, or name another folder.`,
  );
}
