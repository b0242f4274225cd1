import type { Estimate } from "../statistics/estimate.ts";
import { type Html, html } from "./html.ts";
import { scrollingTable } from "./scrollingTable.ts";
import { type TextTable, textOf, toCsv, toLatex, toTabs } from "./tableFiles.ts";
import { area, interval, percent, points } from "./words.ts";

/** A table of a page, that can also be copied into a spreadsheet and saved. */
export interface ReportTable {
  /** File name without its ending; its own on the page. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly (Html | string)[];
  /** The first cell of each heads it. */
  readonly rows: readonly (readonly (Html | string | null)[])[];
  /** Whether the last row sums the others up. */
  readonly hasTotal?: boolean;
  /** Whether cells are words, set flush left, and not numbers. */
  readonly isText?: boolean;
}

/** Tables of more rows may be cut where a printed page ends. */
const mostUncut = 14;

/** A table in a box that scrolls sideways, with its copies below: one to paste into a spreadsheet, CSV and LaTeX. */
export function reportTable({ name, caption, columns, rows, hasTotal, isText }: ReportTable): Html {
  const text: TextTable = {
    name,
    caption,
    columns: columns.map((cell) => textOf(html`${cell}`)),
    rows: rows.map((row) => row.map((cell) => textOf(html`${cell}`))),
  };
  const last = hasTotal === true ? rows.length - 1 : -1;
  const file = (ending: string, type: string, content: string) => ({
    file: `${name}.${ending}`,
    uri: `data:${type};charset=utf-8,${encodeURIComponent(content)}`,
  });
  const copies = [
    { ...file("tsv", "text/tab-separated-values", toTabs(text)), word: "TSV" },
    { ...file("csv", "text/csv", toCsv(text)), word: "CSV" },
    { ...file("tex", "application/x-tex", toLatex(text)), word: "LaTeX" },
  ];
  const table = html`<table data-name="${name}"${isText === true ? html` class="text"` : null}><caption><span>${caption}</span></caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row, i) =>
      html`<tr${i === last ? html` class="total"` : null}>${row.map((cell, k) => (k === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
  )}</tbody></table>`;
  return html`<div class="table${rows.length > mostUncut ? " is-long" : ""}">${scrollingTable(caption, table)}
<p class="copies">${copies.map(({ file, uri, word }) => html`<a download="${file}" href="${uri}" data-copy="${word}" aria-label="${word} of the table: ${caption}">${word}</a> `)}</p></div>`;
}

/** A value with its interval below it. */
export function valueCell(estimate: Estimate, format: "percent" | "area" | "points" = "percent"): Html {
  if (estimate.value === null) return html`–<small>${estimate.reason}</small>`;
  const tell = { percent, area, points: (value: number) => points(value) }[format];
  return html`<b>${tell(estimate.value)}</b><small>${interval(estimate, format) ?? "no interval"}</small>`;
}

/**
 * Makes of each link to tab-separated text a button that copies it; where that fails it saves the file as the link did.
 * For browsers, so it is text here.
 */
export const copyScript = `
for (const link of document.querySelectorAll('a[data-copy="TSV"]')) {
  const button = document.createElement("button");
  const say = (word) => { button.textContent = word; };
  button.type = "button";
  button.setAttribute("aria-label", link.getAttribute("aria-label").replace("TSV of", "Copy"));
  button.setAttribute("aria-live", "polite");
  say("Copy");
  button.addEventListener("click", async () => {
    const text = decodeURIComponent(link.href.slice(link.href.indexOf(",") + 1));
    try { await navigator.clipboard.writeText(text); say("Copied"); } catch { link.click(); say("Saved"); }
    setTimeout(() => say("Copy"), 2000);
  });
  link.before(button);
  link.hidden = true;
}
`;
