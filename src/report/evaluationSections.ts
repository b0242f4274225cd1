import type { Evaluation, SetResults } from "../evaluation/evaluation.ts";
import type { Results } from "../evaluation/results.ts";
import { describeStudyRule } from "../prediction/describeStudyRule.ts";
import { describeCriterion } from "../prediction/operatingPoint.ts";
import { attributeTitle } from "./attributeTitle.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { area, count, counted, percent, pValue } from "./words.ts";

/** What was chosen on which set. */
export function choicesSection({ choices, usedForChoosing }: Evaluation): Html {
  const on = {
    validation: "on validation",
    training: "on training",
    paper: "in the paper",
    user: "by the user",
    none: "",
  };
  const when = usedForChoosing
    ? "There was no test set: what is marked as chosen on validation was chosen on the very set that is measured here."
    : "Everything that could be chosen was chosen before this set was looked at; the program does not choose on a test set.";
  return html`<p>${when}</p>
<ul>${choices.map((choice) => html`<li>${choice.sentence}${choice.on === "none" ? "" : ` (Chosen ${on[choice.on]}.)`}</li>`)}</ul>`;
}

/** Brier score, calibration error and their intervals. */
export function calibrationSection(results: Results, what: string): Html {
  const { calibration, uncalibrated } = results;
  const rows = calibration.rows.map((row, i) => {
    const before = uncalibrated?.rows[i];
    return [
      row.class ?? "Most probable class",
      ...(before === undefined ? [] : [valueCell(before.calibrationError)]),
      valueCell(row.calibrationError),
      ...(before === undefined ? [] : [valueCell(before.brier, "area")]),
      valueCell(row.brier, "area"),
      row.decomposition === null
        ? "–"
        : `${area(row.decomposition.reliability)} / ${area(row.decomposition.resolution)} / ${area(row.decomposition.uncertainty)}`,
    ];
  });
  const head =
    uncalibrated === null
      ? ["Class", "Calibration error", "Brier score", "Reliability / resolution / uncertainty"]
      : [
          "Class",
          "Calibration error before",
          "after",
          "Brier score before",
          "after",
          "Reliability / resolution / uncertainty",
        ];
  return html`${reportTable({ name: "calibration", caption: `Calibration of the ${what}, over ${calibration.binCount} bins`, columns: head, rows })}
<p class="note">The calibration error is the mean distance between stated probability and what came true; of few ${what} it cannot be 0 even for perfect probabilities. Less is better for it and for the Brier score.</p>`;
}

/** From which probability on the classifier calls its class, where an operating point was chosen. */
export function operatingSection({ studies, images }: Evaluation): Html {
  const point = studies?.operatingPoint ?? null;
  if (point === null) {
    return html`<p>No operating point was asked for: ${studies === null ? "an image is the class with the highest probability" : "the study rule decides"}.</p>`;
  }
  const { reached, threshold } = point;
  const row = (studies ?? images).table.rows.find((one) => one.class === point.class);
  const here =
    row?.sensitivity.value == null || row.specificity.value === null
      ? null
      : html` Here it reaches ${percent(row.sensitivity.value)} and ${percent(row.specificity.value)}.`;
  return html`<p>A study is called ${point.class} from a probability of ${area(threshold)} on: ${describeCriterion(point.criterion)}. It was chosen on ${counted(reached.studies, "validation study", "validation studies")}, where it reached a sensitivity of ${percent(reached.sensitivity)} and a specificity of ${percent(reached.specificity)}.${here}</p>`;
}

/** Predictive values: a row for each prevalence, two columns for each class. */
export function predictiveSection({ predictiveValues }: Results): Html {
  const { rows } = predictiveValues;
  const prevalences = [...new Set(rows.flatMap((row) => row.at.flatMap((at) => (at.isObserved ? [] : at.prevalence))))];
  const line = (head: string, pick: (at: (typeof rows)[number]["at"][number]) => boolean) => [
    head,
    ...rows.flatMap((row): (Html | string)[] => {
      const at = row.at.find(pick);
      if (at === undefined) return ["–", "–"];
      const observed = at.isObserved ? html`<small>at ${percent(at.prevalence)}</small>` : null;
      return [html`${valueCell(at.positive)}${observed}`, html`${valueCell(at.negative)}${observed}`];
    }),
  ];
  return html`${reportTable({
    name: "predictive-values",
    caption:
      "Predictive values: of those called the class, and of those called another, the share for which it is so, by how common the class is",
    columns: ["Prevalence", ...rows.flatMap((row) => [`${row.class}, positive`, `${row.class}, negative`])],
    rows: [
      line("As in this set", (at) => at.isObserved),
      ...prevalences.map((prevalence) =>
        line(percent(prevalence), (at) => !at.isObserved && at.prevalence === prevalence),
      ),
    ],
  })}
<p class="note">Sensitivity and specificity are taken to be the same at every prevalence, which they need not be. Where nothing was called a class, its positive predictive value is unknown.</p>`;
}

/** All study rules on the same studies. */
export function rulesSection({ rules, operatingPoint }: NonNullable<SetResults["studies"]>): Html | null {
  if (rules === null) return null;
  const rows = rules.rows.map((row) => [
    `${ruleNames[row.rule.kind]}${row.isChosen ? " (in use)" : ""}`,
    percent(row.validationAccuracy),
    valueCell(row.overallAccuracy),
    valueCell(row.sensitivity),
    valueCell(row.specificity),
    row.difference === null ? "–" : valueCell(row.difference, "points"),
    row.test === null ? "–" : pValue(row.test.adjustedP),
  ]);
  return html`<h3>Other study rules</h3>
<p>All were fitted on validation. ${rules.choice}${operatingPoint === null ? "" : " The operating point is left aside here."} That another rule does better here is no reason to take it.</p>
${reportTable({
  name: "study-rules",
  caption: "Study rules on the same studies",
  columns: [
    "Rule",
    "On validation",
    "Overall accuracy",
    "Sensitivity",
    "Specificity",
    "Against the one in use",
    "P (McNemar, Holm)",
  ],
  rows,
})}
<details><summary>What each rule does</summary><ul>${rules.rows.map(({ rule }) => html`<li><b>${ruleNames[rule.kind]}.</b> ${describeStudyRule(rule)}</li>`)}</ul></details>`;
}

const ruleNames: Readonly<Record<NonNullable<SetResults["studies"]>["rule"]["kind"], string>> = {
  fraction: "Fraction over a threshold",
  largerFraction: "Larger fraction",
  mean: "Mean probability",
  topK: "Mean of the top images",
  noisyOr: "Noisy-or",
  logistic: "Logistic on histograms",
  attention: "Attention pooling",
  head: "Study head",
};

/** Results in groups, with the test of each trait. */
export function subgroupSection(
  { subgroups, studies, classes }: Pick<Evaluation, "subgroups" | "studies" | "classes">,
  name = "subgroups",
): Html {
  if (subgroups.length === 0) {
    return html`<p>No attribute or column divides the ${studies === null ? "images" : "studies"} into groups.</p>`;
  }
  const rows = subgroups.flatMap(({ trait, groups, difference, unknown }) =>
    groups.map((group, i) => [
      i === 0
        ? html`${attributeTitle(trait)}${unknown > 0 ? html`<small>${count(unknown)} unknown</small>` : null}`
        : "",
      group.group,
      html`${count(group.n)}<small>${counted(group.subjects, "subject", "subjects")}</small>`,
      valueCell(group.overallAccuracy),
      valueCell(group.sensitivity),
      valueCell(group.specificity),
      i > 0
        ? ""
        : difference.p === null
          ? html`–<small>${difference.reason}</small>`
          : html`${pValue(difference.p)}<small>Holm ${pValue(difference.adjustedP)}</small>`,
    ]),
  );
  return html`<details><summary>All groups in numbers (${counted(rows.length, "group", "groups")})</summary>${reportTable(
    {
      name,
      caption: `Results in groups; sensitivity and specificity of ${classes[0]} against the rest`,
      columns: ["Attribute", "Group", "n", "Overall accuracy", "Sensitivity", "Specificity", "P of no difference"],
      rows,
    },
  )}</details>
<p class="note">P: subjects' groups were permuted among subjects of the same true class, 2,000 times; Holm's correction is over all attributes. A group that only one class has says nothing of the attribute itself.</p>`;
}

/** This set and the others side by side. */
export function externalSection(evaluation: Evaluation): Html | null {
  if (evaluation.external.length === 0) return null;
  const sets = [{ name: `This data set (${evaluation.set})`, ...evaluation }, ...evaluation.external];
  const rows = sets.map((one) => {
    const own = one.studies ?? one.images;
    const [first] = own.table.rows;
    return [
      one.name,
      html`${count(own.table.overallAccuracy.n)}<small>${counted(own.table.overallAccuracy.subjects, "subject", "subjects")}</small>`,
      valueCell(own.table.overallAccuracy),
      valueCell(first.sensitivity),
      valueCell(first.specificity),
      valueCell(own.roc.macroAuc, "area"),
      valueCell(own.calibration.rows.at(-1)?.calibrationError ?? own.calibration.brierOfAll),
    ];
  });
  const what = evaluation.studies === null ? "images" : "studies";
  return html`${reportTable({
    name: "data-sets",
    caption: `The same classifier on several data sets (${what}; ${evaluation.classes[0]} against the rest)`,
    columns: ["Data set", what, "Overall accuracy", "Sensitivity", "Specificity", "AUC, macro", "Calibration error"],
    rows,
  })}
${evaluation.external.map(
  (one, i) => html`<h3>Subgroups of ${one.name}</h3>
${subgroupSection({ ...one, classes: evaluation.classes }, `external-${i + 1}-subgroups`)}`,
)}`;
}
