import * as Plot from "@observablehq/plot";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";

/** A quantity measured two ways. */
export interface MeasuredTwice {
  readonly name: string;
  readonly group: string;
  readonly measured: number;
  readonly truth: number;
}

/** Of the differences: their mean and the limits between which 95 % of them are expected. */
export interface Agreement {
  readonly n: number;
  readonly bias: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The agreement of measured and true values; the deviation has n − 1 below the line.
 * @source Bland and Altman 1986, "Statistical methods for assessing agreement between two methods of clinical measurement".
 */
export function agreementOf(pairs: readonly Pick<MeasuredTwice, "measured" | "truth">[]): Agreement {
  const differences = pairs.map(({ measured, truth }) => measured - truth);
  const n = differences.length;
  const bias = n === 0 ? 0 : differences.reduce((sum, d) => sum + d, 0) / n;
  const sd = n < 2 ? 0 : Math.sqrt(differences.reduce((sum, d) => sum + (d - bias) ** 2, 0) / (n - 1));
  return { n, bias, sd, low: bias - 1.96 * sd, high: bias + 1.96 * sd };
}

/** A Bland–Altman plot: each difference from the truth over the mean of both, with bias and limits of agreement. */
export function agreementFigure(
  pairs: readonly MeasuredTwice[],
  { name, what, unit }: { readonly name: string; readonly what: string; readonly unit: string },
): Figure {
  const { n, bias, low, high } = agreementOf(pairs);
  const say = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
  const caption = `${what}: measured minus true, over the mean of both, ${n} drawn studies. Bias ${say(bias)} ${unit}, limits of agreement ${say(low)} to ${say(high)} ${unit}.`;
  const groups = [...new Set(pairs.map(({ group }) => group))];
  const colours = groups.map((_, i) => seriesColours[i % seriesColours.length] as string);
  const rows = pairs.map(({ measured, truth, group }) => ({
    mean: (measured + truth) / 2,
    difference: measured - truth,
    group,
  }));
  const svg = drawFigure(caption, {
    marginTop: 56,
    color: { domain: groups, range: colours },
    x: { label: `Mean of measured and true, ${unit}`, labelAnchor: "center", labelArrow: "none", nice: true },
    y: { label: `Measured − true, ${unit}`, labelArrow: "none", nice: true, grid: true },
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.35 }),
      Plot.ruleY([bias], { stroke: "currentColor" }),
      Plot.ruleY([low, high], { stroke: "currentColor", strokeDasharray: "5 4" }),
      Plot.dot(rows, { x: "mean", y: "difference", fill: "group", r: 3.6, fillOpacity: 0.8 }),
      ...legend(
        groups.map((label, i) => ({ label, colour: colours[i] as string })),
        { frameAnchor: "top-left", dx: 8, dy: -46, columnPx: 130, columns: 3 },
      ),
    ],
  });
  const csv = toCsv(
    ["study", "group", "measured", "truth"],
    pairs.map((pair) => [pair.name, pair.group, pair.measured, pair.truth]),
  );
  return { name, caption, svg, csv };
}
