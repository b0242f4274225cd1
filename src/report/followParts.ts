import type { Change, FollowedStudy, FollowUp } from "../diagnosis/followUp.ts";
import { changeUncertainty } from "../scope/measurementError.ts";
import { zoneOf } from "../scope/scope.ts";
import { consolidationRgb, cssOf, groundGlassRgb } from "./coronalMapPng.ts";
import { type Html, html } from "./html.ts";
import { scrollingTable } from "./scrollingTable.ts";
import { count, percent, points } from "./words.ts";

/** A study's pictures as data URIs. */
export interface FollowedUris {
  /** The lungs from the front; null of a study that was diagnosed before. */
  readonly map: string | null;
  /** Slices at the same heights in every study, from the lowest. */
  readonly levels: readonly { readonly level: number; readonly sliceIndex: number; readonly uri: string }[];
}

/** What a study is called where several stand side by side. */
export const nameOf = (study: FollowedStudy, i: number) => `${i + 1}: day\u00a0${study.daysAfterFirst}`;

/** The lungs from the front, study beside study. */
export function frontStrip(studies: readonly FollowedStudy[], pictures: readonly FollowedUris[]): Html {
  return html`<p class="muted">The patient's right is on the left. <span class="key" style="background: ${cssOf(groundGlassRgb)}"></span>Ground glass <span class="key" style="background: ${cssOf(consolidationRgb)}"></span>Consolidation, by density.</p>
${
  pictures.every(({ map }) => map === null)
    ? html`<p class="note">Studies that were diagnosed before have no pictures here.</p>`
    : strip(
        studies,
        pictures.map(({ map }) => map),
      )
}`;
}

/** Pictures of the studies beside one another, in the order of time. */
function strip(
  studies: readonly FollowedStudy[],
  uris: readonly (string | null)[],
  says: readonly string[] = [],
): Html {
  return html`<div class="strip" role="region" aria-label="Studies side by side" tabindex="0">${studies.map(
    (study, i) => {
      const uri = uris[i] ?? null;
      const affected = percent(zoneOf(study.scope, "both").affectedShare);
      return html`<figure>${uri === null ? html`<p class="note">No picture</p>` : html`<img src="${uri}" alt="Study ${nameOf(study, i)}">`}
<figcaption><b>${nameOf(study, i)}</b> ${says[i] ?? affected}</figcaption></figure>`;
    },
  )}</div>`;
}

/** Slices at the same heights of the lungs, study beside study; null where there are no pictures. */
export function levelStrips(studies: readonly FollowedStudy[], pictures: readonly FollowedUris[]): Html | null {
  const levels = pictures.find((one) => one.levels.length > 0)?.levels ?? [];
  if (levels.length === 0) return null;
  const strips = levels
    .map(({ level }, k) => {
      const own = pictures.map(({ levels: all }) => all[k]);
      return html`<h3>At ${percent(level, 0)} of the lungs' height</h3>
${strip(
  studies,
  own.map((one) => one?.uri ?? null),
  own.map((one, i) => (one === undefined ? "" : `slice ${one.sliceIndex + 1} of ${studies[i]?.slices ?? 0}`)),
)}`;
    })
    .reverse();
  return html`<h2>The same places side by side</h2>
<p class="muted">Lung window, seen from the feet, each study cropped to its lungs; lines around what counts as ground glass and consolidation.</p>
${strips}`;
}

/** What lies between the studies, and how far it can be trusted. */
export function changeTable(changes: FollowUp["changes"], studies: readonly FollowedStudy[]): Html {
  const cell = ({ value, low, high, isBeyondError }: Change) => {
    const said = points(value);
    const ends = `${points(low).replace(/\u00a0points$/, "")} to ${points(high).replace(/\u00a0points$/, "")}`;
    return html`<td>${isBeyondError ? html`<b>${said}</b>` : said}<small>${ends}</small></td>`;
  };
  return html`${scrollingTable(
    "Changes from study to study",
    html`<table><thead><tr><th>From, to</th><th>Affected</th><th>Ground glass</th><th>Consolidation</th><th>Score</th><th>Lungs</th></tr></thead>
<tbody>${changes.map(({ from, to, affected, groundGlass, consolidation, score, lungMl }) => {
      const isWhole = to - from > 1;
      const days = (studies[to]?.daysAfterFirst ?? 0) - (studies[from]?.daysAfterFirst ?? 0);
      return html`<tr${isWhole ? html` class="total"` : null}><th>${from + 1} to ${to + 1}<small>${days} days</small></th>${cell(affected)}${cell(groundGlass)}${cell(consolidation)}<td>${score < 0 ? "\u2212" : "+"}${Math.abs(score)}</td><td>${lungMl < 0 ? "\u2212" : "+"}${count(Math.round(Math.abs(lungMl)))}\u00a0ml</td></tr>`;
    })}</tbody></table>`,
  )}
<p class="note">Points of the lungs with their 95 % interval, from the error measured on drawn studies (±${(100 * changeUncertainty).toFixed(1)} points for a change); bold where it is more than that error. A change may also come from a deeper or shallower breath: compare the volumes. Streaks are too thin to be measured by density.</p>`;
}

export const followStyle = `
.strip { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(9.5rem, 1fr); gap: 0.75rem; overflow-x: auto; margin: 0.5rem 0 1rem;
  padding-bottom: 0.25rem; }
.strip:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.strip img { width: 100%; display: block; border-radius: 0.375rem; background: #000; aspect-ratio: 1; object-fit: contain; }
.strip figcaption { margin-top: 0.3rem; } .strip figcaption b { color: var(--ink); font-weight: 600; }
tbody th { white-space: nowrap; }
@media print { .strip { grid-auto-flow: row; grid-template-columns: repeat(4, 1fr); } }
`;
