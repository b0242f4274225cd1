import type { FollowedStudy, FollowUp } from "../diagnosis/followUp.ts";
import { zoneOf } from "../scope/scope.ts";
import type { Figure } from "./figures/figure.ts";
import { levelFigure, probabilityCurve, scopeCurve } from "./figures/followFigures.ts";
import { changeTable, type FollowedUris, followStyle, frontStrip, levelStrips, nameOf } from "./followParts.ts";
import { type Html, html, rawHtml } from "./html.ts";
import { page } from "./page.ts";
import { scrollingTable } from "./scrollingTable.ts";
import { count, percent } from "./words.ts";

/** A subject's studies side by side: what became of it, curves, pictures of the same places, and the numbers. */
export function followPage(followUp: FollowUp, pictures: readonly FollowedUris[]): string {
  const { studies, changes, notice, summary } = followUp;
  const last = studies[studies.length - 1] as FollowedStudy;
  const probability = probabilityCurve(followUp);
  const warned = studies.filter(({ warnings }) => warnings.length > 0).length;
  return page(
    "Follow-up – Groundglass",
    html`<header>
<p class="eyebrow">${studies.length} studies of one subject over ${last.daysAfterFirst} days</p>
<h1>${summary}</h1>
<p class="notice">${warned === 0 ? null : html`<strong><a href="#to-weigh">Warnings of ${warned} of ${studies.length} studies to weigh</a>.</strong> `}${notice}</p>
</header>
<main>
${wide(scopeCurve(followUp))}
<h2>From the front</h2>
${frontStrip(studies, pictures)}
${levelStrips(studies, pictures)}
<h2>What changed</h2>
${changeTable(changes, studies)}
<h2>Each study</h2>
${studyTable(followUp)}
<h2>Where along the lungs</h2>
${wide(levelFigure(followUp))}
${probability === null ? null : html`<h2>What the classifier says</h2>${wide(probability)}`}
${warningList(studies)}
</main>`,
    { style: followStyle },
  );
}

const wide = (figure: Figure): Html =>
  html`<figure class="wide">${rawHtml(figure.svg)}<figcaption>${figure.caption}</figcaption></figure>`;

function studyTable({ studies, classes }: FollowUp): Html {
  const hasFinding = studies.some(({ finding }) => finding !== null);
  return scrollingTable(
    "Each study",
    html`<table><thead><tr><th>Study</th><th>Affected</th><th>Ground glass</th><th>Consolidation</th><th>Score of 25</th><th>Lungs, right + left</th>${hasFinding ? html`<th>Finding</th>` : null}</tr></thead>
<tbody>${studies.map((study, i) => {
      const { scope, finding, probabilities, fractions } = study;
      const both = zoneOf(scope, "both");
      const ml = (lung: "right" | "left") => count(Math.round(zoneOf(scope, lung).lungMl));
      const sure = finding === null ? undefined : probabilities?.[classes?.indexOf(finding) ?? -1];
      const slices =
        classes === null || fractions === null
          ? null
          : classes
              .flatMap((name, k) => ((fractions[k] ?? 0) > 0 ? [`${name} ${percent(fractions[k] ?? 0, 0)}`] : []))
              .join(", ");
      return html`<tr><th>${nameOf(study, i)}</th><td><b>${percent(both.affectedShare)}</b><small>${count(Math.round(both.affectedShare * both.lungMl))}\u00a0ml</small></td><td>${percent(both.groundGlassShare)}</td><td>${percent(both.consolidationShare)}</td><td>${scope.severity.score}</td><td>${ml("right")} + ${ml("left")}\u00a0ml</td>${hasFinding ? html`<td>${finding ?? "–"}${sure === undefined ? null : ` ${percent(sure, 0)}`}${slices === null ? null : html`<small>slices: ${slices}</small>`}</td>` : null}</tr>`;
    })}</tbody></table>`,
  );
}

function warningList(studies: readonly FollowedStudy[]): Html | null {
  if (studies.every(({ warnings }) => warnings.length === 0)) return null;
  return html`<h2 id="to-weigh">To weigh</h2>
${studies.map((study, i) =>
  study.warnings.length === 0
    ? null
    : html`<h3>Study ${nameOf(study, i)}</h3><ul>${study.warnings.map(({ code, message }) => html`<li>${message} <span class="muted">${code}</span></li>`)}</ul>`,
)}`;
}
