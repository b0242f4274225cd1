import { version } from "../base/version.ts";
import { workerUrl } from "../base/worker.ts";
import { runInWorkers } from "../dataset/workerPool.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { choicesOf } from "./choices.ts";
import { compareAccuracy } from "./compareAccuracy.ts";
import { classTable } from "./confusion.ts";
import { type AttributedStudy, baselineItems, fitDensityBaseline } from "./densityBaseline.ts";
import type { Evaluation } from "./evaluation.ts";
import { countedStudies, studiesOf } from "./items.ts";
import { type Plan, planSet, type SetOptions } from "./planSet.ts";
import { readerResults } from "./readerResults.ts";
import type { ReaderTable } from "./readers.ts";
import { rocTable } from "./rocTable.ts";
import { runTableJob, type TableJob, type TableResult } from "./tableJobs.ts";

export interface EvaluateOptions extends Omit<SetOptions, "resamples"> {
  /** Bootstrap resamples of the subjects, 2,000. */
  readonly resamples?: number | undefined;
  /** Studies that the density baseline may learn from: the training set's. Without them there is no baseline. */
  readonly baselineTraining?: { readonly set: string; readonly studies: readonly AttributedStudy[] };
  /** Calls of readers of the same studies. */
  readonly readers?: ReaderTable | undefined;
  /** The same classifier's predictions for other data sets. */
  readonly external?: readonly { readonly name: string; readonly predictions: PredictionSet }[];
}

/**
 * All tables and curves of a set of predictions, each number with its n and a 95 % interval over subjects: of the images,
 * of the studies as the classifier decides, of subgroups, against the density baseline and readers, on other data sets.
 *
 * test: the predictions to measure; that they are validation's is marked, as the classifier was chosen on those.
 */
export function evaluate(test: PredictionSet, decision: StudyDecision, options: EvaluateOptions): Evaluation {
  const plan = planEvaluation(test, decision, options);
  return plan.assemble(plan.jobs.map(runTableJob));
}

/** `evaluate` in several threads, with the same result. */
export async function evaluateInThreads(
  test: PredictionSet,
  decision: StudyDecision,
  options: EvaluateOptions & { readonly threads: number },
): Promise<Evaluation> {
  const plan = planEvaluation(test, decision, options);
  if (options.threads < 2 || !isWorthThreads(plan.jobs)) return plan.assemble(plan.jobs.map(runTableJob));
  const url = workerUrl(import.meta.url, "tableWorker");
  return plan.assemble(await runInWorkers<TableJob, TableResult>(url, plan.jobs, { workers: options.threads }));
}

/** Small sets are done sooner than a thread has started. */
function isWorthThreads(jobs: readonly TableJob[]): boolean {
  return jobs.reduce((sum, { items, resamples }) => sum + items.truth.length * resamples, 0) > 2e7;
}

function planEvaluation(test: PredictionSet, decision: StudyDecision, options: EvaluateOptions): Plan<Evaluation> {
  const { seed, resamples = 2000, external = [], readers } = options;
  const setOptions = { ...options, resamples };
  const main = planSet(test, decision, setOptions);
  const others = external.map(({ predictions }) => planSet(predictions, decision, setOptions));
  return {
    jobs: [main, ...others].flatMap((plan) => plan.jobs),
    assemble(results) {
      let next = main.jobs.length;
      return {
        format: "groundglass-evaluation/2",
        groundglassVersion: version,
        classifierId: test.classifierId,
        classes: test.classes,
        level: test.level,
        set: test.set,
        usedForChoosing: test.set === "train" || test.set === "validation",
        choices: choicesOf(decision, test.level),
        intervals: { confidence: 0.95, unit: "subject", resamples, seed },
        ...main.assemble(results.slice(0, next)),
        ...againstBaseline(test, decision, { ...options, resamples }),
        evidence: null,
        readers:
          readers === undefined || test.level !== "study"
            ? null
            : readerResults(test, decision, { readers, resamples, seed }),
        external: others.map((plan, i) => {
          const own = results.slice(next, next + plan.jobs.length);
          next += plan.jobs.length;
          return { name: external[i].name, ...plan.assemble(own) };
        }),
      };
    },
  };
}

function againstBaseline(
  test: PredictionSet,
  decision: StudyDecision,
  options: EvaluateOptions & { readonly resamples: number },
): Pick<Evaluation, "baseline" | "baselineReason"> {
  if (test.level !== "study") return { baseline: null, baselineReason: "studies have no truth" };
  const training = options.baselineTraining;
  if (training === undefined)
    return { baseline: null, baselineReason: "the training studies' attributes are not known" };
  const baseline = fitDensityBaseline(training.studies, test.classes);
  if (baseline === null) {
    return {
      baseline: null,
      baselineReason: "the training studies have neither lung density nor differing slice counts",
    };
  }
  const items = baselineItems(baseline, countedStudies(test), test.classes);
  const resampling = resampleSubjects(items.subjects, options);
  return {
    baseline: {
      attributes: baseline.attributes,
      fittedOn: { set: training.set, studies: baseline.fittedOn },
      table: classTable(items, resampling, "studies"),
      roc: rocTable(items, resampling, "studies"),
      difference: compareAccuracy(studiesOf(test, decision), items, resampling),
    },
    baselineReason: null,
  };
}
