import { fitLogistic } from "../../statistics/multinomialLogistic.ts";
import { histogramOf } from "../pooling/histogramLogistic.ts";
import { applyStudyRule, type StudyRule, type StudyRuleKind } from "../studyRule.ts";
import { chooseThreshold } from "./chooseThreshold.ts";
import { fitAttention } from "./fitAttention.ts";
import type { KnownStudy } from "./knownStudies.ts";
import { subjectFolds } from "./subjectFolds.ts";

const topShares = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75];
const noisyOrWeights = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const bins = 5;
/** How far the logistic regression may go from "nothing known": what its features are multiplied by. */
const logisticStrengths = [1, 2, 4, 8];
const attentionPenalties = [3, 0.3];
const innerFolds = 3;

export interface FitOptions {
  /** In the order of decision, the fallback last. */
  readonly classes: readonly string[];
  /** Of the inner folds and of the first weights of attention. */
  readonly seed: number;
}

/**
 * A rule of this kind, fitted on the studies (of the validation set).
 *
 * A single number (a threshold, share or weight) is the best of a list on these studies: the threshold by accuracy, the
 * others by log loss. The strength of the two rules with many numbers is chosen by cross-validation over the studies'
 * subjects, by log loss; where there are too few subjects for that, the most cautious is taken.
 */
export function fitStudyRule(kind: StudyRuleKind, studies: readonly KnownStudy[], options: FitOptions): StudyRule {
  const { classes } = options;
  const head = { classes, chosenOn: "validation" } as const;
  switch (kind) {
    case "fraction":
      return { kind, ...head, threshold: chooseThreshold(studies) };
    case "largerFraction":
    case "mean":
      return { kind, classes, chosenOn: "preset" };
    case "topK":
      return best(
        topShares.map((share): StudyRule => ({ kind, ...head, share })),
        studies,
      );
    case "noisyOr":
      return best(
        noisyOrWeights.map((weight): StudyRule => ({ kind, ...head, weight })),
        studies,
      );
    case "logistic":
      return byInnerFolds(logisticStrengths, studies, options, (strength, some) => ({
        kind,
        ...head,
        ...fitHistogramLogistic(some, classes.length, strength),
      }));
    case "attention":
      return byInnerFolds(attentionPenalties, studies, options, (penalty, some) => ({
        kind,
        ...head,
        ...fitAttention(some, { classes: classes.length, penalty, seed: options.seed }),
      }));
  }
}

/** −log of the truth's probability; at most that of one in a million. */
export function lossOf(probabilities: readonly number[], truth: number): number {
  return -Math.log(Math.max(probabilities[truth], 1e-6));
}

function logLossOf(rule: StudyRule, { truth, rows }: KnownStudy): number {
  return lossOf(applyStudyRule(rule, rows).probabilities, truth);
}

function meanLogLoss(rule: StudyRule, studies: readonly KnownStudy[]): number {
  return studies.reduce((sum, study) => sum + logLossOf(rule, study), 0) / studies.length;
}

/** The rule with the lowest log loss, the first of equal ones. */
function best(rules: readonly StudyRule[], studies: readonly KnownStudy[]): StudyRule {
  const losses = rules.map((rule) => meanLogLoss(rule, studies));
  return rules[losses.indexOf(Math.min(...losses))];
}

/** The rule of the setting that does best on subjects left out; settings from the most cautious on. */
function byInnerFolds(
  settings: readonly number[],
  studies: readonly KnownStudy[],
  { seed }: FitOptions,
  ruleOf: (setting: number, some: readonly KnownStudy[]) => StudyRule,
): StudyRule {
  const folds = subjectFolds(studies, seed, innerFolds);
  if (folds.length === 0) return ruleOf(settings[0], studies);
  const losses = settings.map((setting) =>
    folds.reduce((sum, fold) => {
      const rule = ruleOf(setting, fold.fit);
      return sum + fold.held.reduce((total, study) => total + logLossOf(rule, study), 0);
    }, 0),
  );
  return ruleOf(settings[losses.indexOf(Math.min(...losses))], studies);
}

function fitHistogramLogistic(studies: readonly KnownStudy[], classes: number, strength: number) {
  const features = studies.map(({ rows }) => histogramOf(rows, bins).map((share) => strength * share));
  const truths = studies.map(({ truth }) => truth);
  const { weights, intercepts } = fitLogistic(features, truths, classes);
  const kept = (value: number) => Number(value.toPrecision(6));
  return {
    bins,
    weights: weights.map((row) => row.map((weight) => kept(strength * weight))),
    intercepts: intercepts.map(kept),
  };
}
