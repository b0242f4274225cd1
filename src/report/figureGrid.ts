import type { Figure } from "./figures/figure.ts";
import { type Html, html, rawHtml } from "./html.ts";

/** Figures beside each other, each with its caption and a link to its data. */
export function figureGrid(figures: readonly Figure[], kind: "small" | "wide" = "small"): Html {
  const one = (figure: Figure) =>
    html`<figure${kind === "wide" ? rawHtml(' class="wide"') : null}>${rawHtml(figure.svg)}<figcaption>${figure.caption} Data: <a href="figures/${figure.name}.csv">figures/${figure.name}.csv</a></figcaption></figure>`;
  return html`<div${kind === "wide" ? null : rawHtml(' class="figures"')}>${figures.map(one)}</div>`;
}
