import { type Html, html } from "./html.ts";

/** A key slice as a data URI, and its heat to lie over it. */
export interface KeyPictureUri {
  readonly slice: string;
  readonly heat: string | null;
}

/** By sliceIndex. */
export type KeyPictureUris = ReadonlyMap<number, KeyPictureUri>;

/** Whether any of the pictures has heat. */
export function hasHeat(pictures: KeyPictureUris): boolean {
  return [...pictures.values()].some(({ heat }) => heat !== null);
}

/** A key slice with its heat over it. alt: what it shows; sought: what the network was asked to see. */
export function heatedPicture({ slice, heat }: KeyPictureUri, alt: string, sought: string): Html {
  const picture = html`<img src="${slice}" alt="${alt}">`;
  return heat === null
    ? picture
    : html`<div class="layers">${picture}<img class="heat" src="${heat}" alt="Where the network saw ${sought}"></div>`;
}

/** What the colours mean. */
export function heatLegend(sought: string): string {
  return `Warm colours: where the network saw ${sought} (Grad-CAM at layer2), each slice on a scale of its own. It shows where the network looked, not that there is disease.`;
}

/** Buttons that say how strong all heat of the page is. Without a script: the page looks which of them is chosen. */
export function heatSwitch(): Html {
  const choice = (id: string, label: string, isChosen: boolean) =>
    html`<input type="radio" name="heat" id="heat-${id}"${isChosen ? html` checked` : null}><label for="heat-${id}">${label}</label>`;
  return html`<p>${choice("off", "No heat", false)}${choice("light", "Light", true)}${choice("strong", "Strong", false)}</p>`;
}

export const heatStyle = `
input[name="heat"] { position: absolute; opacity: 0; width: 1px; height: 1px; }
input[name="heat"] + label { display: inline-block; padding: 0.3rem 0.8rem; margin: 0.25rem 0.4rem 0.25rem 0; border: 1px solid var(--line);
  border-radius: 1rem; font-size: 0.875rem; cursor: pointer; background: var(--card); }
input[name="heat"]:checked + label { border-color: var(--accent); color: var(--accent); font-weight: 650; }
input[name="heat"]:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.layers { position: relative; } .slices .layers .heat { position: absolute; inset: 0; height: 100%; background: none; opacity: 0.55; }
main:has(#heat-off:checked) .slices .heat { opacity: 0; } main:has(#heat-strong:checked) .slices .heat { opacity: 0.95; }
@media print { input[name="heat"] + label { display: none; } .layers .heat { print-color-adjust: exact; } }
`;
