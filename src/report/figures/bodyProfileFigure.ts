import * as Plot from "@observablehq/plot";
import { type Diagnosis, shownClass } from "../../diagnosis/diagnosis.ts";
import { drawFigure, type Figure, toCsv } from "./figure.ts";

/** The probability of the finding in each slice, from the feet to the head, the key slices marked. */
export function bodyProfileFigure(diagnosis: Diagnosis): Figure {
  const { slices, keySlices, classes } = diagnosis;
  const index = shownClass(classes, diagnosis);
  const caption = `Probability of ${classes[index]} in each slice, from the feet (left) to the head (right). Dots are the slices shown.`;
  const rows = slices.map(({ sliceIndex, probabilities }) => ({
    slice: sliceIndex + 1,
    probability: 100 * probabilities[index],
  }));
  const shown = new Set(keySlices.map((slice) => slice.sliceIndex + 1));
  const svg = drawFigure(caption, {
    width: 720,
    height: 220,
    x: { label: "Slice", labelAnchor: "center", labelArrow: "none", tickFormat: "d", inset: 4 },
    y: { domain: [0, 100], label: null, tickFormat: (value: number) => `${value} %`, ticks: 4, grid: true },
    marks: [
      Plot.areaY(rows, { x: "slice", y: "probability", fill: "var(--accent, #235f9c)", fillOpacity: 0.14 }),
      Plot.line(rows, { x: "slice", y: "probability", stroke: "var(--accent, #235f9c)", strokeWidth: 1.75 }),
      Plot.dot(
        rows.filter((row) => shown.has(row.slice)),
        { x: "slice", y: "probability", fill: "var(--accent, #235f9c)", r: 4 },
      ),
    ],
  });
  const csv = toCsv(
    ["slice_index", "position_mm", ...classes],
    slices.map((slice) => [slice.sliceIndex, slice.positionMm, ...slice.probabilities]),
  );
  return { name: "body-profile", caption, svg, csv };
}
