import { cp, mkdir, rename, rm } from "node:fs/promises";
import type { AcceptedAudit } from "../audit/auditBeforeTraining.ts";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { researchUseNotice, version } from "../base/version.ts";
import { readClassifier } from "../classifier/classifier.ts";
import { runPaths } from "../classifier/run.ts";
import { type RunSummary, trainClassifier } from "../classifier/trainClassifier.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import { readDataset } from "../dataset/readDataset.ts";
import { resolvePretrained } from "../network/weights/resolvePretrained.ts";
import type { TrainingOptions } from "../training/trainingSettings.ts";
import { type Chain, chainIdOf, chainPaths, type StageReport } from "./chain.ts";
import { type AskedStage, type ChainFile, readChainFile } from "./chainFile.ts";
import { type ChainRun, chainRunPaths, checkSameChain } from "./chainRun.ts";
import { jointSplits, type SplitDataset, splitsWithin } from "./jointSplits.ts";

export interface TrainChainOptions {
  /** Folder of the chain; made where it is missing. */
  readonly out: string;
  /** Which fold of the joint splits; 0 is the single split. */
  readonly fold?: number | undefined;
  /** Of every stage whose training names none. */
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /** The folder of the weights that a training may name, such as imagenet; without it a training names files. */
  readonly weights?: string | undefined;
  /** What the audit finds in a dataset, accepting some of its blocking findings; without it none is audited. */
  readonly audit?: (dataset: string, accept: readonly string[] | undefined) => Promise<AcceptedAudit>;
  readonly progress?: Progress | undefined;
  /** When aborted, training stops before its next batch with TRAINING_STOPPED; the same call goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a chain. */
export interface ChainSummary {
  readonly chain: string;
  readonly chainId: string;
  /** The folder that diagnoses. */
  readonly classifier: string;
  readonly stages: readonly {
    readonly name: string;
    readonly classifierId: string;
    readonly classes: readonly string[];
    /** null where the classifier was there already. */
    readonly trained: Omit<RunSummary, "history"> | null;
  }[];
}

/** A stage of the file with what it is trained on, or the classifier that is there. */
interface OpenStage {
  readonly asked: AskedStage;
  readonly data: (SplitDataset & { readonly sha256: string }) | null;
  /** Folder of the classifier that is there already. */
  readonly classifier: string | null;
  readonly classes: readonly string[];
  readonly report: StageReport;
}

/**
 * Trains the stages of a chain file, each an ordinary run in OUT/runs, on one split of all their subjects, and makes of them one
 * folder that diagnoses like a single classifier.
 *
 * A chain that was stopped goes on when the same call is made again; finished stages are not trained again.
 * @throws InputError CHAIN_FILE_INVALID, CHAIN_CLASS_UNKNOWN, CHAIN_EXISTS, RUN_FOLDER_NOT_EMPTY, CLASS_TOO_SMALL, FOLDER_IN_USE; as
 * readDataset, readClassifier and trainClassifier.
 */
export async function trainChain(file: string, options: TrainChainOptions): Promise<ChainSummary> {
  const { out, progress = noProgress } = options;
  const asked = await readChainFile(file);
  const stages: OpenStage[] = [];
  for (const stage of asked.stages) stages.push(await openStage(stage, options.weights));
  checkConditions(asked, stages);
  const chainRun = describe(stages);
  await checkSameChain(out, chainRun);
  const paths = chainRunPaths(out);
  return withFolderLocked(out, async () => {
    const learned = stages.flatMap(({ data }) => data ?? []);
    const splits = learned.length === 0 ? null : jointSplits(learned);
    await writeJson(paths.chainRun, chainRun);
    const trained = new Map<string, RunSummary>();
    const meter = stageMeter(learned.length, progress);
    for (const [i, { asked: stage, data }] of stages.entries()) {
      if (data === null || splits === null || stage.dataset === undefined) continue;
      await writeJson(paths.splits(stage.name), splitsWithin(splits, data.dataset));
      const audit = await options.audit?.(stage.dataset, stage.acceptAudit);
      const { fold, threads, seed, signal } = options;
      const summary = await trainClassifier(stage.dataset, {
        seed,
        threads,
        ...stage.training,
        fold,
        audit,
        signal,
        splits: paths.splits(stage.name),
        out: paths.run(stage.name),
        progress: meter(stage.name),
      }).catch((error: unknown) => {
        if (!(error instanceof InputError) || !error.code.startsWith("SETTING_")) throw error;
        throw new InputError(error.code, `${asked.where(["stages", i, "training"])}: ${error.message}`);
      });
      trained.set(stage.name, summary);
    }
    const chain = await writeChain(
      paths.classifier,
      stages.map(({ asked: { name, when }, classifier, report }) => ({
        name,
        when,
        report,
        from: classifier ?? runPaths(paths.run(name)).classifier,
      })),
    );
    return {
      chain: out,
      chainId: chain.chainId,
      classifier: paths.classifier,
      stages: chain.stages.map(({ name, classifierId }, i) => ({
        name,
        classifierId,
        classes: stages[i].classes,
        trained: withoutHistory(trained.get(name)),
      })),
    };
  });
}

async function openStage(stage: AskedStage, weights: string | undefined): Promise<OpenStage> {
  const asked = { ...stage, training: await withWeights(stage.training, weights) };
  if (asked.dataset !== undefined) {
    const { dataset, splits } = await readDataset(asked.dataset);
    const sha256 = sha256Hex(await readBytes(datasetPaths(asked.dataset).dataset));
    const report = asked.report ?? (dataset.level === "study" ? "study" : "slices");
    return { asked, data: { dataset, splits, sha256 }, classifier: null, classes: dataset.classes, report };
  }
  const named = asked.classifier ?? "";
  const folder = (await isThere(runPaths(named).runFile)) ? runPaths(named).classifier : named;
  const { classifier } = await readClassifier(folder);
  const report = asked.report ?? (asked.when === null ? "study" : "slices");
  return { asked, data: null, classifier: folder, classes: classifier.classes, report };
}

/** Names of weights as train takes them, where the folder that keeps those is known. */
async function withWeights(training: TrainingOptions, folder: string | undefined): Promise<TrainingOptions> {
  const { pretrained, network = "resnet18" } = training;
  if (typeof pretrained !== "string" || folder === undefined) return training;
  return { ...training, pretrained: await resolvePretrained(pretrained, { folder, network }) };
}

/** @throws InputError CHAIN_CLASS_UNKNOWN, naming the line. */
function checkConditions({ where }: ChainFile, stages: readonly OpenStage[]): void {
  for (const [i, { asked }] of stages.entries()) {
    if (asked.when === null) continue;
    const { stage, finding, slices } = asked.when;
    const classes = stages.find((one) => one.asked.name === stage)?.classes ?? [];
    const named = { finding: finding ?? [], slices: typeof slices === "string" ? [] : slices };
    for (const [field, names] of Object.entries(named)) {
      const unknown = names.find((name) => !classes.includes(name));
      if (unknown === undefined) continue;
      throw new InputError(
        "CHAIN_CLASS_UNKNOWN",
        `${where(["stages", i, "when", field])}: "${unknown}" is none of the classes of ${stage}: ${classes.join(", ")}. Name one of them.`,
      );
    }
  }
}

function describe(stages: readonly OpenStage[]): ChainRun {
  return {
    format: "groundglass-chain-run/1",
    groundglassVersion: version,
    stages: stages.map(({ asked: { name, when, dataset }, report, data, classifier }) => ({
      name,
      when,
      report,
      dataset: data === null || dataset === undefined ? null : { path: dataset, sha256: data.sha256 },
      classifier,
    })),
  };
}

/** Copies the stages' classifiers into one folder, which appears whole or not at all; one that stood there is replaced. */
async function writeChain(
  folder: string,
  links: readonly (Pick<Chain["stages"][number], "name" | "when" | "report"> & { readonly from: string })[],
): Promise<Chain> {
  const building = `${folder}.part`;
  await rm(building, { recursive: true, force: true });
  const stages: Chain["stages"][number][] = [];
  for (const { from, ...link } of links) {
    const { classifier } = await readClassifier(from);
    await mkdir(chainPaths(building).stage(link.name), { recursive: true });
    await cp(from, chainPaths(building).stage(link.name), { recursive: true });
    stages.push({ ...link, classifierId: classifier.classifierId });
  }
  const chain: Chain = {
    format: "groundglass-chain/1",
    chainId: chainIdOf(stages),
    groundglassVersion: version,
    stages,
    intendedUse: `${researchUseNotice} This chain asks ${stages.map(({ name }) => name).join(", then ")}; each stage is for chest CT studies like those it was trained on, and for no others.`,
  };
  await writeJson(chainPaths(building).chain, chain);
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
  return chain;
}

function withoutHistory(summary: RunSummary | undefined): Omit<RunSummary, "history"> | null {
  if (summary === undefined) return null;
  const { history, ...rest } = summary;
  return rest;
}

/** Progress of one stage after the other, each line told with its stage. */
function stageMeter(stages: number, progress: Progress): (name: string) => Progress {
  let begun = 0;
  return (name) => {
    begun += 1;
    const place = `stage ${begun} of ${stages}, ${name}`;
    return ({ stage, line, ...update }) =>
      progress({ ...update, stage: `${stage} (${place})`, ...(line !== undefined && { line: `${name}: ${line}` }) });
  };
}
