import { mostProbable } from "../prediction/studyRule.ts";
import { fitLogistic, predictLogistic } from "../statistics/multinomialLogistic.ts";
import { type Items, toItems } from "./items.ts";

/** A study as the baseline sees it. */
export interface AttributedStudy {
  readonly subjectId: string;
  readonly truth: string;
  readonly attributes?: Readonly<Record<string, string | number>> | undefined;
}

/** What needs no network: the two numbers that a classifier must beat. */
export const densityAttributes = ["meanLungHu", "slicesInStudy"] as const;

/** A fitted baseline. */
export interface DensityBaseline {
  /** Those of `densityAttributes` that the training studies have and that differ among them. */
  readonly attributes: readonly string[];
  /** How many studies it was fitted on. */
  readonly fittedOn: number;
  /** Probability of each class, in the order of the classes. */
  predict(study: AttributedStudy): number[];
}

/**
 * A multinomial logistic regression on the mean density of the lungs and the number of slices alone. A missing value
 * counts as the training studies' mean. null if there is neither attribute, or fewer than two classes to learn from.
 */
export function fitDensityBaseline(
  training: readonly AttributedStudy[],
  classes: readonly string[],
): DensityBaseline | null {
  if (new Set(training.map((study) => study.truth)).size < 2) return null;
  const scales = densityAttributes.flatMap((name) => {
    const values = training.flatMap((study) => numberOf(study, name) ?? []);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return deviation > 0 ? [{ name, mean, deviation }] : [];
  });
  if (scales.length === 0) return null;
  const featuresOf = (study: AttributedStudy) =>
    scales.map(({ name, mean, deviation }) => ((numberOf(study, name) ?? mean) - mean) / deviation);
  const labels = training.map((study) => classes.indexOf(study.truth));
  const model = fitLogistic(training.map(featuresOf), labels, classes.length);
  return {
    attributes: scales.map((scale) => scale.name),
    fittedOn: training.length,
    predict: (study) => predictLogistic(model, featuresOf(study)),
  };
}

/** The studies as the baseline calls them, to be evaluated like a classifier's. */
export function baselineItems(
  baseline: DensityBaseline,
  studies: readonly AttributedStudy[],
  classes: readonly string[],
): Items {
  const rows = studies.map((study) => {
    const probabilities = baseline.predict(study);
    return { subjectId: study.subjectId, truth: study.truth, probabilities, predicted: mostProbable(probabilities) };
  });
  return toItems(classes, rows);
}

function numberOf(study: AttributedStudy, name: string): number | undefined {
  const value = study.attributes?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
