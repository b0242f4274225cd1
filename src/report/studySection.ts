import type { Evaluation } from "../evaluation/evaluation.ts";
import { describeStudyRule } from "../prediction/describeStudyRule.ts";
import { attributesInWords } from "./answer.ts";
import { rulesSection } from "./evaluationSections.ts";
import { figureGrid } from "./figureGrid.ts";
import type { Figure } from "./figures/figure.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { resultTable } from "./resultTables.ts";
import { count, counted } from "./words.ts";

/** Results on whole studies: the table and curves, the other rules, and the baseline. */
export function studySection(evaluation: Evaluation, figures: readonly Figure[]): Html {
  const { studies, studiesReason } = evaluation;
  if (studies === null) return html`<p>Not evaluated: ${studiesReason}.</p>`;
  const { rule } = studies;
  const caption = `Studies of the ${evaluation.set} set`;
  return html`<p>${describeStudyRule(rule)}
The area under the curve ranks studies by ${rule.kind === "fraction" ? "the mean probability of their images" : "the rule's probability"}.</p>
${resultTable({ name: "studies", caption }, studies.table, studies.roc)}
${figureGrid(figures)}
${rulesSection(studies)}
${baselineSection(evaluation)}`;
}

function baselineSection({ baseline, baselineReason, studies }: Evaluation): Html {
  if (baseline === null || studies === null) {
    return html`<h3>Against a baseline</h3><p>Not compared: ${baselineReason}.</p>`;
  }
  const row = (name: string, { table, roc }: Pick<typeof baseline, "table" | "roc">) => [
    name,
    valueCell(table.overallAccuracy),
    `${count(table.overallAccuracy.numerator ?? 0)}/${count(table.overallAccuracy.n)}`,
    valueCell(roc.macroAuc, "area"),
  ];
  return html`<h3>Against a baseline</h3>
<p>A logistic regression that sees only ${attributesInWords(baseline.attributes)} of a study, fitted on ${counted(baseline.fittedOn.studies, "study", "studies")} of the ${baseline.fittedOn.set} set.
What it reaches needs no network.</p>
${reportTable({
  name: "baseline",
  caption: "The same studies, called by the classifier and by the baseline",
  columns: ["Called by", "Overall accuracy", "Right", "AUC, macro"],
  rows: [
    row("Classifier", studies),
    row("Baseline", baseline),
    ["Difference", valueCell(baseline.difference, "points"), "", ""],
  ],
  hasTotal: true,
})}`;
}
