import * as Plot from "@observablehq/plot";

/** Axes from 0 to 1 both ways, as of a probability or a share. */
export function unitAxes(x: string, y: string): Pick<Plot.PlotOptions, "height" | "x" | "y"> {
  const common = { domain: [0, 1], labelArrow: "none", tickFormat: ".1f", ticks: 5 } as const;
  return {
    height: 420,
    x: { ...common, label: x, labelAnchor: "center" },
    y: { ...common, label: y, grid: true },
  };
}

/** The line from (0, 0) to (1, 1), dashed. */
export function diagonal(): Plot.Line {
  return Plot.line(
    [
      [0, 0],
      [1, 1],
    ],
    { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "3 4" },
  );
}
