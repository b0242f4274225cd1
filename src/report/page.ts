import { createHash } from "node:crypto";
import { researchUseNotice } from "../base/version.ts";
import { type Html, html, rawHtml } from "./html.ts";

/** What only one kind of page has: rules of style and a script that it works without. */
export interface OwnParts {
  readonly style?: string;
  readonly script?: string;
}

/** A whole page that needs nothing but itself: no network, its style within, no script but its own. */
export function page(title: string, body: Html, { style: ownStyle = "", script = "" }: OwnParts = {}): string {
  const scripts = script === "" ? "" : ` script-src 'sha256-${sha256Base64(script)}';`;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';${rawHtml(scripts)} img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${rawHtml(style + ownStyle)}</style>
</head>
<body>
${body}
<footer><p>${researchUseNotice}</p></footer>
${script === "" ? null : rawHtml(`<script>${script}</script>\n`)}</body>
</html>
`;
  return markup;
}

/** As a Content-Security-Policy names a script. */
function sha256Base64(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

const style = `
:root {
  --page: #fbfaf7; --card: #ffffff; --ink: #1c2027; --muted: #5a626e; --line: #e2e0da; --soft: #f2f0eb;
  --accent: #235f9c; --notice: #7a4a00; --notice-page: #fdf3e0; --notice-line: #eccf98;
  --c1: #2b6cb0; --c2: #c2570c; --c3: #2c8a64; --c4: #8250a8; --c5: #8a6d1f; --c6: #b03a5b;
}
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --card: #1b1f25; --ink: #e7e9ec; --muted: #a0a8b3; --line: #30363e; --soft: #22272e;
  --accent: #86b8ee; --notice: #f3cd8b; --notice-page: #2b2416; --notice-line: #5a4a25;
  --c1: #79b0ea; --c2: #f29a5b; --c3: #68c9a1; --c4: #c39ce4; --c5: #d6b85c; --c6: #ef8fac;
} }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 3rem; max-width: 66rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: clamp(1.45rem, 1.1rem + 1.5vw, 2.05rem); line-height: 1.22; font-weight: 650; letter-spacing: -0.015em;
  margin: 0.35rem 0 0.75rem; text-wrap: balance; }
h2 { font-size: 1.2rem; font-weight: 650; margin: 3rem 0 0.35rem; letter-spacing: -0.005em; }
h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 0.35rem; }
p { margin: 0.35rem 0 0.9rem; max-width: 46rem; }
.eyebrow { color: var(--muted); font-size: 0.875rem; margin: 0; }
.lead { font-size: 1.1rem; max-width: 46rem; }
.muted, figcaption, .note { color: var(--muted); font-size: 0.875rem; }
.note { margin-top: 0.5rem; }
.notice { background: var(--notice-page); color: var(--notice); border: 1px solid var(--notice-line); border-radius: 0.5rem;
  padding: 0.65rem 0.9rem; margin: 1rem 0; max-width: none; }
.notice a { color: inherit; }
.notice strong { font-weight: 650; }
ul { margin: 0.35rem 0 0.9rem; padding-left: 1.15rem; max-width: 46rem; }
li { margin: 0.2rem 0; }
a { color: var(--accent); }
.scroll { overflow-x: auto; margin: 0.5rem 0; position: relative; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: 0.875rem; padding: 0 0 0.4rem; }
th, td { padding: 0.5rem 0.9rem 0.5rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0.5rem; }
thead th { font-weight: 550; color: var(--muted); font-size: 0.875rem; vertical-align: bottom; }
tbody th { font-weight: 550; }
tr.total > * { border-top: 1px solid var(--muted); font-weight: 650; }
td small, tbody th small { display: block; color: var(--muted); font-size: 0.8125rem; font-weight: 400; white-space: nowrap; }
td b { font-weight: 600; white-space: nowrap; }
sup { font-size: 0.7em; line-height: 0; } td sup { position: absolute; margin: 0.35em 0 0 0.1em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1.75rem 2rem; margin: 1rem 0; }
figure { margin: 0; min-width: 0; }
figure svg { width: 100%; max-width: 30rem; height: auto; display: block; }
.failures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; margin: 1rem 0; }
.failure img { width: 100%; max-width: 11rem; height: auto; border-radius: 0.35rem; display: block; }
figure.wide { margin: 1.5rem 0 0; } figure.wide svg, figure.wide figcaption { max-width: 46rem; }
figcaption { margin: 0.4rem 0 0; max-width: 30rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 13rem) 1fr; gap: 0.3rem 1rem; margin: 0.5rem 0; font-size: 0.9375rem; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
code, pre { font: 0.875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--soft); border-radius: 0.5rem; padding: 0.75rem 0.9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 0.75rem; color: var(--muted); font-size: 0.875rem; }
.finding { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; }
.finding h1 { margin: 0.2rem 0; font-size: clamp(1.9rem, 1.4rem + 2.2vw, 2.75rem); }
.finding p { margin: 0; font-size: 1.1rem; color: var(--muted); }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.55rem 0.9rem; align-items: center;
  margin: 1.25rem 0; max-width: 46rem; font-variant-numeric: tabular-nums; }
.bars .name { max-width: 42vw; overflow-wrap: anywhere; } .bars .name.is-finding, .bars .share.is-finding { font-weight: 650; }
.bars .share { text-align: right; min-width: 3.5rem; } .bars .share small { color: var(--muted); font-weight: 400; margin-left: 0.5rem; }
.bar { position: relative; height: 0.95rem; background: var(--soft); border-radius: 0.25rem; overflow: hidden; }
.bar span { display: block; height: 100%; border-radius: 0.25rem; background: var(--muted); opacity: 0.55; }
.bar.is-finding span { background: var(--accent); opacity: 1; }
.bar i { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--ink); }
.slices { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(47%, 17.5rem), 1fr)); gap: 1rem; margin: 0.75rem 0; }
.slices img { width: 100%; display: block; border-radius: 0.375rem; background: #000; }
.slices figcaption { margin-top: 0.35rem; line-height: 1.4; } .slices figcaption b { color: var(--ink); font-weight: 600; }
.key { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 50%; margin: 0 0.3rem 0 0; }
@media (max-width: 34rem) {
  body { padding: 1.25rem 1rem 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; }
  th, td { padding-right: 0.65rem; } .bars { gap: 0.55rem; } .bars .share small { display: none; }
}
@page { margin: 16mm 14mm 18mm;
  @bottom-left { content: "Groundglass, research use only"; font: 8pt system-ui, sans-serif; color: #666; }
  @bottom-right { content: counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif; color: #666; } }
@media print {
  :root { --page: #fff; --card: #fff; --soft: #f2f2f2; color-scheme: light; --ink: #1c2027; --muted: #4f5762; --line: #d9d7d1;
    --accent: #235f9c; --notice: #7a4a00; --notice-page: #fdf3e0; --notice-line: #eccf98;
    --c1: #2b6cb0; --c2: #c2570c; --c3: #2c8a64; --c4: #8250a8; --c5: #8a6d1f; --c6: #b03a5b; }
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  figure, tr, .notice { break-inside: avoid; } h2, h3, caption { break-after: avoid; } .scroll { overflow: visible; }
  .bar, .notice, figure { print-color-adjust: exact; } p, li { orphans: 3; widows: 3; }
}
`;
