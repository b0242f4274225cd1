import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { area, interval } from "./words.ts";

/** A table for a spreadsheet or a paper: text in rows and columns. */
export interface TextTable {
  /** File name without its ending. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of an evaluation that go into a paper: results by class (Tables 1–4) and confusion, of images and studies. */
export function textTables(evaluation: Evaluation): TextTable[] {
  const { images, studies, classes, set } = evaluation;
  const parts = [
    { what: "images", results: images },
    ...(studies === null ? [] : [{ what: "studies", results: studies }]),
  ];
  return parts.flatMap(({ what, results }) => [
    {
      name: `${what}-by-class`,
      caption: `Sensitivity, specificity, accuracy and area under the ROC curve of each class against the rest, ${set} ${what}, with 95 % intervals over subjects.`,
      columns: ["Class", "Sensitivity, %", "Specificity, %", "Accuracy, %", "AUC"],
      rows: [
        ...results.table.rows.map((row, k) => [
          row.class,
          share(row.sensitivity),
          share(row.specificity),
          share(row.accuracy),
          ofArea(results.roc.rows[k]?.auc),
        ]),
        ["All classes", "", "", share(results.table.overallAccuracy), ofArea(results.roc.macroAuc)],
      ],
    },
    {
      name: `${what}-confusion`,
      caption: `Confusion matrix of the ${set} ${what}: rows are the truth, columns what was called.`,
      columns: ["Truth", ...classes],
      rows: results.table.confusion.map((row, k) => [classes[k] ?? "", ...row.map(String)]),
    },
  ]);
}

function share(estimate: Estimate): string {
  if (estimate.value === null) return "–";
  const ends = interval(estimate, "percent");
  return `${(100 * estimate.value).toFixed(1)}${ends === null ? "" : ` (${ends})`}`;
}

function ofArea(estimate: Estimate | undefined): string {
  if (estimate === undefined || estimate.value === null) return "–";
  const ends = interval(estimate, "area");
  return `${area(estimate.value)}${ends === null ? "" : ` (${ends})`}`;
}

/** A table as LaTeX for the package booktabs, numbers as text. */
export function toLatex({ name, caption, columns, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `${cells.map(escapeLatex).join(" & ")} \\\\`;
  return `\\begin{table}
\\caption{${escapeLatex(caption)}}
\\label{tab:${name}}
\\begin{tabular}{l${"r".repeat(columns.length - 1)}}
\\toprule
${line(columns)}
\\midrule
${rows.map(line).join("\n")}
\\bottomrule
\\end{tabular}
\\end{table}
`;
}

/** A table as CSV. */
export function toCsv({ columns, rows }: TextTable): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns, ...rows].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
}

const latexSigns: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  "−": "$-$",
  "\u00a0": "~",
  "\u202f": "\\,",
};

function escapeLatex(text: string): string {
  return text.replace(/[\\{}$&#%_~^–−\u00a0\u202f]/g, (sign) => latexSigns[sign] ?? `\\${sign}`);
}
