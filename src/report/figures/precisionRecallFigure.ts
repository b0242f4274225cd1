import * as Plot from "@observablehq/plot";
import type { PrecisionRecallTable } from "../../evaluation/precisionRecallTable.ts";
import { area, shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, seriesStyle, toCsv } from "./figure.ts";
import { unitAxes } from "./unitAxes.ts";

/** Precision against recall of each class. */
export function precisionRecallFigure({ rows }: PrecisionRecallTable, of: { name: string; what: string }): Figure {
  const caption = `Precision (share of calls that are right) against recall (sensitivity) of ${of.what}, each class against the rest. Dashed: the class's share of them, which guessing would reach.`;
  const entries = rows.map((row, k) => ({
    label: `${shorten(row.class, 20)}  ${row.averagePrecision.value === null ? "–" : area(row.averagePrecision.value)}`,
    colour: seriesColours[k % seriesColours.length],
  }));
  const svg = drawFigure(caption, {
    ...unitAxes("Recall", "Precision"),
    marks: [
      ...rows.flatMap((row, k) => [
        Plot.ruleY(row.prevalence === null ? [] : [row.prevalence], {
          stroke: seriesColours[k % seriesColours.length],
          strokeOpacity: 0.5,
          strokeDasharray: "3 4",
        }),
        Plot.line(row.points, { x: "recall", y: "precision", strokeWidth: 2, curve: "step-before", ...seriesStyle(k) }),
      ]),
      ...legend(entries, { frameAnchor: "bottom-left", dx: 12, dy: 2 - 18 * entries.length, columnPx: 0, columns: 1 }),
    ],
  });
  const csv = toCsv(
    ["class", "recall", "precision", "threshold"],
    rows.flatMap((row) => row.points.map((point) => [row.class, point.recall, point.precision, point.threshold])),
  );
  return { name: of.name, caption, svg, csv };
}
