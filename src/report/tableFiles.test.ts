import { expect, it } from "vitest";
import { toCsv, toLatex } from "./tableFiles.ts";

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
