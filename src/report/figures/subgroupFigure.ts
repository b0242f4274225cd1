import * as Plot from "@observablehq/plot";
import type { Subgroups } from "../../evaluation/subgroups.ts";
import { attributeTitle } from "../attributeTitle.ts";
import { count, shorten } from "../words.ts";
import { drawFigure, type Figure, seriesColours, toCsv } from "./figure.ts";

/** A forest plot of overall accuracy in each group. null without groups. overall: the accuracy of all, 0 … 1. */
export function subgroupFigure(subgroups: Subgroups, overall: number | null, what: string): Figure | null {
  if (subgroups.length === 0) return null;
  const caption = `Overall accuracy in groups of ${what}, with 95 % intervals over subjects. The upright line is that of all.`;
  const rows = subgroups.flatMap((subgroup) =>
    subgroup.groups.map((group) => ({
      trait: subgroup.trait,
      key: `${subgroup.trait}\n${group.group}`,
      label: `${shorten(group.group, 26)}  (${count(group.n)})`,
      group,
      value: percentOf(group.overallAccuracy.value),
      low: percentOf(group.overallAccuracy.low),
      high: percentOf(group.overallAccuracy.high),
    })),
  );
  const lines = subgroups.flatMap((subgroup) => [
    { key: `${subgroup.trait}\n`, label: attributeTitle(subgroup.trait), isHead: true },
    ...rows.filter((row) => row.trait === subgroup.trait).map(({ key, label }) => ({ key, label, isHead: false })),
  ]);
  const svg = drawFigure(caption, {
    width: 720,
    height: 60 + 22 * lines.length,
    marginLeft: 270,
    marginTop: 8,
    x: { domain: [0, 100], label: "Overall accuracy, %", labelAnchor: "center", labelArrow: "none", grid: true },
    y: { domain: lines.map((line) => line.key), axis: null },
    marks: [
      Plot.ruleX(overall === null ? [] : [100 * overall], { stroke: "currentColor", strokeOpacity: 0.6 }),
      ...[true, false].map((isHead) =>
        Plot.text(
          lines.filter((line) => line.isHead === isHead),
          {
            y: "key",
            text: "label",
            frameAnchor: "left",
            dx: isHead ? -262 : -248,
            textAnchor: "start",
            fontWeight: isHead ? 600 : 400,
          },
        ),
      ),
      Plot.ruleY(
        rows.filter((row) => row.low !== null),
        { y: "key", x1: "low", x2: "high", stroke: seriesColours[0], strokeWidth: 1.75 },
      ),
      Plot.dot(
        rows.filter((row) => row.value !== null),
        { y: "key", x: "value", fill: seriesColours[0], r: 4 },
      ),
    ],
  });
  const csv = toCsv(
    [
      "trait",
      "group",
      "n",
      "subjects",
      "overall_accuracy",
      "overall_accuracy_low",
      "overall_accuracy_high",
      "sensitivity",
      "specificity",
      "p",
      "p_holm",
    ],
    subgroups.flatMap(({ trait, groups, difference }) =>
      groups.map((group) => [
        trait,
        group.group,
        group.n,
        group.subjects,
        group.overallAccuracy.value,
        group.overallAccuracy.low,
        group.overallAccuracy.high,
        group.sensitivity.value,
        group.specificity.value,
        difference.p,
        difference.adjustedP,
      ]),
    ),
  );
  return { name: "subgroups", caption, svg, csv };
}

function percentOf(share: number | null): number | null {
  return share === null ? null : 100 * share;
}
