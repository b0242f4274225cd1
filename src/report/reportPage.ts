import type { Evaluation, SetCounts } from "../evaluation/evaluation.ts";
import { answerOf } from "./answer.ts";
import { answeredSection } from "./answeredSection.ts";
import { auditSection } from "./auditSection.ts";
import { checklistSection, type FilledChecklist } from "./checklists/checklistSection.ts";
import type { ReportFigures } from "./evaluationFigures.ts";
import {
  calibrationSection,
  choicesSection,
  externalSection,
  operatingSection,
  predictiveSection,
  subgroupSection,
} from "./evaluationSections.ts";
import { evidenceSection } from "./evidenceSection.ts";
import type { FailurePicture } from "./failurePictures.ts";
import { failureSection } from "./failureSection.ts";
import { figureGrid } from "./figureGrid.ts";
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";
import { readerSection } from "./readerSection.ts";
import type { RunResults } from "./readRunResults.ts";
import { copyScript } from "./reportTable.ts";
import { reproducibility } from "./reproducibility.ts";
import { countsTable, resultTable } from "./resultTables.ts";
import { type PageSection, reportStyle, sectionedBody } from "./sectionedPage.ts";
import { studySection } from "./studySection.ts";
import { overallNote, summary } from "./summary.ts";
import { count, counted, percent } from "./words.ts";

/** What a report is made of. */
export interface Report {
  readonly evaluation: Evaluation;
  readonly results: RunResults;
  readonly sets: readonly { readonly name: string; readonly counts: SetCounts }[];
  readonly figures: ReportFigures;
  /** The worst images, by "caseId sliceIndex"; empty where the data set is not at hand. */
  readonly pictures: ReadonlyMap<string, FailurePicture>;
  /** The command lines that make the run and this report again. */
  readonly commands: readonly string[];
}

/** The report of a run as one page: the answer and what to distrust first, then everything behind it. */
export function reportPage(report: Report, checklists: readonly FilledChecklist[]): string {
  const { headline } = answerOf(report.evaluation);
  return page(
    `${headline} – Groundglass report`,
    sectionedBody(summary(report), [...aboutTheRun(report), ...results(report), ...toPublish(report, checklists)]),
    { style: reportStyle, script: copyScript },
  );
}

function aboutTheRun({ evaluation, results, figures, sets }: Report): PageSection[] {
  const [split, network] = figures.data;
  return [
    section("limits", "Limits and choices", limits(evaluation)),
    section(
      "data",
      "Data and split",
      html`<p>${results.splits.method}</p>
${excludedNote(results)}
${figureGrid([split], "wide")}
<details><summary>The same as a table</summary>${countsTable(sets, evaluation.classes)}</details>`,
    ),
    section("audit", "Audit of the data", auditSection(results.audit, results.run.audit?.overridden ?? [])),
    section(
      "training",
      "Training",
      html`<p>${trainingSentence(results)}</p>
${figureGrid(figures.training)}
<details><summary>The network, layer by layer</summary><div class="network">${figureGrid([network], "wide")}</div></details>`,
    ),
  ];
}

function results({ evaluation, figures, pictures }: Report): PageSection[] {
  const main = evaluation.studies ?? evaluation.images;
  const readers = readerSection(evaluation);
  const external = externalSection(evaluation);
  return [
    section(
      "images",
      "Images",
      html`<p>An image's class is the one the network gives the highest probability.</p>
${resultTable({ name: "images", caption: `Images of the ${evaluation.set} set` }, evaluation.images.table, evaluation.images.roc)}
${figureGrid(figures.images)}`,
    ),
    section("studies", "Studies", studySection(evaluation, figures.studies)),
    section(
      "calibration",
      "Calibration",
      html`${calibrationSection(main, evaluation.studies === null ? "images" : "studies")}
${figureGrid(figures.calibration)}`,
    ),
    section(
      "decisions",
      "What a call is worth",
      html`${operatingSection(evaluation)}
${predictiveSection(main)}
${figureGrid(figures.decisions)}`,
    ),
    ...answeredSections(evaluation),
    section(
      "subgroups",
      "Subgroups",
      html`${figureGrid(figures.subgroups, "wide")}
${subgroupSection(evaluation)}`,
    ),
    ...evidenceSections(evaluation),
    section("failures", "Failures", failureSection(evaluation, pictures)),
    ...(readers === null ? [] : [section("readers", "Readers", html`${readers}${figureGrid(figures.readers)}`)]),
    ...(external === null
      ? []
      : [section("external", "Other data sets", html`${external}${figureGrid(figures.external)}`)]),
  ];
}

function answeredSections({ answered }: Evaluation): PageSection[] {
  return answered === null ? [] : [section("answered", "Not analysable", answeredSection(answered))];
}

function evidenceSections({ evidence }: Evaluation): PageSection[] {
  return evidence === null ? [] : [section("evidence", "Where it looked", evidenceSection(evidence))];
}

function toPublish(report: Report, checklists: readonly FilledChecklist[]): PageSection[] {
  const { classifier } = report.results;
  return [
    section("checklists", "Checklists", checklistSection(checklists)),
    section(
      "model-card",
      "Model card",
      html`<p>${classifier.intendedUse}</p>
<p><a href="model-card.md">model-card.md</a> says what the classifier is, for whom, how well it does on whom, and what to beware of; keep it with the classifier.</p>`,
    ),
    section("reproducibility", "How to get the same", reproducibility(report)),
  ];
}

function section(id: string, title: string, body: Html): PageSection {
  return { id, title, body };
}

function limits(evaluation: Evaluation): Html {
  const notes = evaluation.sizeNotes.filter((note) => !note.startsWith(overallNote));
  const sentences = [...answerOf(evaluation).limits, ...notes];
  return html`${sentences.length === 0 ? null : html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
<h3>What was chosen where</h3>
${choicesSection(evaluation)}`;
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
