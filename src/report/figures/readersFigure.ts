import * as Plot from "@observablehq/plot";
import type { ReaderResults } from "../../evaluation/readerSchema.ts";
import type { Results } from "../../evaluation/results.ts";
import { shorten } from "../words.ts";
import { drawFigure, type Figure, seriesColours, toCsv } from "./figure.ts";
import { diagonal, unitAxes } from "./unitAxes.ts";

/** Readers and the classifier's decision as points beside the classifier's ROC curve, for the class decided first. */
export function readersFigure(readers: ReaderResults, roc: Results["roc"]): Figure {
  const [curve] = roc.rows;
  const caption = `Readers and the classifier's decision for ${curve.class}, with 95 % intervals, on the ${readers.studies} studies that all readers called; the curve is the classifier's over all studies of the set.`;
  const points = readers.rows.flatMap((row) => {
    const { sensitivity, specificity } = row;
    if (sensitivity.value === null || specificity.value === null) return [];
    return {
      name: shorten(row.name, 22),
      isClassifier: row.isClassifier,
      x: 1 - specificity.value,
      y: sensitivity.value,
      left: specificity.high === null ? null : 1 - specificity.high,
      right: specificity.low === null ? null : 1 - specificity.low,
      low: sensitivity.low,
      high: sensitivity.high,
    };
  });
  const svg = drawFigure(caption, {
    ...unitAxes("1 − specificity", "Sensitivity"),
    marks: [
      diagonal(),
      Plot.line(curve.points, { x: "falsePositiveRate", y: "sensitivity", stroke: seriesColours[0], strokeWidth: 2 }),
      ...[true, false].flatMap((isClassifier) => {
        const some = points.filter((point) => point.isClassifier === isClassifier);
        const colour = seriesColours[isClassifier ? 0 : 1];
        const known = some.filter((point) => point.low !== null && point.left !== null);
        return [
          Plot.ruleX(known, { x: "x", y1: "low", y2: "high", stroke: colour, strokeOpacity: 0.4 }),
          Plot.ruleY(known, { y: "y", x1: "left", x2: "right", stroke: colour, strokeOpacity: 0.4 }),
          Plot.dot(some, { x: "x", y: "y", r: 5, fill: colour, symbol: isClassifier ? "circle" : "diamond" }),
          Plot.text(some, {
            x: "x",
            y: "y",
            text: "name",
            dx: 9,
            dy: isClassifier ? -9 : 10,
            textAnchor: "start",
            stroke: "var(--page, #ffffff)",
            strokeWidth: 4,
            fill: "currentColor",
          }),
        ];
      }),
    ],
  });
  const csv = toCsv(
    [
      "reader",
      "sensitivity",
      "sensitivity_low",
      "sensitivity_high",
      "specificity",
      "specificity_low",
      "specificity_high",
    ],
    readers.rows.map(({ name, sensitivity, specificity }) => [
      name,
      sensitivity.value,
      sensitivity.low,
      sensitivity.high,
      specificity.value,
      specificity.low,
      specificity.high,
    ]),
  );
  return { name: "readers", caption, svg, csv };
}
