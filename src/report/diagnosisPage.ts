import { type DiagnosedSlice, type Diagnosis, shownClass } from "../diagnosis/diagnosis.ts";
import { chosenWords, describeStudyRule } from "../prediction/describeStudyRule.ts";
import { attributeName, attributeValue } from "../slices/attributeWords.ts";
import { reportedStages, stageSection, stageSentence } from "./chainSection.ts";
import { changeSection, changeSentence, type SideBySide } from "./changeSection.ts";
import { bodyProfileFigure } from "./figures/bodyProfileFigure.ts";
import { followStyle } from "./followParts.ts";
import {
  hasHeat,
  heatedPicture,
  heatLegend,
  heatStyle,
  heatSwitch,
  type KeyPictureUri,
  type KeyPictureUris,
} from "./heatedPicture.ts";
import { type Html, html, rawHtml } from "./html.ts";
import { page } from "./page.ts";
import { scopeSection, scopeStyle } from "./scopeSection.ts";
import { count, percent } from "./words.ts";

/** What a diagnosis may have to look at beside its key slices. */
export interface PageParts {
  /** The lungs from the front. */
  readonly mapUri?: string | null;
  readonly since?: SideBySide | null;
  /** Of further stages of a chain, by their names. */
  readonly stages?: ReadonlyMap<string, KeyPictureUris>;
}

/** One study's diagnosis as a page: the finding and how it was reached, then the slices, then everything else. */
export function diagnosisPage(
  diagnosis: Diagnosis,
  pictures: KeyPictureUris,
  { mapUri = null, since = null, stages = new Map() }: PageParts = {},
): string {
  const { change, finding, notice, warnings, classifier, answerability, keySlices } = diagnosis;
  const told = reportedStages(diagnosis);
  const { isAnswered } = answerability;
  const isHeated = [pictures, ...stages.values()].some(hasHeat);
  return page(
    `${finding} – Groundglass diagnosis`,
    html`<header>
<p class="eyebrow">Finding of ${diagnosis.chain === null ? html`classifier ${classifier.classifierId}` : html`chain ${diagnosis.chain.chainId}`}</p>
${isAnswered ? answer(diagnosis) : noAnswer(diagnosis)}
${told.map((stage) => html`<p class="lead">${stageSentence(stage)}</p>`)}
${change === null ? null : html`<p class="lead">${changeSentence(change)}</p>`}
<p class="notice">${warningLine(warnings)}${notice}</p>
</header>
<main>
${scopeSection(diagnosis, mapUri)}
<h2>${isAnswered ? "Slices that show it best" : "Slices of the study"}</h2>
<p class="muted">${slicesLegend(diagnosis)}</p>
${hasHeat(pictures) ? html`<p class="muted">${heatLegend(shownName(diagnosis))}</p>` : null}
${isHeated ? heatSwitch() : null}
<div class="slices">${keySlices.map((slice) => keySlice(diagnosis, slice, pictures.get(slice.sliceIndex)))}</div>
${isAnswered ? profile(diagnosis) : null}
${told.map((stage) => stageSection(stage, diagnosis, stages.get(stage.name) ?? new Map()))}
${since === null ? null : changeSection(since)}
${warningList(warnings)}
<h2>Details</h2>
${details(diagnosis)}
<p class="note">${classifier.intendedUse}</p>
</main>`,
    {
      style: `${isHeated ? heatStyle : ""}${diagnosis.scope === null ? "" : scopeStyle}${since === null ? "" : followStyle}`,
    },
  );
}

function answer(diagnosis: Diagnosis): Html {
  const { finding, classes, probabilities, isCalibrated, explanation, answerability } = diagnosis;
  const probability = probabilities[classes.indexOf(finding)] as number | undefined;
  return html`${answerability.reasons.length === 0 ? null : inSpite(answerability)}
<div class="finding"><h1>${finding}</h1>${probability === undefined ? null : html`<p>probability ${percent(probability, 0)} by the study rule, ${isCalibrated ? "calibrated on validation" : "not calibrated"}</p>`}</div>
<p class="lead">${explanation}</p>
${fractionBars(diagnosis)}`;
}

function inSpite({ reasons }: Diagnosis["answerability"]): Html {
  return html`<div class="notice"><strong>This study is not analysable; the finding below was asked for in spite of that.</strong>
<ul>${reasons.map(({ code, message }) => html`<li>${message} <span class="muted">${code}</span></li>`)}</ul></div>`;
}

function noAnswer({ answerability }: Diagnosis): Html {
  const { reasons, novelty, limit, promisedRate } = answerability;
  return html`<div class="finding"><h1>Not analysable</h1><p>the classifier gives no finding for this study</p></div>
<p class="lead">${reasons.length === 1 ? "Why, and what to do:" : `${reasons.length} reasons, and what to do:`}</p>
<ul>${reasons.map(({ code, message }) => html`<li>${message} <span class="muted">${code}</span></li>`)}</ul>
${
  novelty === null || limit === null || promisedRate === null
    ? null
    : html`<p class="note">Unlikeness to the training ${novelty.toFixed(2)}; limit ${limit.toFixed(2)}, which ${percent(promisedRate, 0)} of usual studies exceed at most. About 1 is usual.</p>`
}`;
}

function fractionBars({ classes, fractions, finding, studyRule, study }: Diagnosis): Html {
  const last = classes.length - 1;
  const isEach = studyRule.kind === "fraction" && studyRule.each === true;
  const bars = classes.map((name, k) => {
    const mark = name === finding || finding.split(" + ").includes(name) ? " is-finding" : "";
    const images = Math.round(fractions[k] * study.slicesSeen);
    const threshold =
      (k === last && !isEach) || studyRule.kind !== "fraction"
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
  if (isEach) {
    return html`<div class="bars">${bars}</div>
<p class="note">Share of the images that show each class; the mark is the threshold, ${percent(studyRule.threshold)} (${chosenWords[studyRule.chosenOn]}). An image may show several, or none.</p>`;
  }
  const order = classes.slice(0, -1).join(", then ");
  return html`<div class="bars">${bars}</div>
<p class="note">Share of the images called each class; the mark is the threshold, ${percent(studyRule.threshold)} (${chosenWords[studyRule.chosenOn]}). ${order} ${last === 1 ? "is" : "are"} decided first; ${classes[last]} is what remains.</p>`;
}

/** The class that pictures, heat and curves are of. */
function shownName(diagnosis: Diagnosis): string {
  const { classes, answerability, finding } = diagnosis;
  return answerability.isAnswered ? classes[shownClass(classes, diagnosis)] : finding;
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

function keySlice(diagnosis: Diagnosis, slice: DiagnosedSlice, uri: KeyPictureUri | undefined): Html | null {
  if (uri === undefined) return null;
  const { classes, study, answerability } = diagnosis;
  const finding = shownName(diagnosis);
  const place = `Slice ${slice.sliceIndex + 1} of ${study.slices}`;
  const height =
    slice.positionMm === null ? "" : `, z\u00a0${slice.positionMm.toFixed(0).replace("-", "\u2212")}\u00a0mm`;
  const said = answerability.isAnswered
    ? `${finding} ${percent(slice.probabilities[classes.indexOf(finding)], 0)}`
    : null;
  const alt = `${place}${said === null ? "" : `, ${said}`}`;
  const heat = diagnosis.heat?.find((one) => one.sliceIndex === slice.sliceIndex);
  const share = heat?.shareInLungs ?? null;
  return html`<figure>${heatedPicture(uri, alt, finding)}
<figcaption>${said === null ? null : html`<b>${said}</b><br>`}${place}${height}${share === null ? null : html`<br>${percent(share, 0)} of the heat in the lungs`}</figcaption></figure>`;
}

function profile(diagnosis: Diagnosis): Html | null {
  if (diagnosis.slices.length < 3) return null;
  const { svg, caption } = bodyProfileFigure(diagnosis);
  return html`<figure class="wide">${rawHtml(svg)}<figcaption>${caption}</figcaption></figure>`;
}

function details({
  study,
  lungs,
  probabilities,
  classes,
  classifier,
  timingsMs,
  groundglassVersion,
  chain,
}: Diagnosis): Html {
  const rows: [string, string | null][] = [
    [
      "Mean probabilities",
      probabilities.length === 0 ? null : classes.map((name, k) => `${name} ${percent(probabilities[k])}`).join(", "),
    ],
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
    [
      "Network",
      [
        classifier.network,
        ...(chain?.stages ?? []).map((stage) => `${stage.network} (${stage.name}, classifier ${stage.classifierId})`),
        ...classifier.others.map((id) => `and the mean with classifier ${id}`),
        ...(classifier.isMirrored ? ["each slice mirrored too"] : []),
      ].join(", "),
    ],
    ["Groundglass", `${classifier.groundglassVersion} (trained), ${groundglassVersion} (this diagnosis)`],
    [
      "Time",
      `${seconds(timingsMs.total)}: opening the classifier ${seconds(timingsMs.opening)}, reading ${seconds(timingsMs.reading)}, preparing ${seconds(timingsMs.preparing)}, predicting ${seconds(timingsMs.predicting)}, heat ${seconds(timingsMs.explaining)}, measuring ${seconds(timingsMs.measuring)}`,
    ],
  ];
  return html`<dl>${rows.map(([name, value]) => value !== null && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}\u00a0s`;
}
