import { attentionOf } from "../prediction/pooling/attentionPooling.ts";
import { imagesOfTop, mostProbable, type Rows } from "../prediction/pooling/means.ts";
import { attentionTo } from "../prediction/predictionSet.ts";
import type { DecidedFinding, StudyDecision } from "../prediction/studyFinding.ts";
import type { FractionRule } from "../prediction/studyRule.ts";
import type { DiagnosedSlice } from "./diagnosis.ts";

/** One or two sentences that say how the finding was reached from the images' probabilities. */
export function explainRule(
  decision: Pick<StudyDecision, "studyRule" | "operatingPoint">,
  found: DecidedFinding,
  slices: readonly Pick<DiagnosedSlice, "probabilities" | "attention">[],
): string {
  const { studyRule, operatingPoint } = decision;
  const rows = slices.map((slice) => slice.probabilities);
  if (found.decidedBy === "studyRule" || operatingPoint === null) {
    const attention = studyRule.kind === "attention" ? attentionOf(rows, studyRule) : attentionTo(slices);
    return explain(studyRule, found, { rows, attention: attention ?? [] });
  }
  const { class: name, threshold } = operatingPoint;
  const probability = found.probabilities[studyRule.classes.indexOf(name)];
  const compared = probability >= threshold ? "at least" : "less than";
  const rest = found.finding === name ? "." : `; of the others, ${found.finding} fits best.`;
  return `The study's ${found.isCalibrated ? "calibrated " : ""}probability of ${name} is ${percent(probability)}, ${compared} the operating point's ${percent(threshold)}${rest}`;
}

function explain(
  rule: StudyDecision["studyRule"],
  found: DecidedFinding,
  { rows, attention }: { readonly rows: Rows; readonly attention: readonly number[] },
): string {
  const { finding, fractions, probabilities, isCalibrated } = found;
  const decided = rule.classes.indexOf(finding);
  const images = rows.length;
  const value = `${percent(probabilities[decided])}${isCalibrated ? ", calibrated" : ""}`;
  const others = rule.classes.flatMap((name, k) => (k === decided ? [] : [`${name} ${percent(probabilities[k])}`]));
  const against = `(${others.join(", ")})`;
  switch (rule.kind) {
    case "fraction":
      return explainFraction(rule, found, images);
    case "largerFraction":
      return `${Math.round(fractions[decided] * images)} of ${images} images (${percent(fractions[decided])}) were called ${finding}, more than any other class.`;
    case "mean":
      return `Over the ${images} images ${finding} has the highest mean probability, ${value} ${against}.`;
    case "topK": {
      const last = rule.classes[rule.classes.length - 1];
      return `Over the ${imagesOfTop(images, rule.share)} of ${images} images that are least like ${last}, ${finding} has the highest mean probability, ${value} ${against}.`;
    }
    case "noisyOr": {
      if (decided === rule.classes.length - 1)
        return `The images' evidence together leaves ${finding} most probable, ${value} ${against}.`;
      const strongest = Math.max(...rows.map((row) => row[decided]));
      return `The images' evidence together makes ${finding} most probable, ${value} ${against}; the image that speaks for it most says ${percent(strongest)}.`;
    }
    case "logistic":
      return `How the probabilities of the ${images} images are spread makes ${finding} most probable, ${value} ${against}; ${percent(fractions[decided])} of them were called so.`;
    case "head":
    case "attention": {
      const half = imagesWithHalf(attention);
      const called = mostProbable(rows[mostProbable(attention)]);
      return `Weighing ${images} images by attention makes ${finding} most probable, ${value} ${against}; ${half} of them ${half === 1 ? "has" : "have"} half of the attention, and the one with most was called ${rule.classes[called]}.`;
    }
  }
}

function explainFraction(rule: FractionRule, { finding, fractions }: DecidedFinding, images: number): string {
  const threshold = percent(rule.threshold);
  if (rule.each === true) {
    const shares = rule.classes.map(
      (name, k) => `${name} in ${Math.round(fractions[k] * images)} (${percent(fractions[k])})`,
    );
    return `Of ${images} images ${joined(shares, "and")}; each is found by itself in more than ${threshold}.`;
  }
  const decided = rule.classes.indexOf(finding);
  const last = rule.classes.length - 1;
  if (decided === last) {
    const others = rule.classes.slice(0, last).map((name, k) => `${name} ${percent(fractions[k])}`);
    return `No more than ${threshold} of the ${images} images were called ${joined(rule.classes.slice(0, last), "or")} (${others.join(", ")}), so the finding is ${finding}.`;
  }
  const count = Math.round(fractions[decided] * images);
  const sentence = `${count} of ${images} images (${percent(fractions[decided])}) were called ${finding}, more than the threshold of ${threshold}`;
  const larger = rule.classes.filter((_, k) => k > decided && k < last && fractions[k] > fractions[decided]);
  if (larger.length === 0) return `${sentence}.`;
  return `${sentence}; ${finding} is decided before ${joined(larger, "and")}, though more images were called that.`;
}

/** The fewest images that together have half of the attention. */
function imagesWithHalf(attention: readonly number[]): number {
  let sum = 0;
  const sorted = attention.toSorted((a, b) => b - a);
  const last = sorted.findIndex((share) => {
    sum += share;
    return sum >= 0.5;
  });
  return last < 0 ? attention.length : last + 1;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

function joined(words: readonly string[], by: "or" | "and"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${by} ${words.at(-1)}`;
}
