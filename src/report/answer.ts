import { attributeName } from "../diagnosis/attributeWords.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { counted, interval, list, percent, points } from "./words.ts";

/** The report's first words: what came out, and what it is worth. */
export interface Answer {
  /** The main result in one sentence. */
  readonly headline: string;
  /** The result as a share with its interval. */
  readonly lead: readonly string[];
  /** What a reader must weigh. */
  readonly limits: readonly string[];
}

/** The answer and its limits in plain sentences, from the evaluation alone. */
export function answerOf(evaluation: Evaluation): Answer {
  const { studies, images, baseline, level } = evaluation;
  const main = (studies ?? images).table.overallAccuracy;
  const one = studies === null ? "image" : "study";
  const many = studies === null ? "images" : "studies";
  const set = evaluation.set === "test" ? "test" : evaluation.set;
  const headline =
    main.value === null
      ? `Nothing can be said: there are no ${set} ${many}`
      : `${main.numerator} of ${counted(main.n, `${set} ${one}`, `${set} ${many}`)} called right`;
  const lead = main.value === null ? [] : [`${told("Overall accuracy", main)}, over ${subjects(main)}.`];
  if (studies !== null && baseline !== null) lead.push(...againstBaseline(baseline));
  return { headline, lead, limits: [...limitsOf(evaluation, main), ...(level === "slice" ? [sliceLimit] : [])] };
}

const sliceLimit =
  "The labels belong to single images: nothing is said of whole studies, and images of one subject are not independent.";

function againstBaseline(baseline: NonNullable<Evaluation["baseline"]>): string[] {
  const { difference, table, attributes } = baseline;
  if (difference.value === null || table.overallAccuracy.value === null) return [];
  const seen = attributesInWords(attributes);
  const reach = `A baseline that sees only ${seen} reaches ${percent(table.overallAccuracy.value)}`;
  const ends = interval(difference, "points");
  if (ends === null) return [`${reach}; the difference is ${points(difference.value)}, without an interval.`];
  const verdict =
    (difference.low ?? 0) > 0
      ? "the classifier is better"
      : (difference.high ?? 0) < 0
        ? "the classifier is worse"
        : "on so few studies the two cannot be told apart";
  return [`${reach}: ${verdict}, by ${points(difference.value)} (95\u00a0% interval ${ends}).`];
}

/** The baseline's attributes as a reader calls them. */
export function attributesInWords(names: readonly string[]): string {
  return list(names.map((name) => `the ${attributeName(name)}`));
}

/** Fewer subjects than this, and the report warns of its intervals. */
const fewSubjects = 30;

function limitsOf(evaluation: Evaluation, main: Estimate): string[] {
  const { counts, studies, set, usedForChoosing } = evaluation;
  const limits: string[] = [];
  if (usedForChoosing) {
    limits.push(
      `These are ${set} results. The classifier was chosen on this set, so they are better than new studies will give.`,
    );
  }
  if (counts.total.subjects < fewSubjects) {
    limits.push(
      `The set holds only ${counted(counts.total.subjects, "subject", "subjects")}. Intervals are wide, and with so few subjects resampling makes them rather too narrow.`,
    );
  }
  const scarce = counts.classes.filter((one) => one.subjects < 5);
  if (scarce.length > 0) {
    const words = scarce.map((one) => `${one.class} (${counted(one.subjects, "subject", "subjects")})`);
    limits.push(`Hardly anything is known of ${list(words)}.`);
  }
  if (studies !== null) limits.push(thresholdLimit(studies.rule, set));
  if (counts.studiesLeftOut > 0) {
    limits.push(
      `${counted(counts.studiesLeftOut, "study is", "studies are")} not in the study tables: without truth or without images of lungs.`,
    );
  }
  if (main.value !== null) {
    limits.push("One split of one data set: nothing is known of other hospitals, scanners and patients.");
    if ((studies ?? evaluation.images).uncalibrated === null) {
      limits.push("Probabilities are the network's own and not calibrated.");
    }
  }
  return limits;
}

function thresholdLimit(rule: NonNullable<Evaluation["studies"]>["rule"], set: string): string {
  const { chosenOn } = rule;
  if (rule.kind !== "fraction") {
    if (chosenOn !== "validation") return "The study rule was not fitted to these data.";
    return `The study rule was fitted on the validation set${set === "validation" ? ", which is this one" : ", not on this one"}.`;
  }
  const value = percent(rule.threshold);
  if (chosenOn === "validation") {
    return `The study threshold of ${value} was chosen on the validation set${set === "validation" ? ", which is this one" : ", not on this one"}.`;
  }
  if (chosenOn === "paper") return `The study threshold of ${value} is the paper's; it was not fitted to these data.`;
  return `The study threshold of ${value} was given by the user.`;
}

function told(name: string, estimate: Estimate): string {
  const ends = interval(estimate, "percent");
  const value = percent(estimate.value ?? 0);
  return ends === null
    ? `${name} ${value} (no interval: ${estimate.reason})`
    : `${name} ${value} (95\u00a0% interval ${ends}\u00a0%)`;
}

function subjects(estimate: Estimate): string {
  return counted(estimate.subjects, "subject", "subjects");
}
