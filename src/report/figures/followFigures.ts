import * as Plot from "@observablehq/plot";
import type { FollowUp } from "../../diagnosis/followUp.ts";
import { shareUncertainty } from "../../scope/measurementError.ts";
import { zoneOf } from "../../scope/scope.ts";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";

/** Half the width of one study's 95 % interval, points. */
const errorPoints = 100 * shareUncertainty;

/** The affected share over days with its error, and what of it is ground glass and consolidation. */
export function scopeCurve({ studies }: FollowUp): Figure {
  const caption = `Share of the lungs affected over days since the first study; bars are 95 % intervals of the measurement (±${errorPoints.toFixed(1)} points).`;
  const names = ["affected", "ground glass", "consolidation"] as const;
  const colours = names.map((_, i) => seriesColours[i] as string);
  const rows = studies.flatMap(({ daysAfterFirst: day, scope }) => {
    const { affectedShare, groundGlassShare, consolidationShare } = zoneOf(scope, "both");
    const shares = { affected: affectedShare, "ground glass": groundGlassShare, consolidation: consolidationShare };
    return names.map((name) => ({ day, name, share: 100 * shares[name] }));
  });
  const affected = rows.filter(({ name }) => name === "affected");
  const most = Math.max(10, ...affected.map(({ share }) => share + errorPoints));
  const svg = drawFigure(caption, {
    width: 720,
    height: 300,
    marginTop: 34,
    color: { domain: [...names], range: colours },
    x: { label: "Days since the first study", labelAnchor: "center", labelArrow: "none", inset: 10, ticks: 8 },
    y: { domain: [0, most], label: null, nice: true, grid: true, tickFormat: (value: number) => `${value} %` },
    marks: [
      Plot.ruleX(affected, {
        x: "day",
        y1: (row: { share: number }) => Math.max(0, row.share - errorPoints),
        y2: (row: { share: number }) => row.share + errorPoints,
        stroke: colours[0],
        strokeWidth: 2,
        strokeOpacity: 0.5,
      }),
      Plot.line(rows, { x: "day", y: "share", stroke: "name", strokeWidth: 2 }),
      Plot.dot(rows, { x: "day", y: "share", fill: "name", r: 4 }),
      ...legend(
        names.map((label, i) => ({ label, colour: colours[i] as string })),
        { frameAnchor: "top-left", dx: 8, dy: -18, columnPx: 130, columns: 3 },
      ),
    ],
  });
  return {
    name: "scope-curve",
    caption,
    svg,
    csv: toCsv(
      ["day", "series", "percent"],
      rows.map(({ day, name, share }) => [day, name, share]),
    ),
  };
}

/** The probability of each class over days; null where no classifier was asked. */
export function probabilityCurve({ studies, classes }: FollowUp): Figure | null {
  if (classes === null || studies.every(({ probabilities }) => probabilities === null)) return null;
  const caption =
    "Probability of each class over days since the first study; a study that is not analysable has no dot.";
  const colours = classes.map((_, i) => seriesColours[i % seriesColours.length] as string);
  const rows = studies.flatMap(({ daysAfterFirst: day, probabilities }) =>
    classes.flatMap((name, k) =>
      probabilities === null ? [] : [{ day, name, percent: 100 * (probabilities[k] ?? 0) }],
    ),
  );
  const svg = drawFigure(caption, {
    width: 720,
    height: 240,
    marginTop: 34,
    color: { domain: [...classes], range: colours },
    x: { label: "Days since the first study", labelAnchor: "center", labelArrow: "none", inset: 10, ticks: 8 },
    y: { domain: [0, 100], label: null, grid: true, ticks: 4, tickFormat: (value: number) => `${value} %` },
    marks: [
      Plot.line(rows, { x: "day", y: "percent", stroke: "name", strokeWidth: 2 }),
      Plot.dot(rows, { x: "day", y: "percent", fill: "name", r: 4 }),
      ...legend(
        classes.map((label, i) => ({ label, colour: colours[i] as string })),
        { frameAnchor: "top-left", dx: 8, dy: -18, columnPx: 170, columns: 4 },
      ),
    ],
  });
  return {
    name: "probability-curve",
    caption,
    svg,
    csv: toCsv(
      ["day", "class", "percent"],
      rows.map(({ day, name, percent }) => [day, name, percent]),
    ),
  };
}

/** Where along the body: the affected share of each height of the lungs in each study. */
export function levelFigure({ studies, levels }: FollowUp): Figure {
  const caption =
    "Affected share of each height of the lungs, the head on top; the darker, the more. The same row is the same place in each study.";
  const names = studies.map(({ daysAfterFirst }, i) => `${i + 1}: day ${daysAfterFirst}`);
  const rows = levels.flatMap(({ from, to, affectedShares }) =>
    affectedShares.map((share, i) => ({
      study: names[i] as string,
      level: (100 * (from + to)) / 2,
      share: 100 * share,
    })),
  );
  const most = Math.max(10, ...rows.map(({ share }) => share));
  const svg = drawFigure(caption, {
    width: 720,
    height: 320,
    x: { domain: names, label: null },
    y: { domain: [0, 100], label: "Height of the lungs, %", labelArrow: "none", ticks: 4 },
    marks: [
      Plot.rect(rows, {
        x: "study",
        y1: (row: { level: number }) => row.level - 50 / levels.length,
        y2: (row: { level: number }) => row.level + 50 / levels.length,
        fill: seriesColours[1],
        fillOpacity: (row: { share: number }) => row.share / most,
      }),
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.text(
        rows.filter(({ share }) => share >= 0.5),
        {
          x: "study",
          y: "level",
          text: (row: { share: number }) => `${row.share.toFixed(0)} %`,
          fill: "currentColor",
          fontSize: 10.5,
        },
      ),
    ],
    opacity: { type: "identity" },
  });
  return {
    name: "levels",
    caption,
    svg,
    csv: toCsv(
      ["study", "height_percent", "percent"],
      rows.map(({ study, level, share }) => [study, level, share]),
    ),
  };
}
