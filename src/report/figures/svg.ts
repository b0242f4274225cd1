import { escapeHtml } from "../html.ts";

/** A drawing made by hand, with the same text and colours as the plots. body: SVG markup. */
export function svgDrawing(caption: string, size: { width: number; height: number }, body: readonly string[]): string {
  const { width, height } = size;
  return `<svg role="img" aria-label="${escapeHtml(caption)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="12.5" fill="currentColor" style="max-width: 100%; height: auto;">${body.join("")}</svg>`;
}

/** A line of text. */
export function svgText(
  text: string,
  at: {
    x: number;
    y: number;
    anchor?: "start" | "middle" | "end";
    weight?: number;
    opacity?: number;
    fill?: string;
    size?: number;
  },
): string {
  const { x, y, anchor = "start", weight = 400, opacity = 1, fill = "currentColor", size = 12.5 } = at;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}" font-size="${size}" fill="${fill}" fill-opacity="${opacity}">${escapeHtml(text)}</text>`;
}

/** A box with round corners. */
export function svgBox(
  box: { x: number; y: number; width: number; height: number },
  fill: string,
  opacity = 0.14,
): string {
  const { x, y, width, height } = box;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" fill-opacity="${opacity}" stroke="${fill}" stroke-opacity="0.7"/>`;
}
