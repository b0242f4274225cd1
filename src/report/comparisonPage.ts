import { researchUseNotice } from "../base/version.ts";
import type { Comparison, LevelComparison } from "../evaluation/comparison.ts";
import type { ComparisonFigures } from "./comparisonFigures.ts";
import { calibrationComparison, subgroupComparison } from "./comparisonSections.ts";
import { figureGrid } from "./figureGrid.ts";
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";
import { copyScript, reportTable, valueCell } from "./reportTable.ts";
import { type PageSection, reportStyle, sectionedBody } from "./sectionedPage.ts";
import { chosenNotice } from "./summary.ts";
import { area, count, percent, pValue } from "./words.ts";

/** Several networks, folds and seeds on one page (the paper's Tables 1–4, Figs 3–5). */
export function comparisonPage(comparison: Comparison, figures: ComparisonFigures): string {
  const { images, studies, chosen, runs, intervals } = comparison;
  const networks = images.networks.length;
  const title = `${count(runs.length)} runs of ${networks === 1 ? "one network" : `${count(networks)} networks`}`;
  return page(
    `${title} – Groundglass comparison`,
    sectionedBody(
      html`<header>
<p class="eyebrow">Comparison on ${comparison.classes.join(" / ")}</p>
<h1>${title}, on the same data set</h1>
${comparison.set === "validation" ? chosenNotice() : null}
<p class="lead">${chosen.sentence}</p>
<p class="notice">${researchUseNotice}</p>
</header>`,
      [
        ...(studies === null
          ? []
          : [levelSection("Studies", "studies", { comparison, level: studies, figures: figures.studies })]),
        levelSection("Images", "images", { comparison, level: images, figures: figures.images }),
        { id: "calibration", title: "Calibration", body: calibrationComparison(comparison, figures.calibration) },
        { id: "subgroups", title: "Subgroups", body: subgroupComparison(comparison) },
        {
          id: "same-images",
          title: "The same images",
          body: html`<p>${comparison.sideBySide.length === 0 ? "No image was measured by all networks." : "Images that every network was asked about, the hardest first where none were asked for."}</p>
${figureGrid(figures.sideBySide, "wide")}`,
        },
        {
          id: "networks",
          title: "The networks",
          body: html`<div class="network">${figureGrid(figures.networks)}</div>`,
        },
        {
          id: "runs",
          title: "The runs",
          body: html`${reportTable({
            name: "runs",
            caption: "Runs",
            columns: [
              "Run",
              "Network",
              "Fold",
              "Seed",
              "Kept epoch",
              "Validation accuracy",
              comparison.set === "test" ? "Test subjects" : "Validation subjects",
              "Classifier",
            ],
            rows: runs.map((run) => [
              run.run,
              run.network,
              String(run.fold),
              String(run.seed),
              String(run.bestEpoch),
              percent(run.validationAccuracy),
              count(run.subjects),
              run.classifierId,
            ]),
          })}
<p class="note">Intervals are 95\u00a0%, over ${count(intervals.resamples)} resamples of subjects, seed ${intervals.seed}.</p>`,
        },
      ],
    ),
    { style: reportStyle, script: copyScript },
  );
}

function levelSection(
  title: string,
  what: "images" | "studies",
  of: { comparison: Comparison; level: LevelComparison; figures: ComparisonFigures["images"] },
): PageSection {
  const { comparison, level, figures } = of;
  const isCrossValidated = level.networks.some(({ runs }) => new Set(runs.map((run) => run.fold)).size > 1);
  const pooled = isCrossValidated ? " Test sets of a network's folds are taken together, each case once." : "";
  const body = html`<p>Each network on the ${comparison.set} ${what}.${pooled}</p>
${comparison.classes.map((name, k) => classTableOf(name, k, level, { what, set: comparison.set }))}
${overallTable(level, { what, set: comparison.set })}
${figureGrid(figures)}
${level.networks.some(({ runs }) => runs.length > 1) ? runsTable(level, comparison.classes, what) : null}
${level.comparisons.length === 0 ? null : comparisonTables(level, what)}`;
  return { id: what, title, body };
}

/** What the rows of a table are about, in words. */
interface About {
  readonly what: string;
  readonly set: Comparison["set"];
}

function classTableOf(name: string, k: number, level: LevelComparison, { what, set }: About): Html {
  return reportTable({
    name: `${what}-class-${k + 1}`,
    caption: `${name} against the rest, ${set} ${what}`,
    columns: ["Network", "Sensitivity", "Specificity", "Accuracy", "AUC"],
    rows: level.networks.map(({ network, table, roc }) => [
      network,
      valueCell(table.rows[k].sensitivity),
      valueCell(table.rows[k].specificity),
      valueCell(table.rows[k].accuracy),
      valueCell(roc.rows[k].auc, "area"),
    ]),
  });
}

function overallTable(level: LevelComparison, { what, set }: About): Html {
  return reportTable({
    name: `${what}-all-classes`,
    caption: `All classes, ${set} ${what}`,
    columns: [
      "Network",
      what,
      "Overall accuracy",
      "AUC, macro",
      "AUC, micro",
      "Accuracy over runs, mean ± SD",
      "AUC over runs, mean ± SD",
    ],
    rows: level.networks.map(({ network, table, roc, spread }) => [
      network,
      count(table.overallAccuracy.n),
      valueCell(table.overallAccuracy),
      valueCell(roc.macroAuc, "area"),
      valueCell(roc.microAuc, "area"),
      spread.overallAccuracy === null ? "–" : spreadWords(spread.overallAccuracy, (value) => (100 * value).toFixed(1)),
      spread.macroAuc === null ? "–" : spreadWords(spread.macroAuc, area),
    ]),
  });
}

function spreadWords(
  { mean, deviation, runs }: { mean: number; deviation: number | null; runs: number },
  tell: (value: number) => string,
): string {
  return deviation === null ? `${tell(mean)} (one run)` : `${tell(mean)} ± ${tell(deviation)} (${runs} runs)`;
}

function runsTable(level: LevelComparison, classes: readonly string[], what: string): Html {
  return reportTable({
    name: `${what}-each-run`,
    caption: `Each run on what it was measured on, ${what}`,
    columns: [
      "Run",
      "Fold",
      "Seed",
      "Overall accuracy",
      ...classes.map((name) => `Sensitivity, ${name}`),
      "AUC, macro",
    ],
    rows: level.networks.flatMap(({ network, runs }) =>
      runs.map((run) => [
        html`${run.run}<small>${network}</small>`,
        String(run.fold),
        String(run.seed),
        valueCell(run.overallAccuracy),
        ...run.sensitivity.map((estimate) => valueCell(estimate)),
        valueCell(run.macroAuc, "area"),
      ]),
    ),
  });
}

function comparisonTables(level: LevelComparison, what: string): Html {
  const name = (one: LevelComparison["comparisons"][number]) =>
    html`${one.first} − ${one.second}${one.isPretraining ? html`<small>what pretraining is worth</small>` : null}`;
  return html`${reportTable({
    name: `${what}-differences`,
    caption: `Differences of overall accuracy over the same ${what}`,
    columns: [
      "Networks",
      what,
      "Difference",
      "Only the first / only the second right",
      "P (McNemar)",
      "P (permutation)",
    ],
    rows: level.comparisons.map((one) => [
      name(one),
      html`${count(one.n)}<small>${count(one.subjects)} subjects</small>`,
      valueCell(one.difference, "points"),
      `${count(one.test.onlyFirst)} / ${count(one.test.onlySecond)}`,
      html`${pValue(one.test.p)}<small>Holm ${pValue(one.test.adjustedP)}</small>`,
      html`${pValue(one.permutation.p)}<small>Holm ${pValue(one.permutation.adjustedP)}</small>`,
    ]),
  })}
${reportTable({
  name: `${what}-area-differences`,
  caption: `Differences of the area under the curve over the same ${what}`,
  columns: ["Networks", ...(level.comparisons[0]?.areas ?? []).flatMap((area) => [area.class, "P"])],
  rows: level.comparisons.map((one) => [
    name(one),
    ...one.areas.flatMap(({ difference, p, adjustedP }) => [
      valueCell(difference, "area"),
      html`${pValue(p)}<small>Holm ${pValue(adjustedP)}</small>`,
    ]),
  ]),
})}
<p class="note">McNemar's test is exact where each subject has one item, else it counts each subject's surplus; areas are compared by DeLong's test, or Obuchowski's where subjects have several items. Holm's correction is over all pairs of networks.</p>`;
}
