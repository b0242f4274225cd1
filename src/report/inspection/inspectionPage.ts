import type { Figure } from "../figures/figure.ts";
import type { StageUri } from "../figures/stagesFigure.ts";
import { type Html, html, rawHtml } from "../html.ts";
import { page } from "../page.ts";
import { scrollingTable } from "../scrollingTable.ts";
import { count, counted, list } from "../words.ts";
import type { ContactSheet } from "./contactSheet.ts";
import type { InspectedStudy, Inspection } from "./inspection.ts";
import { measuresOf } from "./measures.ts";
import type { PlaneUris } from "./planeUris.ts";

/** What the page draws besides the studies' planes. */
export interface InspectionDrawings {
  readonly split: Figure | null;
  readonly stages: readonly { readonly caption: string; readonly uris: readonly StageUri[] }[];
}

/** More rows than this are left to inspection.json. */
const mostRows = 2000;

/** Every study as a row, and those that need eyes most in pictures, first what needs them most. */
export function inspectionPage(
  inspection: Inspection,
  sheet: Pick<ContactSheet, "picturesOf">,
  drawings: InspectionDrawings,
): string {
  const { studies, of } = inspection;
  const bad = studies.filter(({ error }) => error !== null);
  const shown = studies.filter((study) => sheet.picturesOf(study).length > 0);
  const title = `${counted(studies.length, "study", "studies")} inspected`;
  return page(
    `${title} – Groundglass`,
    html`<header>
<p class="eyebrow">${of === "dataset" ? "A prepared data set" : "Studies under a folder"}</p>
<h1>${title}</h1>
<p class="lead">${summary(inspection)}</p>
${inspection.warnings.map(({ code, message }) => html`<p class="notice">${message} <code>${code}</code></p>`)}
</header>
<main>
${drawings.split && splitSection(drawings.split)}
${codesSection(studies)}
${bad.length > 0 && badSection(bad)}
${shown.length > 0 && contactSection(inspection, shown, sheet)}
${drawings.stages.length > 0 && stagesSection(drawings.stages)}
${tableSection(studies, new Set(shown))}
</main>`,
    { style: ownStyle },
  );
}

function summary({ studies }: Inspection): string {
  const bad = studies.filter(({ error }) => error !== null).length;
  const warned = studies.filter(({ error, attention }) => error === null && attention > 0).length;
  const good = studies.length - bad - warned;
  const parts = [
    bad > 0 && `${count(bad)} cannot be read`,
    warned > 0 && `${count(warned)} ${warned === 1 ? "has" : "have"} something to look at`,
    good > 0 && `${count(good)} ${good === 1 ? "has" : "have"} no warning that needs eyes`,
  ].filter((part) => part !== false);
  return `${list(parts)}.`;
}

function splitSection({ svg, caption }: Figure): Html {
  return html`<h2>The split</h2><figure>${rawHtml(svg)}<figcaption>${caption} Under each class: subjects · studies · images.</figcaption></figure>`;
}

/** How often each code was found, the most frequent first. */
function codesSection(studies: readonly InspectedStudy[]): Html | null {
  const counts = new Map<string, { studies: number; isError: boolean }>();
  for (const { error, warnings } of studies) {
    for (const code of new Set([...(error ? [error.code] : []), ...warnings.map((warning) => warning.code)])) {
      const found = counts.get(code) ?? { studies: 0, isError: error?.code === code };
      counts.set(code, { ...found, studies: found.studies + 1 });
    }
  }
  if (counts.size === 0) return null;
  const sorted = [...counts].sort(([, a], [, b]) => Number(b.isError) - Number(a.isError) || b.studies - a.studies);
  return html`<ul class="codes">${sorted.map(
    ([code, { studies: n, isError }]) =>
      html`<li class="${isError ? "is-error" : ""}"><code>${code}</code> ${count(n)}</li>`,
  )}</ul>`;
}

function badSection(bad: readonly InspectedStudy[]): Html {
  const rows = bad
    .slice(0, mostRows)
    .map(({ path, error }) => html`<dt>${path}</dt><dd>${error?.message} <code>${error?.code}</code></dd>`);
  return html`<h2>Cannot be read</h2><dl class="bad">${rows}</dl>`;
}

function contactSection(
  { studies, of }: Inspection,
  shown: readonly InspectedStudy[],
  sheet: Pick<ContactSheet, "picturesOf">,
): Html {
  const readable = studies.filter(({ error }) => error === null).length;
  const capped =
    shown.length < readable
      ? ` ${count(shown.length)} of ${count(readable)} studies are shown in pictures: those that need eyes most.`
      : "";
  const outlined = shown.some((study) => sheet.picturesOf(study).some(({ edges }) => edges !== null));
  const hasSides = of === "studies";
  return html`<h2>To look at</h2>
<p class="muted">Lung window (level −600, width 1500 HU). ${of === "studies" ? "Axial slices are seen from the feet, so that the patient's right is on the left; sagittal planes from the patient's left, so that the front is." : "Slices as they were prepared for the network."}${capped}</p>
${
  outlined &&
  html`<p class="muted"><label class="switch"><input type="checkbox" id="edges" checked> Outline of ${
    hasSides
      ? html`<span class="key" style="background: #3ddccd"></span>the right lung and <span class="key" style="background: #ffb052"></span>the left`
      : html`<span class="key" style="background: #3ddccd"></span>the lungs`
  }</label></p>`
}
${shown.map((study) => studySection(study, sheet.picturesOf(study), studies.indexOf(study)))}`;
}

function studySection(study: InspectedStudy, pictures: readonly PlaneUris[], index: number): Html {
  const { path, series, warnings, label, set, lungs } = study;
  const measures = measuresOf(study);
  const facts = [
    label,
    set,
    measures.matrix && `${measures.matrix} × ${measures.slices}`,
    measures.spacing && `${measures.spacing} mm apart`,
    measures.thickness && `${measures.thickness} mm thick`,
    measures.kernel && `kernel ${measures.kernel}`,
    lungs && lungWords(lungs),
  ].filter((fact): fact is string => typeof fact === "string" && fact !== "");
  return html`<section class="study" id="study-${index + 1}">
<h3>${path}</h3>
<p class="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
${
  warnings.length > 0 &&
  html`<ul class="found">${warnings.map(({ code, message }) => html`<li>${message} <code>${code}</code></li>`)}</ul>`
}
<div class="planes">${pictures.map(planeFigure)}</div>
${series && seriesWords(series)}
</section>`;
}

function lungWords({ totalMl, rightMl, leftMl, quality }: NonNullable<InspectedStudy["lungs"]>): string {
  const sides =
    rightMl === null || leftMl === null
      ? ""
      : ` (right ${count(Math.round(rightMl))}, left ${count(Math.round(leftMl))})`;
  const score = quality === null ? "" : `, quality ${quality.toFixed(2)}`;
  return `lungs ${count(Math.round(totalMl))} ml${sides}${score}`;
}

function planeFigure({ plane, place, width, height, grey, edges }: PlaneUris): Html {
  const name = plane === "picture" ? place : `${plane}, ${place}`;
  return html`<figure><span class="plane"><img src="${grey}" alt="${name}" width="${width}" height="${height}" loading="lazy">${
    edges && html`<img class="edges" src="${edges}" alt="">`
  }</span><figcaption>${name}</figcaption></figure>`;
}

function seriesWords({ seriesUid, description, reason, others }: NonNullable<InspectedStudy["series"]>): Html {
  const read = html`${description ?? "no description"}: ${reason}. <span class="uid">${seriesUid}</span>`;
  if (others.length === 0) return html`<p class="series">Series read: ${read}</p>`;
  return html`<details class="series"><summary>Series read: ${read} ${counted(others.length, "other", "others")}</summary>
<ul>${others.map(
    (other) =>
      html`<li>${other.description ?? "no description"}: ${other.reason} <span class="uid">${other.seriesUid}</span></li>`,
  )}</ul></details>`;
}

function stagesSection(stages: InspectionDrawings["stages"]): Html {
  return html`<h2>Stages of lung isolation</h2>
${stages.map(
  ({ caption, uris }) => html`<p class="stages-title">${caption}</p>
<ol class="stages">${uris.map(({ words, uri }) => html`<li><img src="${uri}" alt="${words}" loading="lazy"><span>${words}</span></li>`)}</ol>`,
)}`;
}

function tableSection(studies: readonly InspectedStudy[], shown: ReadonlySet<InspectedStudy>): Html {
  const isLabelled = studies.some(({ label, set }) => label !== null || set !== null);
  const rows = studies.slice(0, mostRows).map((study, i) => {
    const { slices, spacing, thickness, kernel, matrix, lungsMl, quality, found, series } = measuresOf(study);
    const name = shown.has(study) ? html`<a href="#study-${i + 1}">${study.path}</a>` : study.path;
    return html`<tr><th scope="row">${name}</th>${isLabelled && html`<td>${study.label}<small>${study.set}</small></td>`}<td>${slices}</td><td>${spacing}</td><td>${thickness}</td><td>${kernel}</td><td>${matrix}</td><td>${lungsMl}${quality !== "" && html`<small>${quality}</small>`}</td><td class="words">${found.map((code) => html`<code>${code}</code> `)}</td><td class="words">${series}</td></tr>`;
  });
  const rest = studies.length - rows.length;
  return html`<h2>All studies</h2>
${scrollingTable(
  "All studies",
  html`<table class="all"><thead><tr><th scope="col">Study</th>${isLabelled && html`<th scope="col">Class</th>`}<th scope="col">Slices</th><th scope="col">Spacing, mm</th><th scope="col">Thickness, mm</th><th scope="col">Kernel</th><th scope="col">Matrix</th><th scope="col">Lungs, ml</th><th scope="col" class="words">Found</th><th scope="col" class="words">Series read</th></tr></thead>
<tbody>${rows}</tbody></table>`,
)}
${rest > 0 && html`<p class="note">${count(rest)} more are in inspection.json.</p>`}`;
}

const ownStyle = `
body { max-width: 84rem; }
.codes { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 0.6rem; max-width: none; margin: 1rem 0 0; }
.codes li { margin: 0; padding: 0.1rem 0.6rem; border: 1px solid var(--line); border-radius: 1rem; font-variant-numeric: tabular-nums; font-size: 0.875rem; }
.codes code, .found code, .bad code, .all code { font-size: 0.75rem; color: var(--muted); }
.codes .is-error { border-color: var(--notice-line); background: var(--notice-page); }
.bad dt { color: var(--ink); overflow-wrap: anywhere; } .bad { grid-template-columns: minmax(8rem, 16rem) 1fr; }
.switch { cursor: pointer; } .switch input { margin: 0 0.4rem 0 0; vertical-align: -0.1em; accent-color: var(--accent); }
.switch .key { margin: 0 0.25rem 0 0.2rem; }
.study { border-top: 1px solid var(--line); padding: 1rem 0 0.75rem; margin-top: 1rem; content-visibility: auto; contain-intrinsic-size: auto 30rem; }
.study h3 { margin: 0; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 0 0.9rem; margin: 0.1rem 0 0.4rem; max-width: none; color: var(--muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.found { margin: 0 0 0.6rem; font-size: 0.9375rem; }
.planes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(46%, 12rem), 1fr)); gap: 0.75rem; }
.plane { position: relative; display: block; aspect-ratio: 1; background: #000; border-radius: 0.25rem; overflow: hidden; }
.plane img { position: absolute; inset: 0; width: 100%; height: 100%; display: block; object-fit: contain; }
body:has(#edges:not(:checked)) .edges { visibility: hidden; }
.planes figcaption { font-size: 0.75rem; margin-top: 0.25rem; line-height: 1.35; }
.series { color: var(--muted); font-size: 0.8125rem; margin: 0.5rem 0 0; max-width: none; } .series summary { cursor: pointer; }
.uid { overflow-wrap: anywhere; opacity: 0.8; }
.stages { list-style: none; counter-reset: stage; padding: 0; max-width: none; display: grid; gap: 0.9rem;
  grid-template-columns: repeat(auto-fill, minmax(min(46%, 13rem), 1fr)); }
.stages li { counter-increment: stage; margin: 0; font-size: 0.8125rem; line-height: 1.4; }
.stages li span::before { content: counter(stage) ". "; color: var(--muted); }
.stages img { width: 100%; display: block; border-radius: 0.25rem; background: #000; margin-bottom: 0.3rem; }
.stages-title { font-weight: 600; margin-top: 1.25rem; }
.all { font-size: 0.875rem; } .all th:first-child { overflow-wrap: anywhere; min-width: 9rem; max-width: 18rem; }
.all .words { text-align: left; min-width: 11rem; } .all td { white-space: nowrap; } .all td.words { white-space: normal; }
@media print { .switch { display: none; } .study { break-inside: avoid; } }
`;
