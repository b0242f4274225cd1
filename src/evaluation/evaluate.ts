import { version } from "../base/version.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyRule } from "../prediction/studyRule.ts";
import { type Resampling, resampleSubjects } from "../statistics/resampling.ts";
import { compareAccuracy } from "./compareAccuracy.ts";
import { classTable } from "./confusion.ts";
import { countSet } from "./countSet.ts";
import { type AttributedStudy, baselineItems, fitDensityBaseline } from "./densityBaseline.ts";
import type { Evaluation } from "./evaluation.ts";
import { countedStudies, type Items, imagesOf, studiesOf } from "./items.ts";
import { rocTable } from "./rocTable.ts";
import { sweepThreshold } from "./sweep.ts";

export interface EvaluateOptions {
  /** Decides the resamples. */
  readonly seed: number;
  readonly resamples?: number;
  /** Studies that the density baseline may learn from: the training set's. Without them there is no baseline. */
  readonly baselineTraining?: { readonly set: string; readonly studies: readonly AttributedStudy[] };
}

/**
 * All tables and curves of a set of predictions, each number with its n and a 95 % interval over subjects: first of the
 * images, then, where studies have a truth, of the studies under the rule, then against the density baseline.
 *
 * test: the predictions to measure; that they are validation's is marked, as the classifier was chosen on those.
 */
export function evaluate(test: PredictionSet, rule: StudyRule, options: EvaluateOptions): Evaluation {
  const { seed, resamples = 2000 } = options;
  const images = imagesOf(test);
  const studies = test.level === "study" ? studiesOf(test, rule) : null;
  const resample = (items: Items) => resampleSubjects(items.subjects, { resamples, seed });
  const imageResampling = resample(images);
  const studyResampling = studies === null ? null : resample(studies);
  return {
    format: "groundglass-evaluation/1",
    groundglassVersion: version,
    classifierId: test.classifierId,
    classes: test.classes,
    level: test.level,
    set: test.set,
    usedForChoosing: test.set === "train" || test.set === "validation",
    intervals: { confidence: 0.95, unit: "subject", resamples, seed },
    counts: countSet(test),
    images: {
      table: classTable(images, imageResampling, "images"),
      roc: rocTable(images, imageResampling, "images"),
    },
    studies:
      studies === null || studyResampling === null
        ? null
        : {
            rule,
            table: classTable(studies, studyResampling, "studies"),
            roc: rocTable(studies, studyResampling, "studies"),
            sweep: sweepThreshold(test, rule, studies, studyResampling),
          },
    studiesReason:
      studies === null ? "the labels belong to single images, so a study has no truth to compare with" : null,
    ...againstBaseline(test, studies, studyResampling, options),
  };
}

function againstBaseline(
  test: PredictionSet,
  studies: Items | null,
  resampling: Resampling | null,
  options: EvaluateOptions,
): Pick<Evaluation, "baseline" | "baselineReason"> {
  if (studies === null || resampling === null) return { baseline: null, baselineReason: "studies have no truth" };
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
  return {
    baseline: {
      attributes: baseline.attributes,
      fittedOn: { set: training.set, studies: baseline.fittedOn },
      table: classTable(items, resampling, "studies"),
      roc: rocTable(items, resampling, "studies"),
      difference: compareAccuracy(studies, items, resampling),
    },
    baselineReason: null,
  };
}
