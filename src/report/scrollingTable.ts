import { type Html, html } from "./html.ts";

/** A table in a box that scrolls sideways where the screen is narrow, also by keyboard. */
export function scrollingTable(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}
