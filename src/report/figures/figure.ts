import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../html.ts";

/** A drawing with the data behind it. */
export interface Figure {
  /** File name without ending. */
  readonly name: string;
  /** What it shows, in a sentence; also its text for those who cannot see it. */
  readonly caption: string;
  /** For a page: takes text colour and the series' colours from the page's style. */
  readonly svg: string;
  readonly csv: string;
}

/** Colours of series, in order; a page may give other values (light and dark). */
export const seriesColours = [
  "var(--c1, #2b6cb0)",
  "var(--c2, #c2570c)",
  "var(--c3, #2c8a64)",
  "var(--c4, #8250a8)",
  "var(--c5, #8a6d1f)",
  "var(--c6, #b03a5b)",
] as const;

/** Series beyond the colours repeat them with dashes. */
export function seriesStyle(index: number): { stroke: string; strokeDasharray: string } {
  const round = Math.floor(index / seriesColours.length);
  return {
    stroke: seriesColours[index % seriesColours.length],
    strokeDasharray: ["none", "6 4", "2 3"][round % 3],
  };
}

/** Draws marks without a browser. Common look: 460 px wide, readable when shrunk to a phone. */
export function drawFigure(caption: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    width: 460,
    height: 380,
    marginLeft: 52,
    marginBottom: 46,
    style: { fontSize: "12.5px", fontFamily: "inherit", overflow: "visible" },
    ...options,
    document,
  }) as unknown as { outerHTML: string };
  return svg.outerHTML.replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(caption)}" `);
}

/** A figure's drawing as a file of its own, on white. */
export function standaloneSvg(figure: Figure): string {
  const look = "background: #ffffff; color: #1c2027; font-family: system-ui, 'Segoe UI', 'Helvetica Neue', sans-serif;";
  const [tag = ""] = /^<svg [^>]*>/.exec(figure.svg) ?? [];
  // XML has each attribute once: what the drawing's own style says comes after.
  const own = / style="([^"]*)"/.exec(tag)?.[1]?.replace(/font-family: ?inherit;/, "") ?? "";
  const bare = tag.replace(/ style="[^"]*"/, "").replace(/ xmlns="[^"]*"/, "");
  const whole = bare.replace(/^<svg /, `<svg xmlns="http://www.w3.org/2000/svg" style="${look} ${own}" `);
  return whole + figure.svg.slice(tag.length);
}

/** Rows as CSV with a header, quoted where needed (RFC 4180). null becomes an empty field. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** A legend as marks: a coloured dot and a word for each series, in columns above the plot or at another corner. */
export function legend(
  entries: readonly { readonly label: string; readonly colour: string }[],
  place: {
    readonly frameAnchor: "top-left" | "bottom-left";
    dx: number;
    dy: number;
    columnPx: number;
    columns: number;
  },
): Plot.Markish[] {
  return entries.flatMap(({ label, colour }, i) => {
    const dx = place.dx + (i % place.columns) * place.columnPx;
    const dy = place.dy + Math.floor(i / place.columns) * 18;
    const at = { frameAnchor: place.frameAnchor, clip: false } as const;
    return [
      Plot.dot([label], { ...at, dx, dy, r: 4.5, fill: colour }),
      Plot.text([label], {
        ...at,
        stroke: "var(--page, #ffffff)",
        strokeWidth: 4,
        fill: "currentColor",
        dx: dx + 11,
        dy,
        text: [label],
        textAnchor: "start",
        lineAnchor: "middle",
      }),
    ];
  });
}
