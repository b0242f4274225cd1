import type { Diagnosis } from "../diagnosis/diagnosis.ts";
import { hasHeat, heatedPicture, heatLegend, type KeyPictureUris } from "./heatedPicture.ts";
import { type Html, html } from "./html.ts";
import { count, list, percent } from "./words.ts";

export type ReportedStage = NonNullable<Diagnosis["chain"]>["stages"][number];

/** The further stages of a chain that are to be told. */
export function reportedStages({ chain }: Diagnosis): readonly ReportedStage[] {
  return (chain?.stages ?? []).filter(({ report }) => report !== "nothing");
}

/** A stage in one sentence. */
export function stageSentence(stage: ReportedStage): string {
  const { name, isReached, report, finding, slices, explanation } = stage;
  if (!isReached) return `${name}: not asked, for ${explanation}`;
  if (report === "study") return `${name}: ${finding}. ${explanation}`;
  const called = calledMost(stage).map(({ one, n }) => `${one} in ${count(n)}`);
  const what = called.length === 0 ? "none of its classes" : list(called);
  return `${name}: ${what} of the ${count(slices.length)} slices passed on to it.`;
}

/** What a further stage of a chain says: a bar for each class, and the slices that show each best. */
export function stageSection(
  stage: ReportedStage,
  { study }: Pick<Diagnosis, "study">,
  pictures: KeyPictureUris,
): Html {
  const { name, classes, condition, isReached, fractions, slices, labels, finding, report } = stage;
  if (!isReached) return html`<h2>${name}</h2>\n<p>${stage.explanation} ${condition}</p>`;
  const isFound = (one: string) => report === "study" && finding?.split(" + ").includes(one) === true;
  const bars = classes.map((one, k) => {
    const mark = isFound(one) ? " is-finding" : "";
    return html`<div class="name${mark}">${one}</div>
<div class="bar${mark}" aria-hidden="true"><span style="width: ${(100 * fractions[k]).toFixed(2)}%"></span></div>
<div class="share${mark}">${percent(fractions[k])}<small>${count(Math.round(fractions[k] * slices.length))} of ${count(slices.length)}</small></div>`;
  });
  const figures = [...new Set(stage.keySlices.map(({ sliceIndex }) => sliceIndex))].map((sliceIndex) => {
    const uri = pictures.get(sliceIndex);
    const slice = slices.find((each) => each.sliceIndex === sliceIndex);
    if (uri === undefined || slice === undefined) return null;
    const shown = stage.keySlices
      .filter((key) => key.sliceIndex === sliceIndex)
      .map(({ class: one }) => ({ one, probability: slice.probabilities[classes.indexOf(one)] }))
      .sort((a, b) => b.probability - a.probability);
    const said = list(shown.map(({ one, probability }) => `${one} ${percent(probability, 0)}`));
    const place = `Slice ${sliceIndex + 1} of ${study.slices}`;
    const heat = stage.heat?.find((one) => one.sliceIndex === sliceIndex);
    const share = heat?.shareInLungs ?? null;
    const inLungs =
      heat === undefined || share === null
        ? null
        : html`<br>${percent(share, 0)} of the heat of ${heat.class} in the lungs`;
    return html`<figure>${heatedPicture(uri, `${place}, ${said}`, heat?.class ?? name)}
<figcaption><b>${said}</b><br>${place}${inLungs}</figcaption></figure>`;
  });
  const several = labels === "several" ? " A slice may show several of them, or none." : "";
  return html`<h2>${name}</h2>
<p class="muted">${condition}</p>
<div class="bars">${bars}</div>
<p class="note">Share of the ${count(slices.length)} slices passed on to it that it called each class.${several}</p>
${hasHeat(pictures) ? html`<p class="muted">${heatLegend("what stands first below the slice")}</p>` : null}
<div class="slices">${figures}</div>`;
}

/** The classes that it called any slice, those of most slices first. */
function calledMost({ classes, fractions, slices }: ReportedStage): { readonly one: string; readonly n: number }[] {
  return classes
    .map((one, k) => ({ one, n: Math.round(fractions[k] * slices.length) }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
}
