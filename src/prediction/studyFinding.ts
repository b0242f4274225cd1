import { type Calibration, calibrate } from "./calibration.ts";
import type { OperatingPoint } from "./operatingPoint.ts";
import { mostProbable, type Rows } from "./pooling/means.ts";
import { applyStudyRule, type StudyFinding, type StudyRule } from "./studyRule.ts";

/** The part of a classifier that turns images' probabilities into a study's finding. */
export interface StudyDecision {
  readonly studyRule: StudyRule;
  readonly calibration: Calibration | null;
  readonly operatingPoint: OperatingPoint | null;
}

/** A finding, and by what it was reached. */
export interface DecidedFinding extends StudyFinding {
  readonly decidedBy: "studyRule" | "operatingPoint";
  /** Whether the probabilities are calibrated. */
  readonly isCalibrated: boolean;
}

/**
 * A study's finding: the rule's probabilities, calibrated where the classifier has a calibration; then the operating
 * point's class if its probability is at least the threshold and another if not; without one, what the rule says.
 *
 * sliceProbabilities: [slices, classes], as the network gave them, columns in the rule's order of classes. attention: as
 * applyStudyRule takes it.
 * @throws InputError NO_LUNG_SLICES if there are no slices.
 */
export function studyFinding(
  decision: StudyDecision,
  sliceProbabilities: Rows,
  attention?: readonly number[] | undefined,
): DecidedFinding {
  const { studyRule, calibration, operatingPoint } = decision;
  const ruled = applyStudyRule(studyRule, sliceProbabilities, attention);
  const map = calibration?.studies ?? null;
  const probabilities = calibrate(map, ruled.probabilities);
  const found = { ...ruled, probabilities, isCalibrated: map !== null };
  if (operatingPoint === null) return { ...found, decidedBy: "studyRule" };
  return {
    ...found,
    finding: atOperatingPoint(operatingPoint, ruled, probabilities, studyRule),
    decidedBy: "operatingPoint",
  };
}

/** The point's class, or the rule's finding if that is another, or the most probable of the others. */
function atOperatingPoint(
  { class: name, threshold }: OperatingPoint,
  ruled: StudyFinding,
  probabilities: readonly number[],
  { classes }: StudyRule,
): string {
  const index = classes.indexOf(name);
  if (probabilities[index] >= threshold) return name;
  if (ruled.finding !== name) return ruled.finding;
  return classes[mostProbable(probabilities.map((p, k) => (k === index ? -1 : p)))];
}
