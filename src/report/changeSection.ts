import type { FollowUp, SincePrior } from "../diagnosis/followUp.ts";
import { changeTable, type FollowedUris, frontStrip, levelStrips } from "./followParts.ts";
import { type Html, html } from "./html.ts";

/** The prior study and this one, to stand side by side in a diagnosis. */
export interface SideBySide {
  readonly followUp: FollowUp;
  readonly pictures: readonly FollowedUris[];
}

/** What changed since the prior study, in one sentence. */
export function changeSentence({ summary, prior }: SincePrior): string {
  return `Since the prior study: ${summary}${prior.finding === null ? "" : ` The prior study was called ${prior.finding}.`}`;
}

/** What changed since the prior study: the numbers, and both studies side by side. */
export function changeSection({ followUp: { changes, studies }, pictures }: SideBySide): Html {
  return html`<h2>What changed</h2>
${changeTable(changes, studies)}
${frontStrip(studies, pictures)}
<details><summary>The same places of both studies side by side</summary>
${levelStrips(studies, pictures)}</details>`;
}
