import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, writeFileWhole, writeJson } from "../base/files.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { refuseChain } from "../chain/chainRun.ts";
import { runPaths } from "../classifier/run.ts";
import { type ComparedRun, compareNetworks } from "../evaluation/compareNetworks.ts";
import type { Comparison } from "../evaluation/comparison.ts";
import type { SliceName } from "../evaluation/sideBySide.ts";
import { columnsOf } from "./columnsOf.ts";
import { type ComparisonFigures, comparisonFigures } from "./comparisonFigures.ts";
import { comparisonPage } from "./comparisonPage.ts";
import { standaloneSvg } from "./figures/figure.ts";
import { type RunResults, readRunResults } from "./readRunResults.ts";
import { slicePictures } from "./slicePictures.ts";
import { tablesOf, toCsv, toLatex } from "./tableFiles.ts";

export interface CompareRunsOptions {
  /** Folder for the comparison. */
  readonly out: string;
  /** Images to show side by side; the hardest ones where it is left out. */
  readonly slices?: readonly SliceName[] | undefined;
  /** Bootstrap resamples of the subjects, 2,000. */
  readonly resamples?: number | undefined;
  /** The seed of the resampling, 1. */
  readonly seed?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Compares finished runs on one data set, networks, folds and seeds, on their test sets (on validation, marked so, where no
 * run has one), and writes comparison.json,
 * compare.html, figures (SVG and CSV) and tables (CSV and LaTeX).
 *
 * folders: of runs, or of plans whose runs/ holds them; a plan's unfinished runs are passed over.
 * @throws InputError COMPARE_TOO_FEW, COMPARE_UNLIKE, COMPARE_NO_TEST, SLICE_NOT_TESTED; as readRunResults, refuseChain and
 * withFolderLocked.
 */
export async function compareRuns(folders: readonly string[], options: CompareRunsOptions): Promise<Comparison> {
  const { out, slices, resamples = 2000, seed = 1, progress = noProgress } = options;
  const paths = (await Promise.all(folders.map(expandPlan))).flat();
  if (paths.length < 2) {
    throw new InputError(
      "COMPARE_TOO_FEW",
      `There ${paths.length === 1 ? "is one finished run" : "are no finished runs"} in ${folders.join(", ")}. Name two runs or more, or a plan that has them.`,
    );
  }
  const results: { path: string; results: RunResults }[] = [];
  for (const path of paths) {
    progress({ stage: "reading", done: results.length, total: paths.length });
    results.push({ path, results: await readRunResults(path) });
  }
  checkAlike(results);
  progress({ stage: "comparing", done: 0, total: 2 });
  const comparison = compareNetworks(results.map(toComparedRun), { resamples, seed, slices });
  progress({ stage: "comparing", done: 1, total: 2 });
  const [first] = results;
  const pictures = await slicePictures(first.results.run, comparison.sideBySide);
  const specs = results.map(({ results: { run } }) => ({ spec: run.network, inputPx: run.recipe.inputPx }));
  const figures = comparisonFigures(comparison, specs, pictures);
  await withFolderLocked(out, () => writeComparison(out, comparison, figures));
  progress({ stage: "comparing", done: 2, total: 2 });
  return comparison;
}

async function writeComparison(out: string, comparison: Comparison, figures: ComparisonFigures): Promise<void> {
  for (const figure of Object.values(figures).flat()) {
    await writeFileWhole(join(out, "figures", `${figure.name}.svg`), standaloneSvg(figure));
    await writeFileWhole(join(out, "figures", `${figure.name}.csv`), figure.csv);
  }
  const page = comparisonPage(comparison, figures);
  for (const table of tablesOf(page)) {
    await writeFileWhole(join(out, "tables", `${table.name}.csv`), toCsv(table));
    await writeFileWhole(join(out, "tables", `${table.name}.tex`), toLatex(table));
  }
  await writeFileWhole(join(out, "compare.html"), page);
  await writeJson(join(out, "comparison.json"), comparison);
}

/** A run's own folder, or those of a plan's finished runs. */
async function expandPlan(folder: string): Promise<string[]> {
  await refuseChain(folder, "run");
  const runs = join(folder, "runs");
  if ((await isThere(runPaths(folder).runFile)) || !(await isThere(runs))) return [folder];
  const names = (await readdir(runs)).sort();
  const finished: string[] = [];
  for (const name of names) {
    if (await isThere(join(runPaths(join(runs, name)).classifier, "classifier.json"))) finished.push(join(runs, name));
  }
  return finished;
}

function checkAlike(all: readonly { path: string; results: RunResults }[]): void {
  const [first] = all;
  for (const { path, results } of all) {
    const differing =
      results.run.dataset.sha256 !== first.results.run.dataset.sha256
        ? "another data set"
        : results.run.dataset.splitsSha256 !== first.results.run.dataset.splitsSha256
          ? "other splits"
          : undefined;
    if (differing !== undefined) {
      throw new InputError(
        "COMPARE_UNLIKE",
        `${path} was trained on ${differing} than ${first.path}, so the two did not see the same test cases. Compare runs of one prepared data set.`,
      );
    }
    if ((results.test.studies.length === 0) !== (first.results.test.studies.length === 0)) {
      throw new InputError(
        "COMPARE_NO_TEST",
        `Of ${path} and ${first.path} one has a test set and the other none, so there is nothing to compare them on.`,
      );
    }
  }
}

function toComparedRun(one: { path: string; results: RunResults }, _: number, all: readonly { results: RunResults }[]) {
  const { run, classifier, test, validation, dataset } = one.results;
  const { settings, network, weights } = run;
  const compared: ComparedRun = {
    run: basename(one.path),
    architecture: network.name,
    isPretrained: weights.file !== null,
    variant: variantOf(
      settings,
      all.map(({ results }) => results.run.settings),
    ),
    fold: settings.fold,
    seed: settings.seed,
    bestEpoch: classifier.provenance.bestEpoch,
    validationAccuracy: classifier.provenance.validationAccuracy,
    decision: classifier,
    test: test.studies.length > 0 ? test : validation,
    columns: columnsOf(dataset.cases),
  };
  return compared;
}

/** Settings that belong to the network's name, its fold or seed, or say nothing of the result. */
const elsewhere: ReadonlySet<string> = new Set(["network", "pretrained", "fold", "seed", "threads"]);

/** The settings in which the runs differ beside network, pretraining, fold and seed, as this run has them. */
function variantOf(settings: RunResults["run"]["settings"], all: readonly RunResults["run"]["settings"][]): string {
  const text = (of: RunResults["run"]["settings"], name: string) =>
    JSON.stringify(Object.entries(of).find(([key]) => key === name)?.[1]);
  return Object.keys(settings)
    .filter((name) => !elsewhere.has(name) && all.some((other) => text(other, name) !== text(settings, name)))
    .map((name) => `${name} ${text(settings, name)?.replaceAll('"', "")}`)
    .join(", ");
}
