import type { StudyRule } from "./studyRule.ts";

/** One sentence that says what makes a study a class under the rule. */
export function describeStudyRule(rule: StudyRule): string {
  const last = rule.classes[rule.classes.length - 1];
  const earlier = rule.classes.slice(0, -1).join(", else ");
  switch (rule.kind) {
    case "fraction":
      return `A study is ${earlier} when more than ${percent(rule.threshold)} of its images are called so; else it is ${last}.`;
    case "largerFraction":
      return "A study is what most of its images are called.";
    case "mean":
      return "A study is the class with the highest mean probability over its images.";
    case "topK":
      return `A study is the class with the highest mean probability over the ${percent(rule.share)} of its images that are least like ${last}.`;
    case "noisyOr":
      return `A study is ${last} unless images speak against it, each with a weight of ${percent(rule.weight)} (noisy-or); the disease that they speak for most is the finding.`;
    case "logistic":
      return `A study is the class that a logistic regression on the histograms of its images' probabilities (${rule.bins} bins for each class) finds most probable.`;
    case "attention":
      return `A study is the class that attention pooling of its images (${rule.attend.length} hidden units) finds most probable.`;
    case "head":
      return "A study is the class that the network's study head finds most probable, which learned from studies' labels how much each image counts (gated attention).";
  }
}

/** On what the rule was chosen, in words. */
export const chosenWords: Readonly<Record<StudyRule["chosenOn"], string>> = {
  paper: "the paper's",
  validation: "chosen on validation",
  user: "given by the user",
  preset: "the preset's",
};

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}
