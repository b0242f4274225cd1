import * as Plot from "@observablehq/plot";
import type { LevelComparison } from "../../evaluation/comparison.ts";
import { shorten } from "../words.ts";
import { drawFigure, type Figure, legend, seriesColours, seriesStyle, toCsv } from "./figure.ts";
import { diagonal, unitAxes } from "./unitAxes.ts";

/** The reliability of several networks: how sure each was of its most probable class, against how often that was right. */
export function reliabilityOverlayFigure(
  networks: LevelComparison["networks"],
  of: { readonly name: string; readonly what: string },
): Figure {
  const drawn = networks.map(({ network, calibration }) => ({
    network,
    bins: (calibration.rows.find((row) => row.class === null)?.bins ?? []).map((bin) => ({
      ...bin,
      ...{ value: bin.share.value, shareLow: bin.share.low, shareHigh: bin.share.high },
    })),
  }));
  const caption = `Probability of the most probable class of ${of.what} against the share for which it was right, for each network, with 95 % intervals. On the dashed line probabilities mean what they say.`;
  const entries = drawn.map(({ network }, i) => ({
    label: shorten(network, 28),
    colour: seriesColours[i % seriesColours.length],
  }));
  const svg = drawFigure(caption, {
    ...unitAxes("Probability of the most probable class", "Share that was right"),
    marks: [
      diagonal(),
      ...drawn.flatMap(({ bins }, i) => [
        Plot.ruleX(
          bins.filter(({ shareLow }) => shareLow !== null),
          {
            ...{ x: "meanProbability", y1: "shareLow", y2: "shareHigh" },
            ...{ stroke: seriesColours[i % seriesColours.length], strokeOpacity: 0.45 },
          },
        ),
        Plot.line(bins, { x: "meanProbability", y: "value", strokeWidth: 2, ...seriesStyle(i) }),
        Plot.dot(bins, { x: "meanProbability", y: "value", r: 3.5, fill: seriesColours[i % seriesColours.length] }),
      ]),
      ...legend(entries, { frameAnchor: "top-left", dx: 12, dy: 12, columnPx: 0, columns: 1 }),
    ],
  });
  const csv = toCsv(
    ["network", "bin_low", "bin_high", "n", "mean_probability", "share", "share_low", "share_high"],
    drawn.flatMap(({ network, bins }) =>
      bins.map((bin) => [
        ...[network, bin.low, bin.high, bin.count, bin.meanProbability],
        ...[bin.value, bin.shareLow, bin.shareHigh],
      ]),
    ),
  );
  return { name: of.name, caption, svg, csv };
}
