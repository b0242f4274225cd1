import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import type { StudyRules } from "../prediction/studyRules.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { answeredOf } from "./answered.ts";
import { compareRules } from "./compareRules.ts";
import { countSet } from "./countSet.ts";
import type { SetResults } from "./evaluation.ts";
import { failures } from "./failures.ts";
import { callStudies, countedStudies, type Items, imagesOf, itemsOfCalls } from "./items.ts";
import type { Results, TableName } from "./results.ts";
import { sizeNotes } from "./sizeNotes.ts";
import type { Subgroups } from "./subgroups.ts";
import { sweepThreshold } from "./sweep.ts";
import type { TableJob, TableResult } from "./tableJobs.ts";
import type { Traits } from "./traits.ts";

export interface SetOptions {
  readonly resamples: number;
  /** Decides the resamples. */
  readonly seed: number;
  /** At which predictive values are given, beside the set's own. */
  readonly prevalences?: readonly number[] | undefined;
  /** What is known of the studies, by caseId, beside their attributes. */
  readonly traits?: ReadonlyMap<string, Traits> | undefined;
  /** All rules that were fitted on validation. */
  readonly studyRules?: StudyRules | undefined;
}

/** Work to be done, in any order and thread, and what its results are put together to. */
export interface Plan<Result> {
  readonly jobs: readonly TableJob[];
  /** results: in the jobs' order. */
  assemble(results: readonly TableResult[]): Result;
}

const tableNames = ["roc", "precisionRecall", "decisions", "calibration", "table", "predictiveValues"] as const;

/** What has to be computed of a set of predictions, the longest work first. */
export function planSet(set: PredictionSet, decision: StudyDecision, options: SetOptions): Plan<SetResults> {
  const { resamples, seed, prevalences } = options;
  const { calibration } = decision;
  const common = { resamples, seed, prevalences };
  const images = imagesOf(set, calibration?.slices);
  const calls = set.level === "study" ? callStudies(set, decision) : null;
  const studies = calls === null ? null : itemsOfCalls(set.classes, calls);
  const stated = { ...decision, calibration: null };
  const imageJobs = resultJobs(images, calibration?.slices ? imagesOf(set) : null, { ...common, what: "images" });
  const studyJobs =
    studies === null || calls === null
      ? []
      : resultJobs(studies, calibration?.studies ? itemsOfCalls(set.classes, callStudies(set, stated)) : null, {
          ...common,
          what: "studies",
        });
  const subgroupJob: TableJob = {
    name: "subgroups",
    items: studies ?? images,
    what: studies === null ? "images" : "studies",
    ...common,
    traits: traitsOf(set, options.traits),
  };
  const jobs = [...imageJobs, ...studyJobs, subgroupJob];
  return {
    jobs,
    assemble(results) {
      const imageResults = collect(imageJobs, results);
      const studyResults = studies === null ? null : collect(studyJobs, results.slice(imageJobs.length));
      return {
        counts: countSet(set),
        images: imageResults,
        studies:
          studies === null || studyResults === null
            ? null
            : { ...studyResults, ...ruleResults(set, studies, { decision, options }) },
        studiesReason:
          studies === null ? "the labels belong to single images, so a study has no truth to compare with" : null,
        answered: calls === null ? null : answeredOf(set, calls, { resamples, seed }),
        subgroups: results[jobs.length - 1] as Subgroups,
        failures: failures(set, calls),
        sizeNotes: sizeNotes(imageResults, studyResults),
      };
    },
  };
}

function ruleResults(
  set: PredictionSet,
  studies: Items,
  { decision, options }: { decision: StudyDecision; options: SetOptions },
) {
  const { studyRule } = decision;
  const resampling = resampleSubjects(studies.subjects, options);
  return {
    rule: studyRule,
    operatingPoint: decision.operatingPoint,
    sweep: sweepThreshold(set, studyRule, studies, resampling),
    rules: options.studyRules === undefined ? null : compareRules(set, options.studyRules, resampling),
  };
}

type JobOptions = Pick<TableJob, "what" | "resamples" | "seed" | "prevalences">;

/** uncalibrated: the same items as the network stated them; null where nothing is calibrated. */
function resultJobs(items: Items, uncalibrated: Items | null, options: JobOptions): TableJob[] {
  return [
    ...tableNames.map((name) => ({ name, items, ...options })),
    ...(uncalibrated === null ? [] : [{ name: "calibration" as const, items: uncalibrated, ...options }]),
  ];
}

function collect(jobs: readonly TableJob[], results: readonly TableResult[]): Results {
  const of = <Name extends TableName>(name: Name) => results[tableNames.indexOf(name)] as Results[Name];
  return {
    table: of("table"),
    roc: of("roc"),
    precisionRecall: of("precisionRecall"),
    predictiveValues: of("predictiveValues"),
    calibration: of("calibration"),
    uncalibrated: jobs.length > tableNames.length ? (results[tableNames.length] as Results["calibration"]) : null,
    decisions: of("decisions"),
  };
}

/** Of each item, what is known of its study. */
function traitsOf(set: PredictionSet, known: SetOptions["traits"]): (Traits | undefined)[] {
  const of = (study: PredictionSet["studies"][number]) => ({ ...study.attributes, ...known?.get(study.caseId) });
  if (set.level === "study") return countedStudies(set).map(of);
  return set.studies.flatMap((study) => {
    const traits = of(study);
    return study.slices.flatMap((slice) => (slice.truth === null ? [] : [traits]));
  });
}
