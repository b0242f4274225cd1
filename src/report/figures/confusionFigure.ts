import * as Plot from "@observablehq/plot";
import { count, percent, shorten } from "../words.ts";
import { drawFigure, type Figure, seriesColours, toCsv } from "./figure.ts";

/** A confusion matrix with counts and the share of each row (the paper's Fig. 7). confusion: [truth][predicted]. */
export function confusionFigure(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
  of: { name: string; what: string },
): Figure {
  const caption = `Confusion matrix of ${of.what}: counts, and the share of each true class. Rows are the truth.`;
  const names = classes.map((name, k) => `${k}\n${shorten(name, 16)}`);
  const cells = confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, cell) => sum + cell, 0);
    return row.map((cell, predicted) => ({
      truth: names[truth],
      predicted: names[predicted],
      cell,
      share: total === 0 ? null : cell / total,
    }));
  });
  const label = (name: string) => name.slice(name.indexOf("\n") + 1);
  const svg = drawFigure(caption, {
    height: 84 + 82 * classes.length,
    marginTop: 56,
    marginLeft: 118,
    marginBottom: 12,
    padding: 0.04,
    x: {
      domain: names,
      axis: "top",
      label: "Predicted",
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: label,
      tickSize: 0,
    },
    y: { domain: names, label: null, tickFormat: label, tickSize: 0 },
    marks: [
      Plot.cell(cells, {
        x: "predicted",
        y: "truth",
        fill: seriesColours[0],
        fillOpacity: (one: { share: number | null }) => 0.05 + 0.45 * (one.share ?? 0),
        inset: 0.5,
        rx: 4,
      }),
      Plot.text(cells, {
        x: "predicted",
        y: "truth",
        text: (one) => count(one.cell),
        dy: -8,
        fontSize: 17,
        fontWeight: 600,
      }),
      Plot.text(cells, {
        x: "predicted",
        y: "truth",
        text: (one) => (one.share === null ? "–" : percent(one.share)),
        dy: 12,
        fillOpacity: 0.8,
      }),
    ],
    opacity: { type: "identity" },
  });
  const csv = toCsv(
    ["truth", ...classes],
    confusion.map((row, k) => [classes[k], ...row]),
  );
  return { name: of.name, caption, svg, csv };
}
