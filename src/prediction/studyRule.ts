import { z } from "zod";
import { InputError } from "../base/errors.ts";
import type { StudyPrediction } from "./predictionSet.ts";

/** How a study's finding follows from its images. */
export interface StudyRule {
  readonly kind: "fraction";
  /**
   * In the order of decision: the first class whose fraction of images is larger than the threshold is the finding; the
   * last class is the fallback. The columns of the probabilities are in this order too.
   */
  readonly classes: readonly string[];
  /** A share of the study's images, 0 … 1; the fraction must be strictly larger. */
  readonly threshold: number;
  readonly chosenOn: "paper" | "validation" | "user";
}

/** A study's finding and what it rests on; each list in the rule's order of classes. */
export interface StudyFinding {
  readonly finding: string;
  /** Share of the study's images whose most probable class it is. */
  readonly fractions: readonly number[];
  /** Mean over the study's images. */
  readonly probabilities: readonly number[];
}

export const studyRuleSchema = z.strictObject({
  kind: z.literal("fraction"),
  classes: z.array(z.string()).min(2),
  threshold: z.number().min(0).max(1),
  chosenOn: z.enum(["paper", "validation", "user"]),
});

/** The paper's threshold, chosen there for sensitivity. @source Chen et al. 2021, study-level diagnosis. */
export const paperThreshold = 0.05;

/** The paper's rule: larger than 5 % of the images. classes: in the order of decision, the fallback last. */
export function paperStudyRule(classes: readonly string[]): StudyRule {
  return { kind: "fraction", classes, threshold: paperThreshold, chosenOn: "paper" };
}

/**
 * The study's finding from its images' probabilities.
 *
 * sliceProbabilities: [slices, classes], all images of the study, columns in the rule's order of classes. Where two
 * classes are equally probable in an image, the one decided first counts.
 * @throws InputError NO_LUNG_SLICES if there are no slices.
 * @source Chen et al. 2021; with three classes: COVID-19, else other pneumonia, else normal.
 */
export function applyStudyRule(rule: StudyRule, sliceProbabilities: readonly (readonly number[])[]): StudyFinding {
  const slices = sliceProbabilities.length;
  if (slices === 0) {
    throw new InputError(
      "NO_LUNG_SLICES",
      "The study has no image to decide on, at least one was expected. Check that it shows lungs and is a chest CT.",
    );
  }
  const counts = rule.classes.map(() => 0);
  const sums = rule.classes.map(() => 0);
  for (const probabilities of sliceProbabilities) {
    const first = mostProbable(probabilities);
    counts[first] = (counts[first] ?? 0) + 1;
    for (const [k, probability] of probabilities.entries()) sums[k] = (sums[k] ?? 0) + probability;
  }
  const fractions = counts.map((count) => count / slices);
  return {
    finding: decide(rule.classes, fractions, rule.threshold),
    fractions,
    probabilities: sums.map((sum) => sum / slices),
  };
}

/**
 * The rule with the threshold that gives the best overall accuracy on the validation studies.
 *
 * Accuracy only changes where the threshold crosses a fraction that occurs, so the middles between neighbouring fractions
 * stand for all thresholds; the paper's 5 % is tried as well. Of equally good ones the nearest to 5 % is taken, and of
 * two as near the lower. Where every study is one image, all thresholds say the same and 5 % stays. Studies without truth
 * are left out; with none left the rule comes back as it was.
 */
export function chooseThreshold(rule: StudyRule, validation: readonly StudyPrediction[]): StudyRule {
  const known = validation
    .filter((study) => study.truth !== null && study.slices.length > 0)
    .map((study) => {
      const probabilities = study.slices.map((slice) => slice.probabilities);
      return { truth: study.truth, fractions: applyStudyRule(rule, probabilities).fractions };
    });
  if (known.length === 0) return rule;
  const occurring = new Set([0, 1, ...known.flatMap((study) => study.fractions.slice(0, -1))]);
  const edges = [...occurring].sort((a, b) => a - b);
  const middles = edges.slice(1).map((edge, i) => (edge + (edges[i] ?? 0)) / 2);
  let best = { threshold: paperThreshold, right: -1 };
  for (const threshold of [paperThreshold, ...nearestFirst(middles)]) {
    const right = known.filter((study) => decide(rule.classes, study.fractions, threshold) === study.truth).length;
    if (right > best.right) best = { threshold, right };
  }
  return { ...rule, threshold: best.threshold, chosenOn: "validation" };
}

/** The index of the largest probability, the first of equal ones. */
export function mostProbable(probabilities: readonly number[]): number {
  let first = 0;
  for (let k = 1; k < probabilities.length; k++) {
    if ((probabilities[k] ?? 0) > (probabilities[first] ?? 0)) first = k;
  }
  return first;
}

function decide(classes: readonly string[], fractions: readonly number[], threshold: number): string {
  const last = classes.length - 1;
  const first = fractions.findIndex((fraction, k) => k < last && fraction > threshold);
  return classes[first < 0 ? last : first] ?? "";
}

function nearestFirst(thresholds: readonly number[]): number[] {
  return [...thresholds].sort((a, b) => Math.abs(a - paperThreshold) - Math.abs(b - paperThreshold) || a - b);
}
