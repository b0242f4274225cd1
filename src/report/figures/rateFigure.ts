import * as Plot from "@observablehq/plot";
import type { RateCurve } from "../../training/findLearningRate.ts";
import { drawFigure, type Figure, seriesColours, toCsv } from "./figure.ts";

/** The loss over the learning rates that were tried, the suggested one marked. */
export function rateFigure({ points, suggested }: RateCurve): Figure {
  const caption =
    suggested === null
      ? "Loss of a batch over learning rates. It never falls: no rate is suggested."
      : `Loss of a batch over learning rates. The upright line is where it falls fastest, ${suggested.toPrecision(2)}.`;
  const svg = drawFigure(caption, {
    height: 320,
    x: { type: "log", label: "Learning rate", labelAnchor: "center", labelArrow: "none", ticks: 6, tickFormat: "~e" },
    y: { label: "Loss", labelArrow: "none", grid: true, ticks: 5, nice: true },
    marks: [
      Plot.dot(points, { x: "learningRate", y: "loss", fill: seriesColours[1], r: 1.5 }),
      Plot.line(points, { x: "learningRate", y: "smoothed", stroke: seriesColours[0], strokeWidth: 2 }),
      ...(suggested === null ? [] : [Plot.ruleX([suggested], { stroke: "currentColor", strokeWidth: 1.25 })]),
    ],
  });
  const rows = points.map(({ learningRate, loss, smoothed }) => [learningRate, loss, smoothed]);
  return { name: "find-lr", caption, svg, csv: toCsv(["learning_rate", "loss", "smoothed_loss"], rows) };
}
