import type { Figure } from "./figures/figure.ts";
import { type Html, html, rawHtml } from "./html.ts";

/** Figures beside each other, each with its caption and links to its files. */
export function figureGrid(figures: readonly Figure[], kind: "small" | "wide" = "small"): Html {
  const one = (figure: Figure) =>
    html`<figure${kind === "wide" ? rawHtml(' class="wide"') : null}>${rawHtml(figure.svg)}<figcaption>${figure.caption} <span class="files"><a href="figures/${figure.name}.svg" aria-label="SVG: ${figure.name}">SVG</a> <a href="figures/${figure.name}.csv" aria-label="CSV: ${figure.name}">CSV</a></span></figcaption></figure>`;
  return html`<div${kind === "wide" ? null : rawHtml(' class="figures"')}>${figures.map(one)}</div>`;
}
