import type { Diagnosis } from "../diagnosis/diagnosis.ts";
import { measurementError } from "../scope/measurementError.ts";
import { type LungOfScope, type Scope, type ZoneOfScope, zoneOf } from "../scope/scope.ts";
import { consolidationRgb, cssOf, groundGlassRgb } from "./coronalMapPng.ts";
import { type Html, html } from "./html.ts";
import { scrollingTable } from "./scrollingTable.ts";
import { count, percent } from "./words.ts";

const lungNames: Readonly<Record<LungOfScope, string>> = { both: "Both lungs", right: "Right lung", left: "Left lung" };
const zoneNames: Readonly<Record<ZoneOfScope, string>> = {
  all: "Whole",
  upper: "Upper third",
  middle: "Middle third",
  lower: "Lower third",
  central: "Central",
  peripheral: "Peripheral",
};

/** How much of the lungs is diseased: a sentence, the lungs from the front, and a table of lungs and zones. */
export function scopeSection(
  diagnosis: Pick<Diagnosis, "scope" | "decisionsByZone" | "classes">,
  mapUri: string | null,
): Html | null {
  const { scope } = diagnosis;
  if (scope === null) return null;
  return html`<h2>How much of the lungs</h2>
<p class="lead">${scopeSentence(scope)}</p>
<div class="scope">${mapUri === null ? null : scopeMap(mapUri)}
<div>${scopeTable(scope)}
${lobeTable(scope)}</div></div>
${decisions(diagnosis)}
<p class="note">By density: ground glass above ${hu(scope.groundGlassBeginsAtHu[0])}${scope.groundGlassBeginsAtHu[1] > scope.groundGlassBeginsAtHu[0] ? ` (${hu(scope.groundGlassBeginsAtHu[1])} where the lungs are densest by themselves)` : ""} up to ${hu(scope.settings.groundGlassHu[1])}, consolidation up to ${hu(scope.settings.consolidationHu[1])}; what is thinner than ${scope.settings.vesselMm}\u00a0mm, as vessels and streaks are, and what stays within ${scope.settings.borderMm}\u00a0mm of the border is not counted. On drawn studies the share is off by ${measurementError.shareSd}\u00a0points (standard deviation).</p>`;
}

/** The answer in one sentence. */
export function scopeSentence(scope: Scope): string {
  const { affectedShare, groundGlassShare, consolidationShare, lungMl } = zoneOf(scope, "both");
  const ml = `${count(Math.round(affectedShare * lungMl))} of ${count(Math.round(lungMl))}\u00a0ml`;
  const { score, most } = scope.severity;
  return `${percent(affectedShare)} of the lungs affected (${ml}): ground glass ${percent(groundGlassShare)}, consolidation ${percent(consolidationShare)}. CT severity score ${score} of ${most}, estimated.`;
}

function scopeMap(uri: string): Html {
  return html`<figure><img src="${uri}" alt="The lungs from the front, with what is affected in colour">
<figcaption>From the front; the patient's right is on the left. <span class="key" style="background: ${cssOf(groundGlassRgb)}"></span>Ground glass <span class="key" style="background: ${cssOf(consolidationRgb)}"></span>Consolidation; the stronger, the more of it lies behind one another.</figcaption></figure>`;
}

function scopeTable(scope: Scope): Html {
  const zones = ["all", "upper", "middle", "lower", "central", "peripheral"] as const;
  const lungs = ["right", "left", "both"] as const;
  return scrollingTable(
    "Affected share by lung and zone",
    html`<table><caption>Affected share; below it ground glass and consolidation</caption>
<thead><tr><th></th>${lungs.map((lung) => html`<th>${lungNames[lung]}</th>`)}</tr></thead>
<tbody>${zones.map(
      (zone) =>
        html`<tr${zone === "all" ? html` class="is-whole"` : null}><th>${zoneNames[zone]}</th>${lungs.map((lung) => {
          const part = zoneOf(scope, lung, zone);
          return html`<td><b>${percent(part.affectedShare)}</b><small>${percent(part.groundGlassShare)} + ${percent(part.consolidationShare)}</small></td>`;
        })}</tr>`,
    )}
<tr><th>Volume</th>${lungs.map((lung) => html`<td>${count(Math.round(zoneOf(scope, lung).lungMl))}\u00a0ml</td>`)}</tr></tbody></table>`,
  );
}

function lobeTable({ severity }: Scope): Html {
  return html`<details><summary>CT severity score ${severity.score} of ${severity.most}: how it was come by</summary>
<p class="muted">${severity.derivation}</p>
${scrollingTable(
  "Points of each lobe",
  html`<table><thead><tr><th>Lobe (estimated)</th><th>Affected</th><th>Points</th></tr></thead>
<tbody>${severity.lobes.map(({ lobe, affectedShare, score }) => html`<tr><th>${lobe}</th><td>${percent(affectedShare)}</td><td>${score}</td></tr>`)}</tbody></table>`,
)}</details>`;
}

function decisions({ decisionsByZone, classes }: Pick<Diagnosis, "decisionsByZone" | "classes">): Html | null {
  if (decisionsByZone === null) return null;
  return html`<details><summary>By the classifier's slices</summary>
<p class="muted">Which share of the lungs lies in slices called each class. A slice counts with all of its lung, so these are no shares of diseased tissue.</p>
${scrollingTable(
  "Slices' classes by zone",
  html`<table><thead><tr><th></th>${classes.map((name) => html`<th>${name}</th>`)}</tr></thead>
<tbody>${decisionsByZone.map(({ zone, shares }) => html`<tr><th>${zoneNames[zone]}</th>${shares.map((share) => html`<td>${percent(share)}</td>`)}</tr>`)}</tbody></table>`,
)}</details>`;
}

function hu(value: number): string {
  return `${String(value).replace("-", "\u2212")}\u00a0HU`;
}

export const scopeStyle = `
.scope { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 1rem 2rem; align-items: start; margin: 0.75rem 0; }
.scope img { width: 100%; display: block; border-radius: 0.375rem; background: #000; }
.scope th, .scope td { padding-top: 0.3rem; padding-bottom: 0.3rem; } tr.is-whole > * { background: var(--soft); }
details { margin: 0.5rem 0; } summary { cursor: pointer; color: var(--accent); font-size: 0.9375rem; }
@media (max-width: 44rem) { .scope { grid-template-columns: 1fr; } .scope figure { max-width: 22rem; } }
`;
