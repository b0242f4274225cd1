import { expect, it } from "vitest";
import { html } from "./html.ts";
import { page } from "./page.ts";
import { reportTable } from "./reportTable.ts";
import { tablesOf, textOf, toCsv, toLatex, toTabs } from "./tableFiles.ts";

const table = {
  name: "t",
  caption: "R&D in 95 % of {cases}",
  columns: ["Class", "n_1"],
  rows: [
    ['COVID-19, "mild"', "83.1–98.6"],
    ["a\\b^2", "−3\u00a0points"],
  ],
};

it("writes LaTeX in which every special sign is escaped", () => {
  const latex = toLatex(table);
  expect(latex).toContain("\\caption{R\\&D in 95 \\% of \\{cases\\}}");
  expect(latex).toContain("Class & n\\_1 \\\\");
  expect(latex).toContain('COVID-19, "mild" & 83.1--98.6 \\\\');
  expect(latex).toContain("a\\textbackslash{}b\\textasciicircum{}2 & $-$3~points \\\\");
  expect(latex).toContain("\\begin{tabular}{lr}");
});

it("writes CSV that quotes what needs it", () => {
  expect(toCsv(table)).toBe('Class,n_1\r\n"COVID-19, ""mild""",83.1–98.6\r\na\\b^2,−3\u00a0points\r\n');
});

it("takes a cell as a reader sees it: small print in brackets, no marks of footnotes, signs as themselves", () => {
  expect(textOf(html`<b>94.9\u00a0%</b><sup>w</sup><small>83.1–98.6</small><small>37/39</small>`)).toBe(
    "94.9 % (83.1–98.6; 37/39)",
  );
  expect(textOf(html`${'<b>"A" & B</b>'}`)).toBe('<b>"A" & B</b>');
  expect(textOf(html`${"1\u202f234"}<small></small>`)).toBe("1234");
  expect(textOf(html`<small>no studies</small>`)).toBe("no studies");
});

it("writes for the clipboard one line for each row, tabs between cells and none within", () => {
  expect(toTabs({ ...table, rows: [["a\tb", "c\nd"]] })).toBe("Class\tn_1\na b\tc d\n");
});

it("reads back from a page the tables that it shows, head and rows, by their names", () => {
  const shown = reportTable({
    name: "two",
    caption: "A < B",
    columns: ["Class", html`n<sup>a</sup>`],
    rows: [
      ["x & y", html`<b>3</b><small>1–5</small>`],
      ["All", null],
    ],
    hasTotal: true,
  });
  const unnamed = html`<table><tr><td>not this one</td></tr></table>`;
  expect(tablesOf(page("t", html`<main>${shown}${unnamed}</main>`))).toEqual([
    {
      name: "two",
      caption: "A < B",
      columns: ["Class", "n"],
      rows: [
        ["x & y", "3 (1–5)"],
        ["All", ""],
      ],
    },
  ]);
});

it("offers a table's copies within the page: tabs, CSV and LaTeX of what it shows", () => {
  const { markup } = reportTable({ name: "t", caption: "C", columns: ["a"], rows: [["5 % & more"]] });
  const uris = [...markup.matchAll(/download="([^"]*)" href="data:[^,]*,([^"]*)"/g)];
  expect(uris.map(([, file = "", content = ""]) => [file, decodeURIComponent(content).split(/\r?\n/)[1]])).toEqual([
    ["t.tsv", "5 % & more"],
    ["t.csv", "5 % & more"],
    ["t.tex", "\\caption{C}"],
  ]);
});
