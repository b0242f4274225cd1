import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { type AttentionModel, attentionPooling, attentionShape } from "./pooling/attentionPooling.ts";
import { gatherByAttention } from "./pooling/gatherByAttention.ts";
import { type HistogramLogistic, histogramLogistic, histogramLogisticShape } from "./pooling/histogramLogistic.ts";
import { classFractions, meanOf, mostProbable, type Rows, topMean } from "./pooling/means.ts";
import { noisyOr } from "./pooling/noisyOr.ts";

export { mostProbable };

/** What every study rule has. */
interface RuleHead {
  /**
   * In the order of decision, the fallback (the class without disease) last. The columns of the probabilities are in this
   * order too; of equally probable classes the one decided first counts.
   */
  readonly classes: readonly string[];
  /** On what its kind or its numbers were chosen; preset: on no data of the user's. */
  readonly chosenOn: "paper" | "validation" | "user" | "preset";
}

/** The first class, in the order of decision, whose fraction of images is larger than the threshold; else the last. */
export interface FractionRule extends RuleHead {
  readonly kind: "fraction";
  /** A share of the study's images, 0 … 1; the fraction must be strictly larger. */
  readonly threshold: number;
  /** Whether images may show several classes: each is found by itself, where it is called in a larger share of the images. */
  readonly each?: true | undefined;
}

/** The class that most images are called. */
export interface LargerFractionRule extends RuleHead {
  readonly kind: "largerFraction";
}

/** The class with the highest mean probability. */
export interface MeanRule extends RuleHead {
  readonly kind: "mean";
}

/** The mean over the images that are least like the last class. */
export interface TopKRule extends RuleHead {
  readonly kind: "topK";
  /** k as a share of the study's images, so that it does not hang on their number; at least one image. */
  readonly share: number;
}

/** A disease is there unless every image fails to show it. */
export interface NoisyOrRule extends RuleHead {
  readonly kind: "noisyOr";
  /** How much one image's word counts, 0 < weight ≤ 1. */
  readonly weight: number;
}

/** Logistic regression on the histograms of the images' probabilities. */
export interface LogisticRule extends RuleHead, HistogramLogistic {
  readonly kind: "logistic";
}

/** Attention over the images' logits. */
export interface AttentionRule extends RuleHead, AttentionModel {
  readonly kind: "attention";
}

/**
 * A head of the network that learned from studies' labels says how much each image counts, and what it speaks for; no rule was
 * fitted afterwards.
 */
export interface HeadRule extends RuleHead {
  readonly kind: "head";
  readonly head: "attention";
}

/** How a study's finding follows from its images. */
export type StudyRule =
  | FractionRule
  | LargerFractionRule
  | MeanRule
  | TopKRule
  | NoisyOrRule
  | LogisticRule
  | AttentionRule
  | HeadRule;

/** Those that are fitted to images' probabilities, from the simplest to the most flexible. */
export const studyRuleKinds = [
  "fraction",
  "largerFraction",
  "mean",
  "topK",
  "noisyOr",
  "logistic",
  "attention",
] as const satisfies readonly StudyRule["kind"][];

export type StudyRuleKind = (typeof studyRuleKinds)[number];

/** A study's finding and what it rests on; each list in the rule's order of classes. */
export interface StudyFinding {
  readonly finding: string;
  /** Share of the study's images whose most probable class it is. */
  readonly fractions: readonly number[];
  /** The study's, by the rule; they sum to 1, but for classes found by themselves. Of the fraction rule, the mean of its images'. */
  readonly probabilities: readonly number[];
}

const head = {
  classes: z.array(z.string()).min(2),
  chosenOn: z.enum(["paper", "validation", "user", "preset"]),
};

export const studyRuleSchema: z.ZodType<StudyRule> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("fraction"),
    ...head,
    threshold: z.number().min(0).max(1),
    each: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal("largerFraction"), ...head }),
  z.strictObject({ kind: z.literal("mean"), ...head }),
  z.strictObject({ kind: z.literal("topK"), ...head, share: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal("noisyOr"), ...head, weight: z.number().positive().max(1) }),
  z.strictObject({ kind: z.literal("logistic"), ...head, ...histogramLogisticShape }),
  z.strictObject({ kind: z.literal("attention"), ...head, ...attentionShape }),
  z.strictObject({ kind: z.literal("head"), ...head, head: z.literal("attention") }),
]);

/** The paper's threshold, chosen there for sensitivity. @source Chen et al. 2021, study-level diagnosis. */
export const paperThreshold = 0.05;

/** The paper's rule: larger than 5 % of the images. classes: in the order of decision, the fallback last. */
export function paperStudyRule(classes: readonly string[]): FractionRule {
  return { kind: "fraction", classes, threshold: paperThreshold, chosenOn: "paper" };
}

/**
 * The study's finding from its images' probabilities, by the rule alone; `studyFinding` adds calibration and operating
 * point.
 *
 * sliceProbabilities: [slices, classes], all images of the study, columns in the rule's order of classes. attention: how much each
 * counts, summing to 1; the head's rule needs it, the others do not look at it.
 * @throws InputError NO_LUNG_SLICES if there are no slices.
 * @source fraction: Chen et al. 2021; with three classes: COVID-19, else other pneumonia, else normal. The others: at
 * their functions.
 */
export function applyStudyRule(
  rule: StudyRule,
  sliceProbabilities: Rows,
  attention?: readonly number[] | undefined,
): StudyFinding {
  if (sliceProbabilities.length === 0) {
    throw new InputError(
      "NO_LUNG_SLICES",
      "The study has no image to decide on, at least one was expected. Check that it shows lungs and is a chest CT.",
    );
  }
  if (rule.kind === "fraction" && rule.each === true) return findEach(rule, sliceProbabilities);
  const fractions = classFractions(sliceProbabilities);
  const probabilities =
    rule.kind === "head" ? gatherByAttention(sliceProbabilities, attention) : pool(rule, sliceProbabilities, fractions);
  const decided = rule.kind === "fraction" ? decideByFraction(fractions, rule.threshold) : mostProbable(probabilities);
  return { finding: rule.classes[decided], fractions, probabilities };
}

/** The finding of a study of which none of the classes is found by itself. */
export const noneFound = "none of them";

/** Every class that is found by itself, one after the other. */
function findEach({ classes, threshold }: FractionRule, rows: Rows): StudyFinding {
  const fractions = classes.map((_, k) => rows.filter((row) => isCalled(row[k])).length / rows.length);
  const found = classes.filter((_, k) => fractions[k] > threshold);
  return { finding: found.length === 0 ? noneFound : found.join(" + "), fractions, probabilities: meanOf(rows) };
}

/** Whether a class that is there or not by itself is called, at its probability. */
export function isCalled(probability: number): boolean {
  return probability > 0.5;
}

/** The index of the first class but the last whose fraction is larger than the threshold, else of the last. */
export function decideByFraction(fractions: readonly number[], threshold: number): number {
  const last = fractions.length - 1;
  const first = fractions.findIndex((fraction, k) => k < last && fraction > threshold);
  return first < 0 ? last : first;
}

function pool(rule: Exclude<StudyRule, HeadRule>, rows: Rows, fractions: readonly number[]): readonly number[] {
  switch (rule.kind) {
    case "fraction":
    case "mean":
      return meanOf(rows);
    case "largerFraction":
      return fractions;
    case "topK":
      return topMean(rows, rule.share);
    case "noisyOr":
      return noisyOr(rows, rule.weight);
    case "logistic":
      return histogramLogistic(rows, rule);
    case "attention":
      return attentionPooling(rows, rule);
  }
}
