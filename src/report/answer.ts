import type { Audit } from "../audit/audit.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { attributeName } from "../slices/attributeWords.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { attributeTitle } from "./attributeTitle.ts";
import { counted, interval, list, percent, points, pValue } from "./words.ts";

/** The report's first words: what came out, and what it is worth. */
export interface Answer {
  /** The main result in one sentence. */
  readonly headline: string;
  /** The result as a share with its interval, then against the baseline. */
  readonly lead: readonly string[];
  /** The classifier against what needs no network; null where they were not compared. */
  readonly againstBaseline: string | null;
  /** What to distrust, the gravest first. */
  readonly doubts: readonly Doubt[];
  /** What else a reader must weigh. */
  readonly limits: readonly string[];
}

/** A reason to distrust, and the part of the report that says more. */
export interface Doubt {
  readonly sentence: string;
  readonly see: "limits" | "data" | "audit" | "studies" | "images" | "calibration" | "subgroups" | "external";
}

/** What the audit said before the training; overridden: codes of blocking findings that were accepted. */
export interface AuditOfRun {
  readonly audit: Pick<Audit, "findings"> | null;
  readonly overridden: readonly string[];
}

/** The answer, what to distrust and its limits in plain sentences; without `audited` nothing is said of the audit. */
export function answerOf(evaluation: Evaluation, audited?: AuditOfRun): Answer {
  const { studies, images, baseline } = evaluation;
  const main = (studies ?? images).table.overallAccuracy;
  const one = studies === null ? "image" : "study";
  const many = studies === null ? "images" : "studies";
  const { set } = evaluation;
  const headline =
    main.value === null
      ? `Nothing can be said: there are no ${set} ${many}`
      : `${main.numerator} of ${counted(main.n, `${set} ${one}`, `${set} ${many}`)} called right`;
  const compared = studies !== null && baseline !== null ? againstBaseline(baseline) : null;
  const lead = main.value === null ? [] : [`${told("Overall accuracy", main)}, over ${subjects(main)}.`];
  return {
    headline,
    lead: compared === null ? lead : [...lead, compared],
    againstBaseline: compared,
    doubts: [...(audited === undefined ? [] : auditDoubts(audited)), ...doubtsOf(evaluation, main)],
    limits: limitsOf(evaluation),
  };
}

function againstBaseline(baseline: NonNullable<Evaluation["baseline"]>): string | null {
  const { difference, table, attributes } = baseline;
  if (difference.value === null || table.overallAccuracy.value === null) return null;
  const seen = attributesInWords(attributes);
  const reach = `A baseline that sees only ${seen} reaches ${percent(table.overallAccuracy.value)}`;
  const ends = interval(difference, "points");
  if (ends === null) return `${reach}; the difference is ${points(difference.value)}, without an interval.`;
  const isBetter = (difference.low ?? 0) > 0;
  if (!isBetter && (difference.high ?? 0) >= 0) {
    return `${reach}: the classifier is not shown to be better; its ${points(difference.value)} may be chance (95\u00a0% interval ${ends}).`;
  }
  return `${reach}: the classifier is ${isBetter ? "better" : "worse"}, by ${points(difference.value)} (95\u00a0% interval ${ends}).`;
}

/** The baseline's attributes as a reader calls them. */
export function attributesInWords(names: readonly string[]): string {
  return list(names.map((name) => `the ${attributeName(name)}`));
}

/** Fewer subjects than this, and the report warns of its intervals. */
const fewSubjects = 30;

function auditDoubts({ audit, overridden }: AuditOfRun): Doubt[] {
  if (audit === null) {
    return [{ sentence: "The data were not audited: leaks or shortcuts may explain these results.", see: "audit" }];
  }
  const serious = audit.findings.filter(({ severity }) => severity !== "note");
  const accepted =
    overridden.length === 0 ? [] : [`It was trained in spite of what the audit blocks: ${list(overridden)}.`];
  const found =
    serious.length === 0
      ? []
      : [
          `The audit found ${counted(serious.length, "serious fault", "serious faults")} of the data: ${list([...new Set(serious.map(({ code }) => code))])}.`,
        ];
  return [...accepted, ...found].map((sentence) => ({ sentence, see: "audit" }) as const);
}

function doubtsOf(evaluation: Evaluation, main: Estimate): Doubt[] {
  const { counts, studies, images, set, usedForChoosing, subgroups, external, level } = evaluation;
  const doubts: Doubt[] = [];
  const say = (see: Doubt["see"], sentence: string) => doubts.push({ sentence, see });
  if (usedForChoosing) {
    say(
      "limits",
      `These are ${set} results. The classifier was chosen on this set, so they are better than new studies will give.`,
    );
  }
  const results = studies ?? images;
  const missed = results.table.rows.filter(({ sensitivity }) => sensitivity.value !== null && sensitivity.value < 0.5);
  if (missed.length > 0) {
    const words = missed.map(({ class: name, sensitivity: { numerator, n } }) => `${numerator} of ${n} of ${name}`);
    say(
      studies === null ? "images" : "studies",
      `It finds less than half of ${missed.length === 1 ? "a class" : "some classes"}: ${list(words)}.`,
    );
  }
  const falsely = results.table.rows.filter(({ specificity }) => specificity.value !== null && specificity.value < 0.5);
  if (falsely.length > 0) {
    const words = falsely.map(
      ({ class: name, specificity: { numerator = 0, n } }) => `${n - numerator} of ${n} others are called ${name}`,
    );
    say(studies === null ? "images" : "studies", `It calls too many the same: ${list(words)}.`);
  }
  if (counts.total.subjects < fewSubjects) {
    say(
      "data",
      `The set holds only ${counted(counts.total.subjects, "subject", "subjects")}. Intervals are wide, and with so few subjects resampling makes them rather too narrow.`,
    );
  }
  const scarce = counts.classes.filter((one) => one.subjects < 5);
  if (scarce.length > 0) {
    const words = scarce.map((one) => `${one.class} (${counted(one.subjects, "subject", "subjects")})`);
    say("data", `Hardly anything is known of ${list(words)}.`);
  }
  const unequal = subgroups.filter(({ difference }) => difference.adjustedP !== null && difference.adjustedP < 0.05);
  if (unequal.length > 0) {
    const words = unequal.map(
      ({ trait, difference }) => `${attributeTitle(trait).toLowerCase()} (P\u00a0${pValue(difference.adjustedP)})`,
    );
    say("subgroups", `Results differ by ${list(words)}.`);
  }
  if (level === "slice") say("images", sliceDoubt);
  if (main.value !== null && external.length === 0) {
    say("limits", "One split of one data set: nothing is known of other hospitals, scanners and patients.");
  }
  if (main.value !== null && results.uncalibrated === null) {
    say("calibration", "Probabilities are the network's own and not calibrated.");
  }
  return doubts;
}

const sliceDoubt =
  "The labels belong to single images: nothing is said of whole studies, and images of one subject are not independent.";

function limitsOf({ counts, studies, set }: Evaluation): string[] {
  const limits: string[] = [];
  if (studies !== null) limits.push(thresholdLimit(studies.rule, set));
  if (counts.studiesLeftOut > 0) {
    limits.push(
      `${counted(counts.studiesLeftOut, "study is", "studies are")} not in the study tables: without truth or without images of lungs.`,
    );
  }
  return limits;
}

function thresholdLimit(rule: NonNullable<Evaluation["studies"]>["rule"], set: string): string {
  const { chosenOn } = rule;
  if (rule.kind === "head") return "The study head learned from the training set; validation picked its epoch.";
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
