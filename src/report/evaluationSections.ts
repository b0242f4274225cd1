import { attributeName } from "../diagnosis/attributeWords.ts";
import type { Evaluation, SetResults } from "../evaluation/evaluation.ts";
import type { Failure } from "../evaluation/failures.ts";
import type { Results } from "../evaluation/results.ts";
import { describeStudyRule } from "../prediction/describeStudyRule.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { type Html, html } from "./html.ts";
import { scrollingTable } from "./resultTables.ts";
import { area, count, counted, interval, percent, points, pValue } from "./words.ts";

/** A plain table. rows: the first cell of each heads it. */
export function plainTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Html | string | null)[])[],
): Html {
  return scrollingTable(
    caption,
    html`<table><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
    )}</tbody></table>`,
  );
}

/** A value with its interval below it. */
export function valueCell(estimate: Estimate, format: "percent" | "area" | "points" = "percent"): Html {
  if (estimate.value === null) return html`–<small>${estimate.reason}</small>`;
  const tell = { percent, area, points: (value: number) => points(value) }[format];
  return html`<b>${tell(estimate.value)}</b><small>${interval(estimate, format) ?? "no interval"}</small>`;
}

/** What was chosen on which set. */
export function choicesSection({ choices }: Evaluation): Html {
  const on = {
    validation: "on validation",
    training: "on training",
    paper: "in the paper",
    user: "by the user",
    none: "",
  };
  return html`<p>Everything that could be chosen was chosen before this set was looked at; the program does not choose on a test set.</p>
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
      ? ["", "Calibration error", "Brier score", "Reliability / resolution / uncertainty"]
      : [
          "",
          "Calibration error before",
          "after",
          "Brier score before",
          "after",
          "Reliability / resolution / uncertainty",
        ];
  return html`${plainTable(`Calibration of the ${what}, over ${calibration.binCount} bins`, head, rows)}
<p class="note">The calibration error is the mean distance between stated probability and what came true; of few ${what} it cannot be 0 even for perfect probabilities. Less is better for it and for the Brier score.</p>`;
}

/** Predictive values at several prevalences. */
export function predictiveSection({ predictiveValues }: Results): Html {
  const rows = predictiveValues.rows.flatMap((row) =>
    row.at.map((at, i) => [
      i === 0 ? row.class : "",
      `${percent(at.prevalence)}${at.isObserved ? " (this set)" : ""}`,
      valueCell(at.positive),
      valueCell(at.negative),
    ]),
  );
  const caption =
    "Predictive values: of those called the class, and of those called another, the share for which it is so";
  return plainTable(caption, ["Class", "Prevalence", "Positive", "Negative"], rows);
}

/** All study rules on the same studies. */
export function rulesSection({ rules }: NonNullable<SetResults["studies"]>): Html | null {
  if (rules === null) return null;
  const rows = rules.rows.map((row) => [
    html`${ruleNames[row.rule.kind]}${row.isChosen ? " (in use)" : ""}<small>${describeStudyRule(row.rule)}</small>`,
    percent(row.validationAccuracy),
    valueCell(row.overallAccuracy),
    valueCell(row.sensitivity),
    valueCell(row.specificity),
    row.difference === null ? "–" : valueCell(row.difference, "points"),
    row.test === null ? "–" : pValue(row.test.adjustedP),
  ]);
  return html`<h3>Other study rules</h3>
<p>All were fitted on validation. ${rules.choice} That another rule does better here is no reason to take it.</p>
${plainTable(
  "Study rules on the same studies",
  [
    "Rule",
    "Accuracy on validation",
    "Overall accuracy",
    "Sensitivity",
    "Specificity",
    "Against the one in use",
    "P (McNemar, Holm)",
  ],
  rows,
)}`;
}

const ruleNames: Readonly<Record<NonNullable<SetResults["studies"]>["rule"]["kind"], string>> = {
  fraction: "Fraction over a threshold",
  largerFraction: "Larger fraction",
  mean: "Mean probability",
  topK: "Mean of the top images",
  noisyOr: "Noisy-or",
  logistic: "Logistic on histograms",
  attention: "Attention pooling",
};

/** Results in groups, with the test of each trait. */
export function subgroupSection({ subgroups, studies }: SetResults): Html {
  if (subgroups.length === 0) {
    return html`<p>No attribute or column divides the ${studies === null ? "images" : "studies"} into groups.</p>`;
  }
  const rows = subgroups.flatMap(({ trait, groups, difference, unknown }) =>
    groups.map((group, i) => [
      i === 0
        ? html`${attributeName(trait)}${unknown > 0 ? html`<small>${count(unknown)} unknown</small>` : null}`
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
  return html`${plainTable(
    "Results in groups",
    ["Attribute", "Group", "n", "Overall accuracy", "Sensitivity", "Specificity", "P of no difference"],
    rows,
  )}
<p class="note">P: subjects' groups were permuted among subjects of the same true class, 2,000 times; Holm's correction is over all attributes. A group that only one class has says nothing of the attribute itself.</p>`;
}

/** The worst errors, with pictures where the data set is at hand. */
export function failureSection(evaluation: Evaluation, pictures: ReadonlyMap<string, string>): Html {
  const { failures, classes } = evaluation;
  const tell = (failure: Failure) => {
    const probabilities = classes.map((name, k) => `${name} ${percent(failure.probabilities[k], 0)}`).join(", ");
    return html`called ${failure.predicted}, truth ${failure.truth} <span class="muted">(${probabilities})</span>`;
  };
  const image = (failure: Failure) => {
    const uri = pictures.get(`${failure.caseId} ${failure.sliceIndex}`);
    if (uri === undefined) return null;
    return html`<figure class="failure"><img src="${uri}" width="176" height="176" alt="Slice ${failure.sliceIndex} of ${failure.caseId}"><figcaption>${tell(failure)}<br>${failure.caseId}, slice ${failure.sliceIndex}</figcaption></figure>`;
  };
  const drawn = failures.images.filter((failure) => pictures.has(`${failure.caseId} ${failure.sliceIndex}`));
  const listed = failures.images.filter((failure) => !drawn.includes(failure)).slice(0, 12);
  return html`<p>${counted(failures.wrongImages, "image", "images")}${failures.wrongStudies === null ? "" : ` and ${counted(failures.wrongStudies, "study", "studies")}`} called wrong. The worst come first: those to whose truth the least probability was given.</p>
${failures.studies.length === 0 ? null : html`<h3>Studies</h3><ul>${failures.studies.map((failure) => html`<li>${failure.caseId}: ${tell(failure)}</li>`)}</ul>`}
${failures.images.length === 0 ? null : html`<h3>Images</h3>`}
${drawn.length === 0 ? null : html`<div class="failures">${drawn.map(image)}</div>`}
${drawn.length > 0 || listed.length === 0 ? null : html`<ul>${listed.map((failure) => html`<li>${failure.caseId}, slice ${failure.sliceIndex}: ${tell(failure)}</li>`)}</ul>`}`;
}

/** Readers beside the classifier (the paper's Table 5). */
export function readerSection({ readers, classes }: Evaluation): Html | null {
  if (readers === null) return null;
  const rows = readers.rows.map((row) => [
    row.name,
    valueCell(row.sensitivity),
    valueCell(row.specificity),
    valueCell(row.accuracy),
    valueCell(row.overallAccuracy),
    row.auc === null ? "–" : valueCell(row.auc, "area"),
    row.seconds === null
      ? "–"
      : html`${count(Math.round(row.seconds.median))}\u00a0s<small>${Math.round(row.seconds.lowerQuartile)}–${Math.round(row.seconds.upperQuartile)}</small>`,
  ]);
  const comparisons = readers.comparisons.map(({ reader, difference, test }) => [
    reader,
    valueCell(difference, "points"),
    `${test.onlyFirst} / ${test.onlySecond}`,
    html`${pValue(test.p)}<small>Holm ${pValue(test.adjustedP)}</small>`,
  ]);
  const { pairs, all } = readers.agreement;
  return html`<p>${counted(readers.studies, "study", "studies")} of ${counted(readers.subjects, "subject", "subjects")} that every reader called (${readers.file})${readers.leftOut > 0 ? `; ${counted(readers.leftOut, "study", "studies")} left out, as some reader did not call them` : ""}${readers.unknown > 0 ? `; ${counted(readers.unknown, "row", "rows")} of studies that this set does not hold` : ""}.</p>
${plainTable(`${classes[0]} against the rest, and all classes`, ["", "Sensitivity", "Specificity", "Accuracy", "Overall accuracy", "AUC", "Time, median"], rows)}
${plainTable("Each reader against the classifier", ["", "Overall accuracy, difference", "Only the reader / only the classifier right", "P (McNemar)"], comparisons)}
${plainTable(
  "Agreement beyond chance (Cohen's kappa)",
  ["", "Kappa"],
  [
    ...pairs.map(({ first, second, kappa }) => [`${first} and ${second}`, valueCell(kappa, "area")]),
    ...(all === null ? [] : [["All readers (Fleiss)", valueCell(all, "area")]]),
  ],
)}
${
  readers.mrmc === null
    ? null
    : html`<p>Over readers and cases (Obuchowski and Rockette), ${readers.mrmc.readers} readers reach a mean area of ${area(readers.mrmc.readersAuc.value ?? 0)} (${interval(readers.mrmc.readersAuc, "area")}), the classifier ${area(readers.mrmc.classifierAuc)}: difference ${(readers.mrmc.difference.value ?? 0).toFixed(3)} (${interval(readers.mrmc.difference, "area")}), P ${pValue(readers.mrmc.p)}.</p>`
}`;
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
  return plainTable(
    `The same classifier on several data sets (${what}; ${evaluation.classes[0]} against the rest)`,
    ["", what, "Overall accuracy", "Sensitivity", "Specificity", "AUC, macro", "Calibration error"],
    rows,
  );
}
