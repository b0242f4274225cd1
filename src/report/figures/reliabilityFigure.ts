import * as Plot from "@observablehq/plot";
import type { CalibrationTable } from "../../evaluation/calibrationTable.ts";
import { shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";
import { diagonal, unitAxes } from "./unitAxes.ts";

type Row = CalibrationTable["rows"][number];

/** The reliability diagram: stated probabilities against what came true, before and after calibration where there is one. */
export function reliabilityFigure(
  calibration: CalibrationTable,
  uncalibrated: CalibrationTable | null,
  of: { name: string; what: string },
): Figure {
  const before = uncalibrated === null ? "" : " Hollow: before calibration.";
  const caption = `Stated probability against the share for which it came true, of ${of.what}, with 95 % intervals. On the dashed line probabilities mean what they say.${before}`;
  const classRows = (table: CalibrationTable | null) => (table?.rows ?? []).filter((row) => row.class !== null);
  const entries = classRows(calibration).map((row, k) => ({
    label: shorten(row.class ?? "", 24),
    colour: seriesColours[k % seriesColours.length],
  }));
  const svg = drawFigure(caption, {
    ...unitAxes("Stated probability", "Share that came true"),
    marks: [
      diagonal(),
      ...classRows(uncalibrated).map((row, k) =>
        Plot.dot(row.bins, { x: "meanProbability", y: shareOf, r: 3.5, stroke: colourOf(k), strokeOpacity: 0.7 }),
      ),
      ...classRows(calibration).flatMap((row, k) => [
        Plot.ruleX(
          row.bins.filter((bin) => bin.share.low !== null),
          {
            x: "meanProbability",
            y1: (bin: Row["bins"][number]) => bin.share.low,
            y2: (bin: Row["bins"][number]) => bin.share.high,
            stroke: colourOf(k),
            strokeOpacity: 0.45,
          },
        ),
        Plot.line(row.bins, { x: "meanProbability", y: shareOf, stroke: colourOf(k), strokeWidth: 1.75 }),
        Plot.dot(row.bins, { x: "meanProbability", y: shareOf, r: 3.5, fill: colourOf(k) }),
      ]),
      ...legend(entries, { frameAnchor: "top-left", dx: 12, dy: 12, columnPx: 0, columns: 1 }),
    ],
  });
  const rowsOf = (table: CalibrationTable, when: string) =>
    table.rows.flatMap((row) =>
      row.bins.map((bin) => [
        when,
        row.class ?? "most probable class",
        bin.low,
        bin.high,
        bin.count,
        bin.meanProbability,
        bin.share.value,
        bin.share.low,
        bin.share.high,
      ]),
    );
  const csv = toCsv(
    ["probabilities", "class", "bin_low", "bin_high", "n", "mean_probability", "share", "share_low", "share_high"],
    uncalibrated === null
      ? rowsOf(calibration, "as stated")
      : [...rowsOf(uncalibrated, "before calibration"), ...rowsOf(calibration, "calibrated")],
  );
  return { name: of.name, caption, svg, csv };
}

function shareOf(bin: Row["bins"][number]): number | null {
  return bin.share.value;
}

function colourOf(k: number): string {
  return seriesColours[k % seriesColours.length];
}
