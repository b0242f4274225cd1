import { researchUseNotice } from "../base/version.ts";
import type { ChainEvaluation, StageTables } from "../chain/chainEvaluation.ts";
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";
import { copyScript, reportTable, valueCell } from "./reportTable.ts";
import { reportStyle, sectionedBody } from "./sectionedPage.ts";
import { chosenNotice } from "./summary.ts";
import { count, counted, interval, list, percent } from "./words.ts";

type Stage = ChainEvaluation["stages"][number];

/** A chain's results on one page: as a whole, then stage by stage, each alone and in the chain. */
export function chainPage(evaluation: ChainEvaluation): string {
  const { stages, set, counts, whole, notes, intervals, chainId } = evaluation;
  const isChain = stages.length > 1;
  const headline = isChain ? chainHeadline(evaluation) : (stages[0]?.classes.join(" / ") ?? "");
  return page(
    `${headline} – Groundglass evaluation`,
    sectionedBody(
      html`<header>
<p class="eyebrow">${isChain ? "Chain" : "Classifier"} ${chainId}, ${list(stages.map(({ name }) => name))}</p>
<h1>${headline}</h1>
${evaluation.usedForChoosing ? chosenNotice() : null}
<p class="lead">${set === "test" ? "Test" : "Validation"} set: ${counted(counts.subjects, "subject", "subjects")}, ${counted(counts.studies, "study", "studies")}, ${count(counts.images)} slices. Intervals are 95\u00a0%, over ${count(intervals.resamples)} resamples of subjects, seed ${intervals.seed}.</p>
${notes.map((note) => html`<p class="notice">${note}</p>`)}
<p class="notice">${researchUseNotice}</p>
</header>`,
      [
        ...(isChain ? [{ id: "whole", title: "The chain as a whole", body: wholeSection(whole, stages) }] : []),
        ...stages.map((stage) => ({ id: stage.name, title: stage.name, body: stageSection(stage) })),
      ],
    ),
    { style: reportStyle, script: copyScript },
  );
}

/** The whole in one sentence. */
export function chainHeadline({ whole, stages }: ChainEvaluation): string {
  const { images, studies } = whole;
  const of = images.value === null ? studies : images;
  const what = images.value === null ? "studies" : "slices";
  if (of.value === null) return `No ${what} whose truth is known at every stage`;
  const ends = interval(of, "percent");
  return `${stages.length} stages, all right on ${percent(of.value)} of the ${what}${ends === null ? "" : ` (${ends})`}`;
}

function wholeSection({ images, studies, firstErrors }: ChainEvaluation["whole"], stages: readonly Stage[]): Html {
  const wrong = firstErrors.reduce((sum, error) => sum + error.images, 0);
  return html`<p>End to end: a slice is right only if every stage says what is true of it, so the errors of one stage count in all that follow. Alone, a stage is given the truth of those before it.</p>
${reportTable({
  name: "chain",
  caption: "Accuracy of each stage and of the chain",
  columns: ["", "Items", "Alone", "In the chain"],
  rows: [
    ...stages.map(({ name, unit, alone, inChain }) => [
      name,
      html`${count((inChain ?? alone).accuracy.n)}<small>${unit === "images" ? "slices" : "studies"}</small>`,
      valueCell(alone.accuracy),
      inChain === null ? valueCell(alone.accuracy) : valueCell(inChain.accuracy),
    ]),
    ["Whole chain, slices", html`${count(images.n)}<small>slices</small>`, "", valueCell(images)],
    ["Whole chain, studies", html`${count(studies.n)}<small>studies</small>`, "", valueCell(studies)],
  ],
})}
${
  wrong === 0
    ? null
    : html`<p>Of ${count(wrong)} wrong slices the first error was made by ${list(firstErrors.map(({ stage, images: n }) => `${stage} on ${count(n)} (${percent(n / wrong, 0)})`))}.</p>`
}`;
}

function stageSection(stage: Stage): Html {
  const { name, unit, condition, alone, inChain } = stage;
  const what = unit === "images" ? "slices" : "studies";
  return html`<p>${condition} Labels of ${what}.</p>
${tables(alone, { name: `${name}-alone`, what: inChain === null ? what : `${what}, given the truth of the stages before` })}
${inChain === null ? null : tables(inChain, { name: `${name}-in-chain`, what: `${what}, on what the stages before passed on` })}`;
}

function tables({ table, roc, labels, accuracy }: StageTables, at: { name: string; what: string }): Html {
  const all = html`<p>All right: ${accuracy.value === null ? html`– (${accuracy.reason})` : html`<b>${percent(accuracy.value)}</b> (${interval(accuracy, "percent") ?? "no interval"})`} of ${count(accuracy.n)} ${at.what}.</p>`;
  if (labels !== null) {
    const isScored = labels.some(({ auc }) => auc !== null);
    return html`${reportTable({
      name: at.name,
      caption: `Each label by itself, ${at.what}`,
      columns: ["Label", "Sensitivity", "Specificity", "Accuracy", ...(isScored ? ["AUC"] : [])],
      rows: labels.map(({ label, sensitivity, specificity, accuracy: own, auc }) => [
        html`${label}<small>${count(sensitivity.n)} of ${count(own.n)}</small>`,
        valueCell(sensitivity),
        valueCell(specificity),
        valueCell(own),
        ...(auc === null ? [] : [valueCell(auc, "area")]),
      ]),
    })}
${all}`;
  }
  if (table === null) return all;
  return html`${reportTable({
    name: at.name,
    caption: `Each class against the rest, ${at.what}`,
    columns: ["Class", "Sensitivity", "Specificity", "Accuracy", ...(roc === null ? [] : ["AUC"])],
    rows: table.rows.map((row, k) => [
      html`${row.class}<small>${count(row.sensitivity.n)} of ${count(row.accuracy.n)}</small>`,
      valueCell(row.sensitivity),
      valueCell(row.specificity),
      valueCell(row.accuracy),
      ...(roc === null ? [] : [valueCell(roc.rows[k].auc, "area")]),
    ]),
  })}
${all}
${reportTable({
  name: `${at.name}-confusion`,
  caption: `Counts by truth (rows) and what was said (columns), ${at.what}`,
  columns: ["Truth", ...table.rows.map((row) => row.class)],
  rows: table.confusion.map((row, k) => [table.rows[k].class, ...row.map(count)]),
})}`;
}
