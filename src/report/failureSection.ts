import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Failure } from "../evaluation/failures.ts";
import type { FailurePicture } from "./failurePictures.ts";
import { type Html, html } from "./html.ts";
import { reportTable } from "./reportTable.ts";
import { counted, percent } from "./words.ts";

/** The worst errors, as pictures with heat maps where the data set is at hand. */
export function failureSection(evaluation: Evaluation, pictures: ReadonlyMap<string, FailurePicture>): Html {
  const { failures, classes } = evaluation;
  const { images, studies, wrongImages, wrongStudies } = failures;
  const drawn = images.flatMap((failure) => {
    const picture = pictures.get(`${failure.caseId} ${failure.sliceIndex}`);
    return picture === undefined ? [] : { failure, picture };
  });
  const shares = (failure: Failure) => failure.probabilities.map((p) => percent(p, 0));
  const isLong = studies.length > 8;
  const table = reportTable({
    name: "failures-studies",
    caption: "Studies called wrong, with the probability of each class",
    columns: ["Study", "Truth", "Called", ...classes],
    rows: studies.map((failure) => [failure.caseId, failure.truth, failure.predicted, ...shares(failure)]),
  });
  const ruleNote =
    "The study rule decides, so the class that was called need not be the one with the highest probability.";
  return html`<p>${counted(wrongImages, "image", "images")}${wrongStudies === null ? "" : ` and ${counted(wrongStudies, "study", "studies")}`} called wrong. The worst come first: those to whose truth the least probability was given.</p>
${images.length === 0 ? null : html`<h3>Images</h3>`}
${
  drawn.length === 0
    ? null
    : html`<p class="note">Each image as the network saw it; beside it, in warm colours, where it saw the class that it called (Grad-CAM; the scale is each image's own). A map shows where the network looked, not that there is disease.</p>
<div class="failures">${drawn.map(({ failure, picture }) => pictured(failure, picture))}</div>`
}
${
  drawn.length > 0 || images.length === 0
    ? null
    : html`<p class="note">The prepared data set is not where it was when the network was trained, so there are no pictures.</p>
${reportTable({
  name: "failures-images",
  caption: "The worst images, with the probability of each class",
  columns: ["Study", "Slice", "Truth", "Called", ...classes],
  rows: images
    .slice(0, mostListed)
    .map((failure) => [
      failure.caseId,
      String(failure.sliceIndex),
      failure.truth,
      failure.predicted,
      ...shares(failure),
    ]),
})}`
}
${studies.length === 0 ? null : html`<h3>Studies</h3><p class="note">${ruleNote}</p>`}
${studies.length === 0 ? null : isLong ? html`<details><summary>All ${studies.length} that are listed</summary>${table}</details>` : table}`;
}

const mostListed = 12;

function pictured({ caseId, sliceIndex, truth, predicted, probabilities }: Failure, picture: FailurePicture): Html {
  const surest = Math.max(...probabilities);
  const place = `Slice ${sliceIndex} of ${caseId}`;
  const one = (uri: string, alt: string) => html`<img src="${uri}" width="192" height="192" alt="${alt}">`;
  return html`<figure class="failure"><div>${one(picture.grey, place)}${picture.heat === null ? null : one(picture.heat, `${place}: where the network saw ${predicted}`)}</div>
<figcaption><b>${truth}</b>, called <b>${predicted}</b> (${percent(surest, 0)})<br>${caseId}, slice ${sliceIndex}</figcaption></figure>`;
}
