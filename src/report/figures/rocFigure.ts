import * as Plot from "@observablehq/plot";
import type { Evaluation } from "../../evaluation/evaluation.ts";
import { area, shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, seriesStyle, toCsv } from "./figure.ts";

type RocTable = Evaluation["images"]["roc"];

/** ROC curves of the classes against the rest (the paper's Fig. 4). */
export function rocFigure(roc: RocTable, of: { name: string; what: string }): Figure {
  const drawn = roc.rows.filter((row) => row.points.length > 0);
  const caption = `ROC curves of ${of.what}, each class against the rest. The dashed line is chance.`;
  const entries = roc.rows.map((row, k) => ({
    label: `${shorten(row.class, 20)}  ${row.auc.value === null ? "–" : area(row.auc.value)}`,
    colour: seriesColours[k % seriesColours.length],
  }));
  const svg = drawFigure(caption, {
    height: 420,
    x: {
      domain: [0, 1],
      label: "1 − specificity",
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: ".1f",
      ticks: 5,
    },
    y: { domain: [0, 1], label: "Sensitivity", labelArrow: "none", tickFormat: ".1f", ticks: 5, grid: true },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "3 4" },
      ),
      ...drawn.map((row) =>
        Plot.line(row.points, {
          x: "falsePositiveRate",
          y: "sensitivity",
          strokeWidth: 2,
          ...seriesStyle(roc.rows.indexOf(row)),
        }),
      ),
      Plot.text(["AUC"], {
        frameAnchor: "bottom-left",
        dx: 196,
        dy: -14 - 18 * entries.length,
        text: ["Area under the curve"],
        textAnchor: "start",
        stroke: "var(--page, #ffffff)",
        strokeWidth: 4,
        fill: "currentColor",
      }),
      ...legend(entries, { frameAnchor: "bottom-left", dx: 201, dy: 2 - 18 * entries.length, columnPx: 0, columns: 1 }),
    ],
  });
  const csv = toCsv(
    ["class", "false_positive_rate", "sensitivity", "threshold"],
    drawn.flatMap((row) =>
      row.points.map((point) => [row.class, point.falsePositiveRate, point.sensitivity, point.threshold]),
    ),
  );
  return { name: of.name, caption, svg, csv };
}
