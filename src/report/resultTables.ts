import type { Evaluation, SetCounts } from "../evaluation/evaluation.ts";
import type { Estimate, IntervalMethod } from "../statistics/estimate.ts";
import { type Html, html } from "./html.ts";
import { area, count, interval, percent } from "./words.ts";

type ClassTable = Evaluation["images"]["table"];
type RocTable = Evaluation["images"]["roc"];

/** A table in a box that scrolls sideways where the screen is narrow, also by keyboard. */
export function scrollingTable(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}

/** Sensitivity, specificity, accuracy and area under the curve of each class, then the overall numbers (Tables 1–4). */
export function resultTable(caption: string, table: ClassTable, roc: RocTable): Html {
  const rows = table.rows.map(
    (row, k) => html`<tr><th scope="row">${row.class}</th>
${shareCell(row.sensitivity)}${shareCell(row.specificity)}${shareCell(row.accuracy)}${areaCell(roc.rows[k].auc)}</tr>`,
  );
  const used = [
    ...table.rows.flatMap((row, k) => [row.sensitivity, row.specificity, row.accuracy, roc.rows[k].auc]),
    table.overallAccuracy,
    roc.macroAuc,
    roc.microAuc,
  ].map((estimate) => estimate.method);
  return html`${scrollingTable(
    caption,
    html`<table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Class against the rest</th><th scope="col">Sensitivity</th><th scope="col">Specificity</th><th scope="col">Accuracy</th><th scope="col">AUC</th></tr></thead>
<tbody>${rows}
<tr class="total"><th scope="row">All classes</th><td></td><td></td>${shareCell(table.overallAccuracy)}${areaCell(roc.macroAuc, "macro")}</tr>
</tbody></table>`,
  )}
<p class="note">${micro(roc.microAuc)}Below each value: its 95&nbsp;% interval, and the count it is a share of. ${methodNotes(used)}</p>`;
}

/** How many subjects, studies and images each set has in each class. */
export function countsTable(sets: readonly { name: string; counts: SetCounts }[], classes: readonly string[]): Html {
  const cell = (one: { subjects: number; studies: number; images: number } | undefined) =>
    one === undefined
      ? html`<td>–</td>`
      : html`<td>${count(one.subjects)}<small>${count(one.studies)} · ${count(one.images)}</small></td>`;
  const rows = sets.map(
    ({ name, counts }) => html`<tr><th scope="row">${name}</th>
${classes.map((className) => cell(counts.classes.find((one) => one.class === className)))}${cell(counts.total)}</tr>`,
  );
  const caption = "Subjects; below them studies · images. No subject is in two sets.";
  return scrollingTable(
    caption,
    html`<table><caption>${caption}</caption>
<thead><tr><th scope="col">Set</th>${classes.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col">All</th></tr></thead>
<tbody>${rows}</tbody></table>`,
  );
}

function shareCell(estimate: Estimate): Html {
  if (estimate.value === null) return html`<td>–<small>${estimate.reason}</small></td>`;
  const ends = interval(estimate, "percent");
  return html`<td><b>${percent(estimate.value)}</b>${ends === null ? null : mark(estimate.method)}<small>${ends ?? "no interval"}</small><small>${count(estimate.numerator ?? 0)}/${count(estimate.n)}</small></td>`;
}

function areaCell(estimate: Estimate, kind?: string): Html {
  if (estimate.value === null) return html`<td>–<small>${estimate.reason}</small></td>`;
  const ends = interval(estimate, "area");
  return html`<td><b>${area(estimate.value)}</b>${ends === null ? null : mark(estimate.method)}<small>${ends ?? "no interval"}</small><small>${kind ?? `n\u00a0=\u00a0${count(estimate.n)}`}</small></td>`;
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
