import * as Plot from "@observablehq/plot";
import type { Evaluation } from "../../evaluation/evaluation.ts";
import { percent, shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";

type Studies = NonNullable<Evaluation["studies"]>;

const measures = ["sensitivity", "specificity", "accuracy", "overallAccuracy"] as const;

/** What each threshold of the study rule would give (the paper's Fig. 6), with the threshold in use marked. */
export function sweepFigure({ rule, sweep }: Studies): Figure {
  const first = rule.classes[0];
  const caption =
    `The fraction rule at every threshold: ${first} against the rest, and overall accuracy with its 95 % interval (shaded). ` +
    (rule.kind === "fraction"
      ? `The upright line is the threshold in use, ${percent(rule.threshold)}.`
      : "The classifier decides by another rule.");
  const labels = ["Sensitivity", "Specificity", "Accuracy", "Overall accuracy"];
  const short = shorten(first, 18);
  const entries = labels.map((label, i) => ({
    label: i < 3 ? `${label}, ${short}` : label,
    colour: seriesColours[i],
  }));
  const overall = sweep.filter((row) => row.overallAccuracy.low !== null);
  const svg = drawFigure(caption, {
    height: 400,
    marginTop: 66,
    x: { domain: [0, 100], label: "Threshold, % of a study's images", labelAnchor: "center", labelArrow: "none" },
    y: { domain: [0, 100], label: null, tickFormat: (value: number) => `${value} %`, grid: true, ticks: 5 },
    marks: [
      Plot.areaY(overall, {
        x: (row) => 100 * row.threshold,
        y1: (row) => 100 * row.overallAccuracy.low,
        y2: (row) => 100 * row.overallAccuracy.high,
        fill: seriesColours[3],
        fillOpacity: 0.13,
        curve: "step-after",
      }),
      Plot.ruleX(rule.kind === "fraction" ? [100 * rule.threshold] : [], { stroke: "currentColor", strokeWidth: 1.25 }),
      ...measures.map((measure, i) =>
        Plot.line(
          sweep.filter((row) => row[measure].value !== null),
          {
            x: (row) => 100 * row.threshold,
            y: (row) => 100 * row[measure].value,
            stroke: seriesColours[i],
            strokeWidth: 2,
            curve: "step-after",
          },
        ),
      ),
      ...legend(entries, { frameAnchor: "top-left", dx: 4, dy: -48, columnPx: 208, columns: 2 }),
    ],
  });
  const csv = toCsv(
    ["threshold", ...measures.flatMap((measure) => [measure, `${measure}_low`, `${measure}_high`])],
    sweep.map((row) => [
      row.threshold,
      ...measures.flatMap((measure) => [row[measure].value, row[measure].low, row[measure].high]),
    ]),
  );
  return { name: "study-threshold-sweep", caption, svg, csv };
}
