import { shorten } from "../words.ts";
import type { Inspection } from "./inspection.ts";
import { measuresOf } from "./measures.ts";

const widestSeries = 60;

/** Whether a study shares its place with others: then its UID is its name. */
const isNumbered = (path: string) => / #\d+$/.test(path);

/** All studies as lines of a terminal, aligned, what needs eyes first. */
export function inspectionTable({ studies }: Pick<Inspection, "studies">): string {
  const areMixed = studies.some(({ path }) => isNumbered(path));
  const head = [
    "study",
    "study UID",
    "slices",
    "spacing",
    "thick",
    "kernel",
    "matrix",
    "lungs ml",
    "quality",
    "found",
    "series read",
  ];
  const rows = studies.map((study) => {
    const { slices, spacing, thickness, kernel, matrix, lungsMl, quality, found, series } = measuresOf(study);
    return [
      study.path,
      areMixed ? (study.studyUid ?? "") : "",
      slices,
      spacing,
      thickness,
      kernel,
      matrix,
      lungsMl,
      quality,
      found.join(","),
      shorten(series, widestSeries),
    ];
  });
  const kept = head.map((_, column) => column === 0 || rows.some((row) => row[column] !== ""));
  const table = [head, ...rows].map((row) => row.filter((_, column) => kept[column]));
  const isNumber = head.map((name) => ["slices", "spacing", "thick", "lungs ml", "quality"].includes(name));
  const right = isNumber.filter((_, column) => kept[column]);
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => (right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
