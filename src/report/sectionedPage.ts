import { type Html, html } from "./html.ts";

/** A part of a long page, with a place in its table of contents. */
export interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** A long page's body: its header, its table of contents and its sections. */
export function sectionedBody(header: Html, sections: readonly PageSection[]): Html {
  return html`<a class="skip" href="#${sections[0]?.id}">Skip to the contents</a>
<div class="long">
${header}
<nav class="contents" aria-label="Contents"><ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<main>
${sections.map(({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${body}</section>\n`)}</main>
</div>`;
}

/** What long pages of results have beyond other pages: contents beside the text, tiles, copies of tables, folded parts. */
export const reportStyle = `
body { max-width: 84rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.4rem 0.8rem; z-index: 2; }
.long > header, .long > main, .long > nav { max-width: 64rem; }
.contents { font-size: 0.875rem; line-height: 1.4; border-block: 1px solid var(--line); padding: 0.6rem 0; margin: 1.5rem 0 0; }
.contents ol { list-style: none; margin: 0; padding: 0; columns: 10rem; max-width: none; }
.contents li { margin: 0; break-inside: avoid; }
.contents a { display: block; padding: 0.24rem 0; text-decoration: none; }
.contents a:hover, .contents a:focus-visible { text-decoration: underline; }
section { scroll-margin-top: 1rem; } h2 { scroll-margin-top: 1rem; border-top: 1px solid var(--line); padding-top: 1.5rem; font-size: 1.35rem; }
main > section:first-of-type h2 { border-top: 0; padding-top: 0.5rem; margin-top: 1rem; }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12.5rem), 1fr)); gap: 0.75rem; margin: 1.1rem 0 1.4rem; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.75rem 0.95rem; }
.tiles dt { font-size: 0.875rem; } .tiles dd { margin: 0; }
.tiles b { display: block; font-size: 1.6rem; font-weight: 650; letter-spacing: -0.015em; line-height: 1.3; }
.tiles span { display: block; color: var(--muted); font-size: 0.8125rem; }
.answer { grid-template-columns: 9.5rem 1fr; gap: 0.6rem 1.25rem; font-size: 1rem; max-width: 56rem; }
.answer dt { color: var(--ink); font-weight: 600; } .answer ul { margin: 0; max-width: none; } .answer li:first-child { margin-top: 0; }
.answer a { color: inherit; text-decoration: underline dotted var(--muted); text-underline-offset: 0.2em; }
.table { margin: 1rem 0; } caption span { position: sticky; left: 0; display: inline-block; max-width: min(46rem, calc(100vw - 2.5rem)); }
.copies { display: flex; gap: 0.9rem; justify-content: flex-end; margin: 0.35rem 0 0; font-size: 0.8125rem; max-width: none; }
.files a { margin-left: 0.35rem; font-size: 0.8125rem; }
.copies button { font: inherit; color: var(--accent); background: none; border: 0; padding: 0; text-decoration: underline; cursor: pointer; }
table.text td, table.text th, thead th:first-child { text-align: left; } table.text td:last-child { min-width: 18rem; }
.words { display: block; min-width: 15rem; max-width: 26rem; margin-left: auto; text-align: left; font-size: 0.875rem; }
th { overflow-wrap: break-word; }
details { margin: 0.75rem 0; } summary { cursor: pointer; color: var(--accent); width: fit-content; }
details[open] > summary { margin-bottom: 0.5rem; }
.missing ul { columns: 22rem; max-width: none; } .missing li { break-inside: avoid; }
.missing ul b { display: inline-block; min-width: 2.2rem; }
.network svg { max-width: 17rem; }
.failures { grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.25rem; }
.failure > div { display: grid; grid-template-columns: 1fr 1fr; gap: 3px; } .failure img { max-width: none; border-radius: 0.3rem; background: #000; }
.failure figcaption b { color: var(--ink); font-weight: 600; }
@media (min-width: 72rem) {
  .long { display: grid; grid-template-columns: 12rem minmax(0, 1fr); grid-template-rows: auto 1fr; column-gap: 3rem; }
  .long > header, .long > main { grid-column: 2; }
  .long > nav { grid-column: 1; grid-row: 1 / span 2; }
  .contents { position: sticky; top: 1.5rem; align-self: start; border: 0; padding: 0; margin: 2rem 0 0; max-height: calc(100vh - 3rem); overflow-y: auto; }
  .contents ol { columns: auto; } .contents a { padding: 0.28rem 0; }
  .contents a:not(:hover) { color: var(--muted); }
}
@media (max-width: 34rem) {
  .tiles { grid-template-columns: 1fr 1fr; gap: 0.5rem; } .tiles > div { padding: 0.55rem 0.65rem; } .tiles b { font-size: 1.25rem; }
  .answer { grid-template-columns: 1fr; gap: 0; } .answer dd { margin: 0 0 0.8rem; }
  .tiles dt { overflow-wrap: anywhere; } .tiles dd { margin: 0; } .contents ol { columns: 8.5rem; }
  .table th:first-child { position: sticky; left: 0; background: var(--page); max-width: 9rem; overflow-wrap: break-word; }
  table.text td:last-child { min-width: 14rem; }
}
@media print {
  .contents, .copies, .files, .skip, .filled, summary, footer { display: none; } .long > header, .long > main { max-width: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  h2 { font-size: 14pt; margin-top: 1.6rem; padding-top: 0.8rem; } table { font-size: 8.5pt; } td small, tbody th small { font-size: 7.5pt; }
  th, td { padding: 0.25rem 0.5rem 0.25rem 0; } .figures { grid-template-columns: 1fr 1fr; gap: 1rem 1.5rem; }
  .failures { grid-template-columns: repeat(3, 1fr); } figure svg { max-height: 10cm; } figure.wide svg { max-width: 12cm; max-height: 20cm; } .network figure svg { max-width: 4.5cm; max-height: 9cm; } body { padding: 0 1px; }
  .table:not(.is-long) { break-inside: avoid; } .missing ul { columns: 2; } figcaption { font-size: 8pt; }
  .tiles { grid-template-columns: repeat(4, 1fr); } .tiles b { font-size: 15pt; } .words { min-width: 0; }
}
`;
