import type { Comparison, LevelComparison } from "../evaluation/comparison.ts";
import { attributeTitle } from "./attributeTitle.ts";
import { figureGrid } from "./figureGrid.ts";
import type { Figure } from "./figures/figure.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { count, counted, pValue } from "./words.ts";

/** How far each network's probabilities can be taken at their word, and by how much two networks differ in it. */
export function calibrationComparison({ classes, images, studies, set }: Comparison, figures: readonly Figure[]): Html {
  const levels = [
    ...(studies === null ? [] : [{ what: "studies", level: studies }]),
    { what: "images", level: images },
  ];
  return html`<p>Of the probabilities that each classifier states, after its own calibration. The calibration error is how far they are, on average, from the share for which they came true; the Brier score also asks them to tell the classes apart. Smaller is better for both.</p>
${figureGrid(figures)}
${levels.map(({ what, level }) => calibrationTables({ what, set, classes }, level))}
<p class="note">P: subjects' probabilities were exchanged between the two networks; Holm's correction is over all pairs of networks.</p>`;
}

function calibrationTables(
  { what, set, classes }: { readonly what: string; readonly set: string; readonly classes: readonly string[] },
  { networks, comparisons }: LevelComparison,
): Html {
  const table = reportTable({
    name: `${what}-calibration`,
    caption: `Calibration, ${set} ${what}`,
    columns: [
      "Network",
      "Brier score, all classes (0–2)",
      "Calibration error, most probable class",
      ...classes.map((name) => `Calibration error, ${name}`),
    ],
    rows: networks.map(({ network, calibration: { rows, brierOfAll } }) => [
      network,
      valueCell(brierOfAll, "area"),
      ...[null, ...classes].map((name) => {
        const row = rows.find((one) => one.class === name);
        return row === undefined ? "–" : valueCell(row.calibrationError, "area");
      }),
    ]),
  });
  if (comparisons.length === 0) return table;
  return html`${table}
${reportTable({
  name: `${what}-brier-differences`,
  caption: `Differences of the Brier score over the same ${what}; below 0, the first network is nearer to the truth`,
  columns: ["Networks", what, "Difference", "P (permutation)"],
  rows: comparisons.map(({ first, second, n, subjects, brier }) => [
    `${first} − ${second}`,
    html`${count(n)}<small>${counted(subjects, "subject", "subjects")}</small>`,
    valueCell(brier.difference, "area"),
    html`${pValue(brier.p)}<small>Holm ${pValue(brier.adjustedP)}</small>`,
  ]),
})}`;
}

/** The networks' results in the same groups, and of each whether it differs between them. */
export function subgroupComparison({ subgroups, classes }: Comparison): Html {
  const { what, n, networks, traits } = subgroups;
  if (n === 0) return html`<p>No ${what} were measured by all networks.</p>`;
  if (traits.length === 0) return html`<p>No attribute or column divides the ${what} into groups.</p>`;
  const accuracy = traits.flatMap(({ trait, unknown, groups }) =>
    groups.map((group, g) => [
      traitCell(trait, unknown, g),
      group.group,
      html`${count(group.n)}<small>${counted(group.subjects, "subject", "subjects")}</small>`,
      ...group.networks.map(({ overallAccuracy }) => valueCell(overallAccuracy)),
    ]),
  );
  const ofFirst = traits.flatMap(({ trait, unknown, groups }) =>
    groups.map((group, g) => [
      traitCell(trait, unknown, g),
      group.group,
      ...group.networks.flatMap(({ sensitivity, specificity }) => [valueCell(sensitivity), valueCell(specificity)]),
    ]),
  );
  const tests = traits.map(({ trait, differences }) => [
    attributeTitle(trait),
    ...differences.map(({ p, adjustedP, reason }) =>
      p === null ? html`–<small>${reason}</small>` : html`${pValue(p)}<small>Holm ${pValue(adjustedP)}</small>`,
    ),
  ]);
  return html`<p>All ${count(n)} ${what} that every network was asked about: each group holds the same ones for each network.</p>
${reportTable({
  name: "subgroup-accuracy",
  caption: "Overall accuracy in groups",
  columns: ["Attribute", "Group", "n", ...networks],
  rows: accuracy,
})}
${reportTable({
  name: "subgroup-differences",
  caption: "P of no difference in overall accuracy between the groups",
  columns: ["Attribute", ...networks],
  rows: tests,
})}
<details><summary>Sensitivity and specificity in groups</summary>${reportTable({
    name: "subgroup-rates",
    caption: `Sensitivity and specificity in groups, ${classes[0]} against the rest`,
    columns: ["Attribute", "Group", ...networks.flatMap((name) => [`${name}, sensitivity`, `${name}, specificity`])],
    rows: ofFirst,
  })}</details>
<p class="note">P: subjects' groups were permuted among subjects of the same true class, 2,000 times; Holm's correction is over all attributes of a network. That one network differs between groups and another does not is no test of the two against each other.</p>`;
}

function traitCell(trait: string, unknown: number, group: number): Html | string {
  if (group > 0) return "";
  return html`${attributeTitle(trait)}${unknown > 0 ? html`<small>${count(unknown)} unknown</small>` : null}`;
}
