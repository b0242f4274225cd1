import type { StudyFinding, StudyRule } from "../prediction/studyRule.ts";

/** One sentence that says how the rule came to the finding. images: how many the study has. */
export function explainRule(rule: StudyRule, { finding, fractions }: StudyFinding, images: number): string {
  const threshold = percent(rule.threshold);
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

function joined(words: readonly string[], by: "or" | "and"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${by} ${words.at(-1)}`;
}
