import * as Plot from "@observablehq/plot";
import type { LevelComparison } from "../../evaluation/comparison.ts";
import { area, shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, seriesStyle, toCsv } from "./figure.ts";
import { diagonal, unitAxes } from "./unitAxes.ts";

/** The ROC curves of several networks for one class (the paper's Fig. 4). k: the class's index. */
export function rocOverlayFigure(
  networks: LevelComparison["networks"],
  k: number,
  of: { name: string; what: string },
): Figure {
  const drawn = networks.map(({ network, roc }) => ({ network, ...roc.rows[k] }));
  const caption = `ROC curves of ${of.what}, ${drawn[0].class} against the rest, for each network, with the area under the curve. The dashed line is chance.`;
  const entries = drawn.map(({ network, auc }, i) => ({
    label: `${shorten(network, 24)}  ${auc.value === null ? "–" : area(auc.value)}`,
    colour: seriesColours[i % seriesColours.length],
  }));
  const svg = drawFigure(caption, {
    ...unitAxes("1 − specificity", "Sensitivity"),
    marks: [
      diagonal(),
      ...drawn.map(({ points }, i) =>
        Plot.line(points, { x: "falsePositiveRate", y: "sensitivity", strokeWidth: 2, ...seriesStyle(i) }),
      ),
      ...legend(entries, { frameAnchor: "bottom-left", dx: 170, dy: 2 - 18 * entries.length, columnPx: 0, columns: 1 }),
    ],
  });
  const csv = toCsv(
    ["network", "class", "false_positive_rate", "sensitivity", "threshold"],
    drawn.flatMap((one) =>
      one.points.map((point) => [one.network, one.class, point.falsePositiveRate, point.sensitivity, point.threshold]),
    ),
  );
  return { name: of.name, caption, svg, csv };
}
