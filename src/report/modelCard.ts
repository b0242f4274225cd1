import { researchUseNotice } from "../base/version.ts";
import type { Facts } from "./checklists/facts.ts";
import type { Report } from "./reportPage.ts";
import { interval, percent } from "./words.ts";

/**
 * A model card of the run's classifier as Markdown: what it is, for what, how well, on whom, and what to beware of.
 * @source Mitchell et al., Model Cards for Model Reporting, FAT* 2019
 */
export function modelCard({ evaluation, results }: Report, facts: Facts): string {
  const { classifier } = results;
  const known = (...names: readonly (keyof Facts)[]) => names.flatMap((name) => facts[name] ?? []).join(" ");
  const main = evaluation.studies ?? evaluation.images;
  const rows = main.table.rows.map((row, k) =>
    [
      row.class,
      share(row.sensitivity),
      share(row.specificity),
      share(row.accuracy),
      main.roc.rows[k]?.auc.value?.toFixed(3) ?? "–",
    ].join(" | "),
  );
  return `# Model card: ${classifier.classifierId}

> ${researchUseNotice}

## Model

${known("method", "network")} ${known("initialisation")} ${known("training", "imbalance")} ${known("software")}

Classes, in the order of decision: ${evaluation.classes.join(" / ")}. ${known("studyRule")} ${known("calibration")}

## Intended use

${known("intendedUse")}

## Factors

${known("characteristics") || "Age, sex and origin of the subjects are not known to the program; the author must say them."} ${known("acquisition") || "How the images were taken is not known to the program; the author must say it."} ${known("subgroups")}

## Metrics

${known("metrics")} ${known("uncertainty")} ${known("selection")}

## Training data

${results.classifier.provenance.trainedOn.subjects} subjects, ${results.classifier.provenance.trainedOn.studies} studies, ${results.classifier.provenance.trainedOn.slices} slices. ${known("splits")} ${known("excluded")} ${known("preprocessing", "sliceSelection")}

## Evaluation data

${known("flow")} ${known("external") || "No other data set was asked."}

## Results on the ${evaluation.set} set

${known("performance")}

| class | sensitivity | specificity | accuracy | AUC |
|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}

## Ethical considerations

Where the images come from, who consented, and who approved their use: the author must say it. ${known("deidentification")}

## Caveats

${known("limits")} ${known("badInput")}

${known("reproduction")}
`;
}

function share(estimate: Report["evaluation"]["images"]["table"]["overallAccuracy"]): string {
  if (estimate.value === null) return "–";
  const ends = interval(estimate, "percent");
  return ends === null ? percent(estimate.value) : `${percent(estimate.value)} (${ends})`;
}
