import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, writeFileWhole, writeJson } from "../base/files.ts";
import { withFolderLocked } from "../base/lockFolder.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { runPaths } from "../classifier/run.ts";
import type { Case } from "../dataset/dataset.ts";
import { countCases, countSet } from "../evaluation/countSet.ts";
import { type EvaluateOptions, evaluateInThreads } from "../evaluation/evaluate.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { readReaders } from "../evaluation/readers.ts";
import { type PredictionSet, readPredictionSet } from "../prediction/predictionSet.ts";
import { fillChecklist } from "./checklists/checklist.ts";
import { checklistText, reportedChecklists } from "./checklists/checklistSection.ts";
import { factsOf } from "./checklists/facts.ts";
import { columnsOf } from "./columnsOf.ts";
import { evaluationFigures } from "./evaluationFigures.ts";
import { evidenceOfRun } from "./evidenceOfRun.ts";
import { failurePictures } from "./failurePictures.ts";
import { standaloneSvg } from "./figures/figure.ts";
import { modelCard } from "./modelCard.ts";
import { type RunResults, readRunResults } from "./readRunResults.ts";
import { type Report, reportPage } from "./reportPage.ts";
import { commandsOf } from "./reproducibility.ts";
import { tablesOf, toCsv, toLatex } from "./tableFiles.ts";

export interface EvaluateRunOptions {
  /** Folder for the evaluation; RUN/evaluation where it is left out. */
  readonly out?: string | undefined;
  /** Bootstrap resamples of the subjects, 2,000. */
  readonly resamples?: number | undefined;
  /** The seed of the resampling, 1. */
  readonly seed?: number | undefined;
  /** Shares of a class, above 0 and below 1, at which predictive values are given. */
  readonly prevalences?: readonly number[] | undefined;
  /** A CSV file of readers' calls, as readReaders takes it. */
  readonly readers?: string | undefined;
  /** Other data sets, by the name that predict gave them or by their folder. */
  readonly external?: readonly string[] | undefined;
  /** Folder of the phantoms that the data set was prepared from: heat maps are measured on their lesions. */
  readonly lesions?: string | undefined;
  /** Threads of the computation; all cores where it is left out. The result is the same with any number. */
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Evaluates a run on its test set (on validation, marked so, if there is no test set) and writes evaluation.json,
 * report.html, figures (SVG and CSV), tables (CSV and LaTeX), the filled checklists and the model card.
 * @throws InputError RUN_INCOMPLETE, EXTERNAL_UNPREDICTED; as readRunResults, readReaders and withFolderLocked.
 */
export async function evaluateRun(run: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const { out = join(run, "evaluation"), resamples = 2000, seed = 1, progress = noProgress } = options;
  const tell = (done: number) => progress({ stage: "evaluating", done, total: 4 });
  tell(0);
  const results = await readRunResults(run);
  const { classifier, dataset } = results;
  const measured = results.test.studies.length > 0 ? results.test : results.validation;
  const external = await Promise.all((options.external ?? []).map((name) => readExternal(run, name)));
  tell(1);
  const evaluated = await evaluateInThreads(measured, classifier, {
    seed,
    resamples,
    prevalences: options.prevalences,
    baselineTraining: baselineTraining(results),
    traits: columnsOf(dataset.cases),
    studyRules: results.studyRules,
    readers:
      options.readers === undefined
        ? undefined
        : await readReaders(options.readers, namedStudies(measured, dataset.cases), classifier.classes),
    external,
    threads: options.threads ?? availableParallelism(),
  });
  const heat = { resamples, seed, threads: options.threads, lesions: options.lesions };
  const evidence = await evidenceOfRun(results, measured, runPaths(run).classifier, heat);
  const evaluation: Evaluation = { ...evaluated, evidence };
  tell(2);
  const report = await describe(evaluation, results, { run, options });
  tell(3);
  await withFolderLocked(out, async () => {
    await writeReport(out, report);
    await writeJson(join(out, "evaluation.json"), evaluation);
  });
  tell(4);
  return evaluation;
}

/** The training set's studies. */
function baselineTraining({ training }: RunResults): EvaluateOptions["baselineTraining"] {
  const studies = training.flatMap(({ subjectId, label, prepared }) =>
    label === null ? [] : [{ subjectId, truth: label, attributes: prepared.attributes }],
  );
  return { set: "training", studies };
}

/** The set's studies by all that a readers' file may name them by. */
function namedStudies({ studies }: PredictionSet, cases: readonly Case[]) {
  const pathOf = new Map(cases.map(({ caseId, path }) => [caseId, path]));
  return studies.map(({ caseId, studyUid }) => ({ caseId, studyUid, path: pathOf.get(caseId) ?? caseId }));
}

async function readExternal(run: string, name: string) {
  const short = basename(name);
  const path = runPaths(run).externalPredictions(short);
  if (await isThere(path)) return { name: short, predictions: await readPredictionSet(path) };
  throw new InputError(
    "EXTERNAL_UNPREDICTED",
    `There is no ${path}: nothing is known of ${name}. Run groundglass predict ${run} ${name} first.`,
  );
}

async function describe(
  evaluation: Evaluation,
  results: RunResults,
  { run, options }: { run: string; options: EvaluateRunOptions },
): Promise<Report> {
  const { level } = results.run;
  const sets = [
    { name: "Training", counts: countCases(results.training, evaluation.classes, level) },
    { name: "Validation", counts: countSet(results.validation) },
    { name: "Test", counts: countSet(results.test) },
  ];
  const { classifier } = results;
  return {
    evaluation,
    results,
    sets,
    figures: evaluationFigures(evaluation, results, sets),
    pictures: await failurePictures(
      { run: results.run, classifier, folder: runPaths(run).classifier },
      evaluation.failures.images.slice(0, mostPictures),
      { threads: options.threads },
    ),
    commands: commandsOf(results.run, evaluation, { folder: run, ...options }),
  };
}

const mostPictures = 12;

/** The page and what lies beside it: figures, tables, checklists and the model card. */
async function writeReport(out: string, report: Report): Promise<void> {
  for (const figure of Object.values(report.figures).flat()) {
    await writeFileWhole(join(out, "figures", `${figure.name}.svg`), standaloneSvg(figure));
    await writeFileWhole(join(out, "figures", `${figure.name}.csv`), figure.csv);
  }
  const facts = factsOf(report);
  const checklists = reportedChecklists.map((one) => ({ ...one, items: fillChecklist(one.checklist, facts) }));
  for (const one of checklists) await writeFileWhole(join(out, "checklists", `${one.name}.md`), checklistText(one));
  await writeFileWhole(join(out, "model-card.md"), modelCard(report, facts));
  const page = reportPage(report, checklists);
  for (const table of tablesOf(page)) {
    await writeFileWhole(join(out, "tables", `${table.name}.csv`), toCsv(table));
    await writeFileWhole(join(out, "tables", `${table.name}.tex`), toLatex(table));
  }
  await writeFileWhole(join(out, "report.html"), page);
}
