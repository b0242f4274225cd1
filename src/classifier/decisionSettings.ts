import { z } from "zod";
import { InputError } from "../base/errors.ts";
import type { Case } from "../dataset/dataset.ts";
import type { DecisionWish } from "../prediction/fitting/fitDecision.ts";
import { subjectFolds } from "../prediction/fitting/subjectFolds.ts";
import { criterionSchema, parseOperatingCriterion } from "../prediction/operatingPoint.ts";
import { studyRuleKinds } from "../prediction/studyRule.ts";
import type { TrainingPreset } from "../training/trainingSettings.ts";

/** How a study's finding is to be made; kept in RUN/run.json. */
export type DecisionSettings = Pick<DecisionWish, "rule" | "calibration" | "operatingPoint">;

/** What a user may ask for; what is left out comes from the preset. */
export interface DecisionOptions {
  /** auto, fraction, largerFraction, mean, topK, noisyOr, logistic or attention. */
  readonly studyRule?: string | undefined;
  /** attention: a head that learns from studies' labels decides, instead of a study rule. */
  readonly studyHead?: string | undefined;
  /** The fraction rule's threshold; left out, it is chosen on validation. */
  readonly threshold?: number | undefined;
  /** temperature, isotonic or none. */
  readonly calibration?: string | undefined;
  /** As parseOperatingCriterion reads it: sensitivity=0.95, specificity=0.9, youden, cost=5:1, net-benefit=0.2. */
  readonly operatingPoint?: string | undefined;
  /** The class that the operating point is for, against the rest; the first one where it is left out. */
  readonly operatingClass?: string | undefined;
}

const ruleWishes = ["auto", ...studyRuleKinds] as const;
/** The kinds of study heads. */
export const studyHeadKinds = ["attention"] as const;
const calibrationWishes = ["temperature", "isotonic", "none"] as const;

/** What a run that was begun before rules could be chosen did. */
const before = { rule: "fraction", calibration: "none", operatingPoint: null } as const satisfies DecisionSettings;

export const decisionSettingsSchema = z
  .strictObject({
    rule: z.enum([...ruleWishes, "head"]),
    calibration: z.enum(calibrationWishes),
    operatingPoint: z.strictObject({ class: z.string(), criterion: criterionSchema }).nullable(),
  })
  .default(before);

/** The paper's rule as it is; ours chooses, and calibrates. docs/study-rules.md says why. */
const presetDecisions: Readonly<Record<TrainingPreset, DecisionSettings>> = {
  default: { rule: "auto", calibration: "temperature", operatingPoint: null },
  chen2021: before,
  "chen2021-manifestation": before,
};

/**
 * A preset's way to decide with the user's own in its place.
 * @throws InputError STUDY_RULE_UNKNOWN, CALIBRATION_UNKNOWN, OPERATING_POINT_INVALID, OPERATING_POINT_UNKNOWN,
 * THRESHOLD_UNUSED, STUDY_HEAD_UNKNOWN, STUDY_HEAD_DECIDES, STUDY_HEAD_NEEDS_STUDIES.
 */
export function resolveDecision(
  options: DecisionOptions,
  run: { readonly preset: TrainingPreset; readonly classes: readonly string[]; readonly level: "study" | "slice" },
): DecisionSettings {
  const base = presetDecisions[run.preset];
  const calibration = calibrationOf(options.calibration ?? base.calibration);
  const operatingPoint = operatingPointOf(options, run);
  if (options.studyHead !== undefined) {
    checkStudyHead(options.studyHead, options, run.level);
    return { rule: "head", calibration, operatingPoint };
  }
  const asked = options.studyRule ?? (options.threshold === undefined ? base.rule : "fraction");
  const rule = ruleWishes.find((name) => name === asked);
  if (rule === undefined) {
    throw new InputError("STUDY_RULE_UNKNOWN", `There is no study rule "${asked}". Known: ${ruleWishes.join(", ")}.`);
  }
  if (options.threshold !== undefined && rule !== "fraction") {
    throw new InputError(
      "THRESHOLD_UNUSED",
      `A threshold was given with the study rule ${rule}; only "fraction" has one. Leave one of the two out.`,
    );
  }
  return { rule, calibration, operatingPoint };
}

function calibrationOf(asked: string): DecisionSettings["calibration"] {
  const calibration = calibrationWishes.find((name) => name === asked);
  if (calibration !== undefined) return calibration;
  throw new InputError(
    "CALIBRATION_UNKNOWN",
    `There is no calibration "${asked}". Known: ${calibrationWishes.join(", ")}.`,
  );
}

function checkStudyHead(head: string, { studyRule, threshold }: DecisionOptions, level: "study" | "slice"): void {
  if (!studyHeadKinds.some((kind) => kind === head)) {
    throw new InputError(
      "STUDY_HEAD_UNKNOWN",
      `There is no study head "${head}". Known: ${studyHeadKinds.join(", ")}.`,
    );
  }
  if (studyRule !== undefined || threshold !== undefined) {
    throw new InputError(
      "STUDY_HEAD_DECIDES",
      `A study head was asked for with ${studyRule === undefined ? "a threshold" : `the study rule ${studyRule}`}; the head decides in a rule's place. Leave one of the two out.`,
    );
  }
  if (level === "slice") {
    throw new InputError(
      "STUDY_HEAD_NEEDS_STUDIES",
      "The labels belong to single images; a study head learns from the labels of whole studies. Prepare the data set with a label for each study, or leave the head out.",
    );
  }
}

function operatingPointOf(
  { operatingPoint, operatingClass }: DecisionOptions,
  { classes, level }: { readonly classes: readonly string[]; readonly level: "study" | "slice" },
): DecisionSettings["operatingPoint"] {
  if (operatingPoint === undefined) {
    if (operatingClass === undefined) return null;
    throw new InputError(
      "OPERATING_POINT_INVALID",
      `A class (${operatingClass}) but no operating point was given. Add one, such as sensitivity=0.95.`,
    );
  }
  const criterion = parseOperatingCriterion(operatingPoint);
  const name = operatingClass ?? classes[0];
  if (!classes.includes(name)) {
    throw new InputError("OPERATING_POINT_UNKNOWN", `"${name}" is no class. There are: ${classes.join(", ")}.`);
  }
  if (level === "slice") {
    throw new InputError(
      "OPERATING_POINT_UNKNOWN",
      "The labels belong to single images, so a study has no truth to choose an operating point by. Leave it out.",
    );
  }
  return { class: name, criterion };
}

/**
 * Makes sure, before hours of training, that validation can tell an operating point: by studies left out of the study
 * rule's fit, so each class there needs two subjects, and the class itself must be among them.
 * @throws InputError OPERATING_POINT_UNKNOWN.
 */
export function checkOperatingPoint(
  { operatingPoint }: DecisionSettings,
  validation: readonly Case[],
  classes: readonly string[],
): void {
  if (operatingPoint === null) return;
  const studies = validation.flatMap(({ subjectId, label, prepared }) =>
    label === null || prepared.slices === 0 ? [] : [{ subjectId, truth: classes.indexOf(label) }],
  );
  const hasClass = studies.some(({ truth }) => truth === classes.indexOf(operatingPoint.class));
  if (hasClass && subjectFolds(studies, 1, 5).length > 0) return;
  throw new InputError(
    "OPERATING_POINT_UNKNOWN",
    `Validation has too few subjects to choose an operating point for ${operatingPoint.class} by: it and each other class there need two. Add subjects, or leave it out.`,
  );
}
