import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, writeFileWhole, writeJson } from "../base/files.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { readChain } from "../chain/chain.ts";
import type { ChainEvaluation } from "../chain/chainEvaluation.ts";
import { chainRunPaths, isChainRun, readChainRun } from "../chain/chainRun.ts";
import type { JudgedStage } from "../chain/judge.ts";
import { measureChain } from "../chain/measureChain.ts";
import { readClassifier } from "../classifier/classifier.ts";
import { readRun, runPaths } from "../classifier/run.ts";
import { readPredictionSet } from "../prediction/predictionSet.ts";
import { chainPage } from "./chainPage.ts";
import { tablesOf, toCsv, toLatex } from "./tableFiles.ts";

export interface EvaluateChainOptions {
  /** Folder for the evaluation; CHAIN/evaluation where it is left out. */
  readonly out?: string | undefined;
  /** Bootstrap resamples of the subjects, 2,000. */
  readonly resamples?: number | undefined;
  /** The seed of the resampling, 1. */
  readonly seed?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Evaluates a chain on its test set (on validation, marked so, if there is no test set), as a whole and stage by stage, and writes
 * chain-evaluation.json, report.html and the tables.
 *
 * folder: of a chain that was trained here; or of a run whose images may show several classes: a chain of one stage.
 * @throws InputError CHAIN_UNMEASURED if a stage was not trained in this chain; as readChain and withFolderLocked.
 */
export async function evaluateChain(folder: string, options: EvaluateChainOptions = {}): Promise<ChainEvaluation> {
  const { out = join(folder, "evaluation"), resamples = 2000, seed = 1, progress = noProgress } = options;
  progress({ stage: "evaluating", done: 0, total: 2 });
  const { stages, chainId } = await readStages(folder);
  const evaluation = await measureChain(await withSet(stages), { chainId, resamples, seed });
  progress({ stage: "evaluating", done: 1, total: 2 });
  await withFolderLocked(out, async () => {
    const page = chainPage(evaluation);
    for (const table of tablesOf(page)) {
      await writeFileWhole(join(out, "tables", `${table.name}.csv`), toCsv(table));
      await writeFileWhole(join(out, "tables", `${table.name}.tex`), toLatex(table));
    }
    await writeFileWhole(join(out, "report.html"), page);
    await writeJson(join(out, "chain-evaluation.json"), evaluation);
  });
  progress({ stage: "evaluating", done: 2, total: 2 });
  return evaluation;
}

/** Whether a folder is evaluated stage by stage: a chain, or a run whose images may show several classes. */
export async function isMeasuredByStage(folder: string): Promise<boolean> {
  if (await isChainRun(folder)) return true;
  if (!(await isThere(runPaths(folder).runFile))) return false;
  return (await readRun(folder)).network.labels === "several";
}

type UnreadStage = Omit<JudgedStage, "predictions"> & { readonly run: string };

async function readStages(folder: string): Promise<{ stages: UnreadStage[]; chainId: string }> {
  const paths = chainRunPaths(folder);
  if (!(await isChainRun(folder))) {
    const run = await readRun(folder);
    const { classifier } = await readClassifier(runPaths(folder).classifier);
    const report = run.level === "study" ? "study" : "slices";
    return {
      chainId: classifier.classifierId,
      stages: [{ name: "classifier", when: null, report, voice: classifier, run: folder }],
    };
  }
  const { stages: asked } = await readChainRun(folder);
  const given = asked.find(({ dataset }) => dataset === null);
  if (given !== undefined) {
    throw new InputError(
      "CHAIN_UNMEASURED",
      `Stage ${given.name} of ${folder} was not trained in this chain, so whom it was tested on is not known. Name its dataset in the chain file to have it trained and measured with the others.`,
    );
  }
  const { chain, stages } = await readChain(paths.classifier);
  return {
    chainId: chain.chainId,
    stages: stages.map(({ name, when, report, classifier }) => ({
      name,
      when,
      report,
      voice: classifier,
      run: paths.run(name),
    })),
  };
}

/** The stages with their predictions of the test set; of validation, where the first has no test study. */
async function withSet(stages: readonly UnreadStage[]): Promise<JudgedStage[]> {
  const tested = await readPredictionSet(runPaths(stages[0].run).predictions("test"));
  const set = tested.studies.length > 0 ? "test" : "validation";
  return Promise.all(
    stages.map(async ({ run, ...stage }) => ({
      ...stage,
      predictions: await readPredictionSet(runPaths(run).predictions(set)),
    })),
  );
}
