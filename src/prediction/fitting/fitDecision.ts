import { InputError } from "../../base/errors.ts";
import { calibrate } from "../calibration.ts";
import type { OperatingCriterion, OperatingPoint } from "../operatingPoint.ts";
import type { PredictionSet } from "../predictionSet.ts";
import type { StudyDecision } from "../studyFinding.ts";
import { applyStudyRule, type FractionRule, paperStudyRule, type StudyRule } from "../studyRule.ts";
import type { StudyRules } from "../studyRules.ts";
import { chooseOperatingPoint } from "./chooseOperatingPoint.ts";
import { type CalibrationKind, fitCalibration } from "./fitCalibration.ts";
import { fitStudyRules, type HeldOutStudy, type RuleWish } from "./fitStudyRules.ts";
import { type KnownStudy, knownStudies } from "./knownStudies.ts";

/** What the user asked the decision to be. */
export interface DecisionWish extends Omit<RuleWish, "rule"> {
  /** A kind of rule; auto; or head: the network's study head decides, and no rule is fitted. */
  readonly rule: RuleWish["rule"] | "head";
  readonly calibration: CalibrationKind | "none";
  /** null: a finding follows the study rule. */
  readonly operatingPoint: { readonly class: string; readonly criterion: OperatingCriterion } | null;
  /** Of the folds within validation and of the attention rule's first weights. */
  readonly seed: number;
}

/** A decision and what was compared on the way to it. */
export interface DecisionFit {
  readonly decision: StudyDecision;
  /** null where no rule was fitted: no study has a truth, or a study head decides. */
  readonly rules: StudyRules | null;
}

/**
 * The study rule, the calibration and the operating point, all fitted on validation. Calibration of studies and operating
 * point rest on the probabilities that the rule gives studies left out of its fit.
 * @throws InputError CHOICE_ON_TEST if the predictions are not validation's; OPERATING_POINT_UNKNOWN.
 */
export function fitDecision(validation: PredictionSet, wish: DecisionWish): DecisionFit {
  if (validation.set !== "validation") {
    throw new InputError(
      "CHOICE_ON_TEST",
      `These are predictions of the ${validation.set} set; rules, calibrations and operating points are chosen on validation only. Chosen on the set that measures them, they would flatter. Give the validation predictions.`,
    );
  }
  const { classes, labels } = validation;
  if (labels === "several") {
    const studyRule = { ...unfitted(classes, wish.threshold), each: true } as const;
    return { decision: { studyRule, calibration: null, operatingPoint: null }, rules: null };
  }
  const known = knownStudies(validation.studies, classes);
  const fit =
    wish.rule === "head"
      ? headFit(known, classes)
      : fitStudyRules(known, { ...wish, rule: wish.rule }, { classes, seed: wish.seed });
  const heldOut = fit?.heldOut ?? [];
  const calibration = wish.calibration === "none" ? null : fitCalibration(validation, heldOut, wish.calibration);
  const map = calibration?.studies ?? null;
  return {
    decision: {
      studyRule: fit?.studyRule ?? unfitted(classes, wish.threshold),
      calibration,
      operatingPoint: operatingPointOf(
        wish,
        classes,
        heldOut.map(({ study, probabilities }) => ({ study, probabilities: calibrate(map, probabilities) })),
      ),
    },
    rules: fit?.rules ?? null,
  };
}

/** The study head's own decision. It learned without validation, which only picked its epoch. */
function headFit(studies: readonly KnownStudy[], classes: readonly string[]) {
  const studyRule: StudyRule = { kind: "head", head: "attention", classes, chosenOn: "validation" };
  const heldOut = studies.map((study) => ({
    study,
    probabilities: applyStudyRule(studyRule, study.rows, study.attention).probabilities,
  }));
  return { studyRule, heldOut, rules: null };
}

function unfitted(classes: readonly string[], threshold: number | null): FractionRule {
  const paper = paperStudyRule(classes);
  return threshold === null ? paper : { ...paper, threshold, chosenOn: "user" };
}

function operatingPointOf(
  { operatingPoint }: DecisionWish,
  classes: readonly string[],
  studies: readonly HeldOutStudy[],
): OperatingPoint | null {
  if (operatingPoint === null) return null;
  const index = classes.indexOf(operatingPoint.class);
  const scored = studies.map(({ study, probabilities }) => ({
    subjectId: study.subjectId,
    score: probabilities[index],
    isPositive: study.truth === index,
  }));
  return chooseOperatingPoint(scored, operatingPoint);
}
