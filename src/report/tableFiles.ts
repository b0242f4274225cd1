import { parseHTML } from "linkedom";
import { toCsv as csvOf } from "./figures/figure.ts";
import type { Html } from "./html.ts";

/** A table for a spreadsheet or a paper: text in rows and columns. */
export interface TextTable {
  /** File name without its ending. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All tables of a page that have a name, as a reader sees them. */
export function tablesOf(page: string): TextTable[] {
  const { document } = parseHTML(page);
  return [...document.querySelectorAll("table[data-name]")].map((table) => {
    const [head = [], ...rows] = [...table.querySelectorAll("tr")].map((row) =>
      [...row.querySelectorAll("th, td")].map((cell) => textOf({ markup: cell.innerHTML })),
    );
    const caption = table.querySelector("caption")?.innerHTML ?? "";
    return { name: table.getAttribute("data-name") ?? "", caption: textOf({ markup: caption }), columns: head, rows };
  });
}

/** A cell as one line of text: what stands small below the value comes in brackets, marks of footnotes go. */
export function textOf({ markup }: Html): string {
  const below = [...markup.matchAll(/<small>(.*?)<\/small>/gs)].map(([, inner = ""]) => plain(inner));
  const value = plain(markup.replace(/<small>.*?<\/small>|<sup>.*?<\/sup>/gs, ""));
  const small = below.filter((one) => one !== "").join("; ");
  if (small === "") return value;
  return value === "" ? small : `${value} (${small})`;
}

function plain(markup: string): string {
  return markup
    .replace(/<br>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&(amp|lt|gt|quot|nbsp|#39|#34|#160);/g, (_, name: string) => entities[name] ?? "")
    .replace(/\u202f/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  "#39": "'",
  "#34": '"',
  "#160": " ",
};

/** A table as CSV. */
export function toCsv({ columns, rows }: TextTable): string {
  return csvOf(columns, rows);
}

/** A table as a spreadsheet takes it from the clipboard. */
export function toTabs({ columns, rows }: TextTable): string {
  return [columns, ...rows]
    .map((cells) => `${cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t")}\n`)
    .join("");
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

const latexSigns: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  "−": "$-$",
  "±": "$\\pm$",
  "<": "$<$",
  ">": "$>$",
  "\u00a0": "~",
  "\u202f": "\\,",
};

function escapeLatex(text: string): string {
  return text.replace(/[\\{}$&#%_~^–−±<>\u00a0\u202f]/g, (sign) => latexSigns[sign] ?? `\\${sign}`);
}
