import { researchUseNotice } from "../base/version.ts";
import type { Evaluation, SetCounts } from "../evaluation/evaluation.ts";
import { describeStudyRule } from "../prediction/describeStudyRule.ts";
import { answerOf, attributesInWords } from "./answer.ts";
import { auditSection } from "./auditSection.ts";
import type { ReportFigures } from "./evaluationFigures.ts";
import {
  calibrationSection,
  choicesSection,
  externalSection,
  failureSection,
  predictiveSection,
  readerSection,
  rulesSection,
  subgroupSection,
} from "./evaluationSections.ts";
import { figureGrid } from "./figureGrid.ts";
import type { Figure } from "./figures/figure.ts";
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";
import type { RunResults } from "./readRunResults.ts";
import { countsTable, resultTable, scrollingTable } from "./resultTables.ts";
import { count, counted, interval, percent, points } from "./words.ts";

/** What a report is made of. */
export interface Report {
  readonly evaluation: Evaluation;
  readonly results: RunResults;
  readonly sets: readonly { readonly name: string; readonly counts: SetCounts }[];
  readonly figures: ReportFigures;
  /** Prepared slices as data URIs, by "caseId sliceIndex"; empty where the data set is not at hand. */
  readonly pictures: ReadonlyMap<string, string>;
  /** The command lines that make the run and this report again. */
  readonly commands: readonly string[];
}

/** The report of a run as one page: the answer and its limits first, then everything behind it. */
export function reportPage(report: Report): string {
  const { evaluation, results, figures } = report;
  const answer = answerOf(evaluation);
  const main = evaluation.studies ?? evaluation.images;
  return page(
    `${answer.headline} – Groundglass report`,
    html`<header>
<p class="eyebrow">Report of classifier ${evaluation.classifierId}: ${evaluation.classes.join(" / ")}</p>
<h1>${answer.headline}</h1>
${evaluation.usedForChoosing ? chosenNotice() : null}
${answer.lead.map((sentence) => html`<p class="lead">${sentence}</p>`)}
<p class="notice">${researchUseNotice}</p>
</header>
<main>
<h2>Limits</h2>
<ul>${[...answer.limits, ...evaluation.sizeNotes].map((limit) => html`<li>${limit}</li>`)}</ul>
<h2>What was chosen where</h2>
${choicesSection(evaluation)}
<h2>Data and split</h2>
<p>${results.splits.method}</p>
${countsTable(report.sets, evaluation.classes)}
${excludedNote(results)}
${figureGrid(figures.data)}
<h2>Audit of the data</h2>
${auditSection(results.audit, results.run.audit?.overridden ?? [])}
<h2>Training</h2>
<p>${trainingSentence(results)}</p>
${figureGrid(figures.training)}
<h2>Images</h2>
<p>An image's class is the one the network gives the highest probability.</p>
${resultTable(`Images of the ${evaluation.set} set`, evaluation.images.table, evaluation.images.roc)}
${figureGrid(figures.images)}
${studySection(evaluation, figures.studies)}
<h2>What a call is worth</h2>
${predictiveSection(main)}
${figureGrid(figures.decisions)}
<h2>Calibration</h2>
${calibrationSection(main, evaluation.studies === null ? "images" : "studies")}
${figureGrid(figures.calibration)}
<h2>Subgroups</h2>
${subgroupSection(evaluation)}
${figureGrid(figures.subgroups, "wide")}
<h2>Failures</h2>
${failureSection(evaluation, report.pictures)}
${titled("Readers", readerSection(evaluation), figures.readers)}
${titled("Other data sets", externalSection(evaluation), figures.external)}
<h2>How to get the same</h2>
${reproducibility(report)}
</main>`,
  );
}

function titled(title: string, section: Html | null, figures: readonly Figure[]): Html | null {
  return section === null ? null : html`<h2>${title}</h2>${section}${figureGrid(figures)}`;
}

function chosenNotice(): Html {
  return html`<p class="notice" role="note"><strong>There is no test set.</strong> These numbers are from the validation set, on which
weights and threshold were chosen: they flatter the classifier. Keep some subjects aside and evaluate again before you rely on them.</p>`;
}

function studySection(evaluation: Evaluation, figures: readonly Figure[]): Html {
  const { studies, studiesReason } = evaluation;
  if (studies === null) return html`<h2>Studies</h2><p>Not evaluated: ${studiesReason}.</p>`;
  const { rule } = studies;
  return html`<h2>Studies</h2>
<p>${describeStudyRule(rule)}
The area under the curve ranks studies by ${rule.kind === "fraction" ? "the mean probability of their images" : "the rule's probability"}.</p>
${resultTable(`Studies of the ${evaluation.set} set`, studies.table, studies.roc)}
${figureGrid(figures)}
${rulesSection(studies)}
${baselineSection(evaluation)}`;
}

function baselineSection({ baseline, baselineReason, studies }: Evaluation): Html {
  if (baseline === null || studies === null) {
    return html`<h3>Against a baseline</h3><p>Not compared: ${baselineReason}.</p>`;
  }
  const row = (name: string, table: typeof baseline.table, auc: number | null) => {
    const overall = table.overallAccuracy;
    return html`<tr><th scope="row">${name}</th><td><b>${overall.value === null ? "–" : percent(overall.value)}</b><small>${interval(overall, "percent")}</small></td>
<td>${count(overall.numerator ?? 0)}/${count(overall.n)}</td><td>${auc === null ? "–" : auc.toFixed(3)}</td></tr>`;
  };
  const { difference } = baseline;
  const caption = "The same studies, called by the classifier and by the baseline";
  return html`<h3>Against a baseline</h3>
<p>A logistic regression that sees only ${attributesInWords(baseline.attributes)} of a study, fitted on ${counted(baseline.fittedOn.studies, "study", "studies")} of the ${baseline.fittedOn.set} set.
What it reaches needs no network.</p>
${scrollingTable(
  caption,
  html`<table><caption>${caption}</caption>
<thead><tr><th scope="col"></th><th scope="col">Overall accuracy</th><th scope="col">Right</th><th scope="col">AUC, macro</th></tr></thead>
<tbody>${row("Classifier", studies.table, studies.roc.macroAuc.value)}${row("Baseline", baseline.table, baseline.roc.macroAuc.value)}
<tr class="total"><th scope="row">Difference</th><td><b>${difference.value === null ? "–" : points(difference.value)}</b><small>${interval(difference, "points") ?? difference.reason}</small></td><td></td><td></td></tr>
</tbody></table>`,
)}`;
}

function excludedNote({ dataset }: RunResults): Html | null {
  if (dataset.excluded.length === 0) return null;
  const codes = [...new Set(dataset.excluded.map((one) => one.code))].join(", ");
  return html`<p class="note">${counted(dataset.excluded.length, "study", "studies")} could not be read and ${dataset.excluded.length === 1 ? "is" : "are"} in no set (${codes}); dataset.json says which.</p>`;
}

function trainingSentence({ run, history, classifier }: RunResults): string {
  const { weights, settings } = run;
  const start =
    weights.file === null
      ? "from random weights"
      : `from the weights in ${weights.file} (${counted(weights.loaded.length, "tensor", "tensors")} taken over, ${count(weights.missing.length)} started random)`;
  const seconds = history.reduce((sum, one) => sum + one.seconds, 0);
  const hours =
    seconds >= 5400 ? `${(seconds / 3600).toFixed(1)}\u00a0hours` : `${Math.max(1, Math.round(seconds / 60))}\u00a0min`;
  return `${settings.network} ${start}, ${counted(history.length, "epoch", "epochs")} in ${hours}. Epoch ${classifier.provenance.bestEpoch} was kept: it called ${percent(classifier.provenance.validationAccuracy)} of the validation images right.`;
}

function reproducibility({ evaluation, results, commands }: Report): Html {
  const { run, classifier } = results;
  const { settings } = run;
  const rows: [string, string][] = [
    ["Classifier", classifier.classifierId],
    ["Groundglass", `${run.groundglassVersion} (trained), ${evaluation.groundglassVersion} (evaluated)`],
    ["Network", `${settings.network}, ${settings.pretrained === null ? "not pretrained" : "pretrained"}`],
    ["Preset of training", settings.preset],
    ["Preset of slices", run.recipe.preset],
    ["Seed of training", String(settings.seed)],
    ["Epochs, batch", `${settings.epochs}, ${settings.batchSize}`],
    [
      "Learning rate",
      `${settings.learningRate}${settings.headLearningRate === null ? "" : ` (last layer ${settings.headLearningRate})`}`,
    ],
    ["Fold", `${settings.fold} of ${results.splits.folds.length}`],
    ["Intervals", `${count(evaluation.intervals.resamples)} resamples of subjects, seed ${evaluation.intervals.seed}`],
    ["dataset.json, SHA-256", run.dataset.sha256],
    ["splits.json, SHA-256", run.dataset.splitsSha256],
    ["weights.safetensors, SHA-256", classifier.files["weights.safetensors"]],
    ...(run.weights.sha256 === null ? [] : [["Pretrained file, SHA-256", run.weights.sha256] as [string, string]]),
  ];
  return html`<pre>${commands.join("\n")}</pre>
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
