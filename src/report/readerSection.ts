import type { Evaluation } from "../evaluation/evaluation.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { area, count, counted, interval, pValue } from "./words.ts";

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
${reportTable({
  name: "readers",
  caption: `${classes[0]} against the rest, and all classes`,
  columns: ["Who", "Sensitivity", "Specificity", "Accuracy", "Overall accuracy", "AUC", "Time, median"],
  rows,
})}
${reportTable({
  name: "readers-against-classifier",
  caption: "Each reader against the classifier",
  columns: ["Reader", "Overall accuracy, difference", "Right alone: reader / classifier", "P (McNemar)"],
  rows: comparisons,
})}
${reportTable({
  name: "readers-agreement",
  caption: "Agreement beyond chance (Cohen's kappa)",
  columns: ["Between", "Kappa"],
  rows: [
    ...pairs.map(({ first, second, kappa }) => [`${first} and ${second}`, valueCell(kappa, "area")]),
    ...(all === null ? [] : [["All readers (Fleiss)", valueCell(all, "area")]]),
  ],
})}
${
  readers.mrmc === null
    ? null
    : html`<p>Over readers and cases (Obuchowski and Rockette), ${readers.mrmc.readers} readers reach a mean area of ${area(readers.mrmc.readersAuc.value ?? 0)} (${interval(readers.mrmc.readersAuc, "area")}), the classifier ${area(readers.mrmc.classifierAuc)}: difference ${(readers.mrmc.difference.value ?? 0).toFixed(3)} (${interval(readers.mrmc.difference, "area")}), P ${pValue(readers.mrmc.p)}.</p>`
}`;
}
