import { attributeName, attributeValue } from "../diagnosis/attributeWords.ts";
import type { DiagnosedSlice, Diagnosis } from "../diagnosis/diagnosis.ts";
import { chosenWords, describeStudyRule } from "../prediction/describeStudyRule.ts";
import { bodyProfileFigure } from "./figures/bodyProfileFigure.ts";
import { type Html, html, rawHtml } from "./html.ts";
import { page } from "./page.ts";
import { count, percent } from "./words.ts";

/** A key slice's picture as a data URI, by sliceIndex. */
export type KeyPictureUris = ReadonlyMap<number, string>;

/** One study's diagnosis as a page: the finding and how it was reached, then the slices, then everything else. */
export function diagnosisPage(diagnosis: Diagnosis, pictures: KeyPictureUris): string {
  const { finding, classes, probabilities, isCalibrated, explanation, warnings, notice, classifier } = diagnosis;
  const probability = probabilities[classes.indexOf(finding)];
  return page(
    `${finding} – Groundglass diagnosis`,
    html`<header>
<p class="eyebrow">Finding of classifier ${classifier.classifierId}</p>
<div class="finding"><h1>${finding}</h1><p>probability ${percent(probability, 0)} by the study rule, ${isCalibrated ? "calibrated on validation" : "not calibrated"}</p></div>
<p class="lead">${explanation}</p>
${fractionBars(diagnosis)}
<p class="notice">${warningLine(warnings)}${notice}</p>
</header>
<main>
<h2>Slices that show it best</h2>
<p class="muted">${slicesLegend(diagnosis)}</p>
<div class="slices">${diagnosis.keySlices.map((slice) => keySlice(diagnosis, slice, pictures.get(slice.sliceIndex)))}</div>
${profile(diagnosis)}
${warningList(warnings)}
<h2>Details</h2>
${details(diagnosis)}
<p class="note">${classifier.intendedUse}</p>
</main>`,
  );
}

function fractionBars({ classes, fractions, finding, studyRule, study }: Diagnosis): Html {
  const last = classes.length - 1;
  const bars = classes.map((name, k) => {
    const mark = name === finding ? " is-finding" : "";
    const images = Math.round(fractions[k] * study.slicesSeen);
    const threshold =
      k === last || studyRule.kind !== "fraction"
        ? null
        : html`<i style="left: calc(${(100 * studyRule.threshold).toFixed(2)}% - 1px)"></i>`;
    return html`<div class="name${mark}">${name}</div>
<div class="bar${mark}" aria-hidden="true"><span style="width: ${(100 * fractions[k]).toFixed(2)}%"></span>${threshold}</div>
<div class="share${mark}">${percent(fractions[k])}<small>${count(images)} of ${count(study.slicesSeen)}</small></div>`;
  });
  if (studyRule.kind !== "fraction") {
    return html`<div class="bars">${bars}</div>
<p class="note">Share of the images called each class. ${describeStudyRule(studyRule)}</p>`;
  }
  const order = classes.slice(0, -1).join(", then ");
  return html`<div class="bars">${bars}</div>
<p class="note">Share of the images called each class; the mark is the threshold, ${percent(studyRule.threshold)} (${chosenWords[studyRule.chosenOn]}). ${order} ${last === 1 ? "is" : "are"} decided first; ${classes[last]} is what remains.</p>`;
}

function warningLine({ length }: Diagnosis["warnings"]): Html | null {
  if (length === 0) return null;
  return html`<strong><a href="#to-weigh">${length === 1 ? "One thing" : `${length} things`} to weigh</a>.</strong> `;
}

function warningList(warnings: Diagnosis["warnings"]): Html | null {
  if (warnings.length === 0) return null;
  return html`<h2 id="to-weigh">To weigh</h2>
<ul>${warnings.map(({ code, message }) => html`<li>${message} <span class="muted">${code}</span></li>`)}</ul>`;
}

function slicesLegend({ lungs, study }: Diagnosis): Html {
  if (lungs === null) return html`Pictures as they came, ${count(study.slicesSeen)} in all.`;
  return html`Lung window, seen from the feet: the patient's right is on the left. <span class="key" style="background: #3ddccd"></span>Outline of the lungs as they were isolated.`;
}

function keySlice({ classes, finding, study }: Diagnosis, slice: DiagnosedSlice, uri: string | undefined): Html | null {
  if (uri === undefined) return null;
  const probability = percent(slice.probabilities[classes.indexOf(finding)], 0);
  const place = `Slice ${slice.sliceIndex + 1} of ${study.slices}`;
  return html`<figure><img src="${uri}" alt="${place}, ${finding} ${probability}">
<figcaption><b>${finding} ${probability}</b><br>${place}${slice.positionMm === null ? "" : `, z\u00a0${slice.positionMm.toFixed(0).replace("-", "\u2212")}\u00a0mm`}</figcaption></figure>`;
}

function profile(diagnosis: Diagnosis): Html | null {
  if (diagnosis.slices.length < 3) return null;
  const { svg, caption } = bodyProfileFigure(diagnosis);
  return html`<figure class="wide">${rawHtml(svg)}<figcaption>${caption}</figcaption></figure>`;
}

function details({ study, lungs, probabilities, classes, classifier, timingsMs, groundglassVersion }: Diagnosis): Html {
  const rows: [string, string | null][] = [
    ["Mean probabilities", classes.map((name, k) => `${name} ${percent(probabilities[k])}`).join(", ")],
    ["Lungs", lungs && `right ${count(Math.round(lungs.rightMl))} ml, left ${count(Math.round(lungs.leftMl))} ml`],
    ["Slices", `${count(study.slices)} in the study, ${count(study.slicesSeen)} shown to the network`],
    ["Study", study.studyUid],
    ["Series", study.seriesUid],
    ["Why this series", study.reason],
    [
      "How it was taken",
      Object.entries(study.attributes)
        .map(([name, value]) => `${attributeName(name)} ${attributeValue(name, value)}`)
        .join(", "),
    ],
    ["Network", classifier.network],
    ["Groundglass", `${classifier.groundglassVersion} (trained), ${groundglassVersion} (this diagnosis)`],
    [
      "Time",
      `${seconds(timingsMs.total)}: opening the classifier ${seconds(timingsMs.opening)}, reading ${seconds(timingsMs.reading)}, preparing ${seconds(timingsMs.preparing)}, predicting ${seconds(timingsMs.predicting)}`,
    ],
  ];
  return html`<dl>${rows.map(([name, value]) => value !== null && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}\u00a0s`;
}
