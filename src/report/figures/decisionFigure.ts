import * as Plot from "@observablehq/plot";
import type { DecisionTable } from "../../evaluation/decisionTable.ts";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";

/** The decision curve of the class that is decided first. */
export function decisionFigure({ rows }: DecisionTable, of: { name: string; what: string }): Figure | null {
  const [row] = rows;
  if (row === undefined) return null;
  const caption = `What acting on the probability of ${row.class} is worth, by the probability from which one would act: net benefit for each of ${of.what}, against acting on all or on none. Shaded: 95 % interval.`;
  const best = Math.max(0.01, ...row.points.map((point) => point.high ?? point.netBenefit), row.points[0]?.all ?? 0);
  const lowest = -0.25 * best;
  const shown = row.points.map((point) => ({
    ...point,
    percent: 100 * point.threshold,
    low: point.low === null ? null : Math.max(lowest, point.low),
  }));
  const svg = drawFigure(caption, {
    height: 360,
    marginTop: 44,
    x: { domain: [0, 100], label: "Threshold probability, %", labelAnchor: "center", labelArrow: "none" },
    y: { domain: [lowest, 1.05 * best], label: "Net benefit", labelArrow: "none", grid: true, ticks: 5, clamp: true },
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeWidth: 1.25 }),
      Plot.areaY(
        shown.filter((point) => point.low !== null),
        { x: "percent", y1: "low", y2: "high", fill: seriesColours[0], fillOpacity: 0.13 },
      ),
      Plot.line(
        shown.filter((point) => point.all >= lowest),
        { x: "percent", y: "all", stroke: seriesColours[1], strokeWidth: 1.75, strokeDasharray: "6 4" },
      ),
      Plot.line(
        shown.filter((point) => point.netBenefit >= lowest),
        { x: "percent", y: "netBenefit", stroke: seriesColours[0], strokeWidth: 2 },
      ),
      ...legend(
        [
          { label: "Classifier", colour: seriesColours[0] },
          { label: "Act on all", colour: seriesColours[1] },
          { label: "On none", colour: "currentColor" },
        ],
        { frameAnchor: "top-left", dx: 84, dy: -27, columnPx: 100, columns: 3 },
      ),
    ],
  });
  const csv = toCsv(
    ["class", "threshold", "net_benefit", "net_benefit_low", "net_benefit_high", "act_on_all"],
    rows.flatMap((one) =>
      one.points.map((point) => [one.class, point.threshold, point.netBenefit, point.low, point.high, point.all]),
    ),
  );
  return { name: of.name, caption, svg, csv };
}
