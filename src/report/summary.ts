import { researchUseNotice } from "../base/version.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { answerOf } from "./answer.ts";
import { type Html, html } from "./html.ts";
import type { Report } from "./reportPage.ts";
import { area, count, interval, percent } from "./words.ts";

const mostDoubts = 6;

/** How the note begins that says how far the overall accuracy carries; it stands at the top, and nowhere else. */
export const overallNote = "Overall accuracy: ";

/** The top of the report, to be read in ten seconds: what was found, how sure, against the baseline, what to distrust. */
export function summary({ evaluation, results }: Report): Html {
  const { run, audit } = results;
  const answer = answerOf(evaluation, { audit, overridden: run.audit?.overridden ?? [] });
  const main = evaluation.studies ?? evaluation.images;
  const [first] = main.table.rows;
  const many = evaluation.studies === null ? "images" : "studies";
  return html`<header>
<p class="eyebrow">Report of classifier ${evaluation.classifierId}: ${evaluation.classes.join(" / ")}</p>
<h1>${answer.headline}</h1>
${evaluation.usedForChoosing ? chosenNotice() : null}
<dl class="tiles">
${tile("Overall accuracy", main.table.overallAccuracy, `of ${count(main.table.overallAccuracy.n)} ${many}`)}
${tile(`Sensitivity, ${first.class}`, first.sensitivity, sharesOf(first.sensitivity))}
${tile(`Specificity, ${first.class}`, first.specificity, sharesOf(first.specificity))}
${tile("Area under the curve", main.roc.macroAuc, "mean of the classes", "area")}
</dl>
<dl class="answer">
<dt>How sure</dt><dd>${howSure(main.table.overallAccuracy, evaluation.sizeNotes)}</dd>
<dt>Against the baseline</dt><dd>${answer.againstBaseline ?? `Not compared: ${evaluation.baselineReason ?? "it cannot be computed"}.`}</dd>
<dt>What to distrust</dt><dd>${answer.doubts.length === 0 ? "Nothing that the program can see." : html`<ul>${answer.doubts.slice(0, mostDoubts).map(({ sentence, see }) => html`<li><a href="#${see}">${sentence}</a></li>`)}</ul>`}</dd>
</dl>
<p class="notice">${researchUseNotice}</p>
</header>`;
}

function tile(name: string, estimate: Estimate, below: string | null, format: "percent" | "area" = "percent"): Html {
  const value = estimate.value === null ? "–" : format === "area" ? area(estimate.value) : percent(estimate.value);
  const ends = interval(estimate, format);
  return html`<div><dt>${name}</dt><dd><b>${value}</b><span>${ends === null ? (estimate.reason ?? "no interval") : `95\u00a0%: ${ends}`}</span>${below === null ? null : html`<span>${below}</span>`}</dd></div>`;
}

function sharesOf({ numerator, n }: Estimate): string | null {
  return numerator === undefined ? null : `${count(numerator)} of ${count(n)}`;
}

function howSure(overall: Estimate, sizeNotes: readonly string[]): string {
  const people = `The set has ${count(overall.subjects)} subjects, and subjects are what intervals count.`;
  const note = sizeNotes.find((one) => one.startsWith(overallNote));
  if (note === undefined) return people;
  const words = note.slice(overallNote.length);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${people}`;
}

/** Where there is no test set. */
export function chosenNotice(): Html {
  return html`<p class="notice" role="note"><strong>There is no test set.</strong> These numbers are from the validation set, on which
weights and threshold were chosen: they flatter the classifier. Keep some subjects aside and evaluate again before you rely on them.</p>`;
}
