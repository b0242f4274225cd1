import type { Evaluation, SetCounts } from "../evaluation/evaluation.ts";
import type { Estimate, IntervalMethod } from "../statistics/estimate.ts";
import { type Html, html } from "./html.ts";
import { reportTable } from "./reportTable.ts";
import { area, count, interval, percent } from "./words.ts";

type ClassTable = Evaluation["images"]["table"];
type RocTable = Evaluation["images"]["roc"];

/** Sensitivity, specificity, accuracy and area under the curve of each class, then the overall numbers (Tables 1–4). */
export function resultTable(of: { name: string; caption: string }, table: ClassTable, roc: RocTable): Html {
  const used = [
    ...table.rows.flatMap((row, k) => [row.sensitivity, row.specificity, row.accuracy, roc.rows[k].auc]),
    table.overallAccuracy,
    roc.macroAuc,
    roc.microAuc,
  ].map((estimate) => estimate.method);
  return html`${reportTable({
    ...of,
    columns: ["Class against the rest", "Sensitivity", "Specificity", "Accuracy", "AUC"],
    rows: [
      ...table.rows.map((row, k) => [
        row.class,
        shareCell(row.sensitivity),
        shareCell(row.specificity),
        shareCell(row.accuracy),
        areaCell(roc.rows[k].auc),
      ]),
      ["All classes", "", "", shareCell(table.overallAccuracy), areaCell(roc.macroAuc, "macro")],
    ],
    hasTotal: true,
  })}
<p class="note">${micro(roc.microAuc)}Below each value: its 95\u00a0% interval, and the count it is a share of. ${methodNotes(used)}</p>`;
}

/** How many subjects, studies and images each set has in each class. */
export function countsTable(sets: readonly { name: string; counts: SetCounts }[], classes: readonly string[]): Html {
  const cell = (one: { subjects: number; studies: number; images: number } | undefined) =>
    one === undefined ? "–" : html`${count(one.subjects)}<small>${count(one.studies)} · ${count(one.images)}</small>`;
  return reportTable({
    name: "counts",
    caption: "Subjects; below them studies · images. No subject is in two sets.",
    columns: ["Set", ...classes, "All"],
    rows: sets.map(({ name, counts }) => [
      name,
      ...classes.map((className) => cell(counts.classes.find((one) => one.class === className))),
      cell(counts.total),
    ]),
  });
}

function shareCell(estimate: Estimate): Html {
  if (estimate.value === null) return html`–<small>${estimate.reason}</small>`;
  const ends = interval(estimate, "percent");
  return html`<b>${percent(estimate.value)}</b>${ends === null ? null : mark(estimate.method)}<small>${ends ?? "no interval"}</small><small>${count(estimate.numerator ?? 0)}/${count(estimate.n)}</small>`;
}

function areaCell(estimate: Estimate, kind?: string): Html {
  if (estimate.value === null) return html`–<small>${estimate.reason}</small>`;
  const ends = interval(estimate, "area");
  return html`<b>${area(estimate.value)}</b>${ends === null ? null : mark(estimate.method)}<small>${ends ?? "no interval"}</small><small>${kind ?? `n\u00a0=\u00a0${count(estimate.n)}`}</small>`;
}

const marks: Readonly<Record<IntervalMethod, { sign: string; note: string } | null>> = {
  "bca-bootstrap": { sign: "b", note: "subjects resampled with all that is theirs, corrected for bias and skew (BCa)" },
  "cluster-bootstrap": { sign: "p", note: "subjects resampled with all that is theirs, plain percentiles" },
  wilson: { sign: "w", note: "Wilson's interval, as no subject counts twice" },
  "wilson-subjects": { sign: "s", note: "all resamples equal, so Wilson's interval with the subjects as n" },
  "newcombe-subjects": { sign: "n", note: "all resamples equal, so Newcombe's interval with the subjects as n" },
  "clopper-pearson": { sign: "c", note: "Clopper and Pearson's exact interval" },
  delong: { sign: "d", note: "DeLong's interval" },
  obuchowski: { sign: "o", note: "Obuchowski's interval for clusters" },
  "obuchowski-rockette": { sign: "r", note: "over readers and cases, by Obuchowski and Rockette" },
  logit: { sign: "l", note: "on the log-odds" },
  asymptotic: { sign: "a", note: "by a large-sample formula" },
  none: null,
};

function mark(method: IntervalMethod): Html | null {
  const known = marks[method];
  return known === null ? null : html`<sup>${known.sign}</sup>`;
}

function methodNotes(used: readonly IntervalMethod[]): Html {
  const notes = [...new Set(used)].flatMap((method) => marks[method] ?? []);
  return html`${notes.map(({ sign, note }, i) => html`${i === 0 ? "" : "; "}<sup>${sign}</sup>\u00a0${note}`)}.`;
}

function micro(estimate: Estimate): Html | null {
  if (estimate.value === null) return null;
  const ends = interval(estimate, "area");
  return html`AUC is the mean of the classes (macro); pooled over classes (micro) it is ${area(estimate.value)}${ends === null ? "" : ` (${ends})`}. `;
}
