import { applyStudyRule, paperStudyRule, type StudyRule, type StudyRuleKind, studyRuleKinds } from "../studyRule.ts";
import type { CrossValidated, FittedRule, StudyRules } from "../studyRules.ts";
import { type FitOptions, fitStudyRule, lossOf } from "./fitStudyRule.ts";
import type { KnownStudy } from "./knownStudies.ts";
import { subjectFolds } from "./subjectFolds.ts";

/** With fewer validation subjects auto takes the mean: chance would choose. docs/study-rules.md has the measurement. */
export const fewestToChoose = 20;

/** What the user asked the study rule to be. */
export interface RuleWish {
  /** A kind, or auto: the one that does best on validation subjects left out of its fit. */
  readonly rule: StudyRuleKind | "auto";
  /** The fraction rule's threshold, instead of choosing it. */
  readonly threshold: number | null;
}

/** A validation study's probabilities by a rule that was fitted without its subject. */
export interface HeldOutStudy {
  readonly study: KnownStudy;
  readonly probabilities: readonly number[];
}

/** The rule to decide by, all rules for comparison, and what the one to decide by says of studies left out of its fit. */
export interface RuleFit {
  readonly studyRule: StudyRule;
  readonly rules: StudyRules;
  /** Empty where there are too few subjects to leave any out. */
  readonly heldOut: readonly HeldOutStudy[];
}

/**
 * Every rule fitted on the validation studies, and the one to decide by.
 *
 * Each kind is also fitted with a fifth of the subjects left out at a time, all its choices included, and measured on
 * those: a rule with many numbers cannot win by having learned the validation studies by heart. auto stays with the mean
 * unless another is clearly better there, and does not choose by fewer than 20 subjects.
 * @returns null where no study has a known truth.
 * @source Varma and Simon 2006, nested cross-validation.
 */
export function fitStudyRules(studies: readonly KnownStudy[], wish: RuleWish, options: FitOptions): RuleFit | null {
  if (studies.length === 0) return null;
  const fits = studyRuleKinds.map((kind) => fitKind(kind, studies, wish.threshold, options));
  const subjects = new Set(studies.map(({ subjectId }) => subjectId)).size;
  const asked = wish.rule !== "auto" ? wish.rule : subjects < fewestToChoose ? "mean" : null;
  const chosen = asked === null ? bestOf(fits) : fits.find(({ fitted }) => fitted.rule.kind === asked);
  if (chosen === undefined) throw new Error(`No rule of kind ${wish.rule}`);
  const isAuto = wish.rule === "auto";
  const { rule } = chosen.fitted;
  const studyRule: StudyRule = isAuto && rule.chosenOn === "preset" ? { ...rule, chosenOn: "validation" } : rule;
  return {
    studyRule,
    rules: {
      format: "groundglass-study-rules/1",
      fittedOn: {
        set: "validation",
        subjects,
        studies: studies.length,
      },
      chosen: studyRuleKinds[fits.indexOf(chosen)],
      choice: isAuto ? describeChoice(chosen.fitted, subjects) : `The rule ${rule.kind} was asked for.`,
      rules: fits.map(({ fitted }) => fitted),
    },
    heldOut: chosen.heldOut,
  };
}

interface KindFit {
  readonly fitted: FittedRule;
  readonly heldOut: readonly HeldOutStudy[];
  /** Of each study left out, in the order of heldOut, which is the same for all kinds. */
  readonly losses: readonly number[];
}

function fitKind(
  kind: StudyRuleKind,
  studies: readonly KnownStudy[],
  threshold: number | null,
  options: FitOptions,
): KindFit {
  const ruleOf = (some: readonly KnownStudy[]): StudyRule =>
    kind === "fraction" && threshold !== null
      ? { ...paperStudyRule(options.classes), threshold, chosenOn: "user" }
      : fitStudyRule(kind, some, options);
  const isRight = (rule: StudyRule, { truth, rows }: KnownStudy) =>
    applyStudyRule(rule, rows).finding === options.classes[truth];

  const rule = ruleOf(studies);
  const validationAccuracy = studies.filter((study) => isRight(rule, study)).length / studies.length;
  const folds = subjectFolds(studies, options.seed, 5);
  if (folds.length === 0)
    return { fitted: { rule, validationAccuracy, crossValidated: null }, heldOut: [], losses: [] };
  const held = folds.flatMap((fold) => {
    const inner = ruleOf(fold.fit);
    return fold.held.map((study) => ({ study, rule: inner }));
  });
  const heldOut = held.map((one) => ({
    study: one.study,
    probabilities: applyStudyRule(one.rule, one.study.rows).probabilities,
  }));
  const losses = heldOut.map(({ study, probabilities }) => lossOf(probabilities, study.truth));
  const crossValidated: CrossValidated = {
    folds: folds.length,
    accuracy: held.filter((one) => isRight(one.rule, one.study)).length / held.length,
    logLoss: sumOf(losses) / losses.length,
  };
  return { fitted: { rule, validationAccuracy, crossValidated }, heldOut, losses };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * The mean rule, which has nothing to fit, unless another kind is clearly better on subjects left out: no less accurate,
 * and a log loss lower by more than the standard error of the difference, subject by subject. Of several such kinds the
 * one with the lowest log loss. The fraction rule states the mean's probabilities, so it is never lower.
 */
function bestOf(fits: readonly KindFit[]): KindFit | undefined {
  const mean = fits.find(({ fitted }) => fitted.rule.kind === "mean");
  let best = mean;
  for (const fit of fits) {
    if (mean && best && isClearlyBetter(fit, mean) && logLossesOf(fit) < logLossesOf(best)) best = fit;
  }
  return best;
}

function isClearlyBetter(a: KindFit, b: KindFit): boolean {
  const [one, other] = [a.fitted.crossValidated, b.fitted.crossValidated];
  if (one === null || other === null || one.accuracy < other.accuracy) return false;
  const gains = new Map<string, number>();
  for (const [i, { study }] of a.heldOut.entries()) {
    gains.set(study.subjectId, (gains.get(study.subjectId) ?? 0) + b.losses[i] - a.losses[i]);
  }
  const values = [...gains.values()];
  const sum = sumOf(values);
  const spread = sumOf(values.map((value) => (value - sum / values.length) ** 2));
  return sum > Math.sqrt((spread * values.length) / (values.length - 1));
}

function logLossesOf({ fitted }: KindFit): number {
  return fitted.crossValidated?.logLoss ?? Number.POSITIVE_INFINITY;
}

function describeChoice({ rule, crossValidated }: FittedRule, subjects: number): string {
  if (crossValidated === null || subjects < fewestToChoose) {
    return `${subjects} validation subjects are too few to choose a rule by; the mean has nothing to fit.`;
  }
  const { folds, accuracy } = crossValidated;
  const share = `${(100 * accuracy).toFixed(1)}\u00a0% of the validation studies, each left out of the fit (${folds} folds)`;
  return rule.kind === "mean"
    ? `No rule did clearly better than the mean, which gets right ${share}.`
    : `Of the rules that did clearly better than the mean, ${rule.kind} did best: it gets right ${share}.`;
}
