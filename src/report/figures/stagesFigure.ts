import sharp from "sharp";
import { escapeHtml } from "../html.ts";
import type { DrawnStages, StagePicture } from "../inspection/inspectStages.ts";
import { type Figure, toCsv } from "./figure.ts";

/** A stage's picture for a page, with its words. */
export interface StageUri {
  readonly words: string;
  readonly uri: string;
}

/** Each stage as a picture of its own. */
export async function stageUris({ pictures }: DrawnStages): Promise<StageUri[]> {
  return Promise.all(pictures.map(async (picture) => ({ words: picture.words, uri: await uriOf(picture) })));
}

const columns = 4;
const sidePx = 232;
const gap = 14;
const wordsHeight = 44;

/** The stages of isolation on one slice, side by side (the paper's Fig. 2). name: of its files. */
export function stagesFigure({ stages }: DrawnStages, uris: readonly StageUri[], name: string): Figure {
  const caption = stagesCaption(stages);
  const rows = Math.ceil(uris.length / columns);
  const width = columns * sidePx + (columns - 1) * gap;
  const height = rows * (sidePx + wordsHeight);
  const cells = uris.map(({ words, uri }, i) => {
    const x = (i % columns) * (sidePx + gap);
    const y = Math.floor(i / columns) * (sidePx + wordsHeight);
    const lines = wrapped(`${i + 1}. ${words}`, 35).map(
      (line, k) => `<text x="${x}" y="${y + sidePx + 16 + 15 * k}">${escapeHtml(line)}</text>`,
    );
    return `<image x="${x}" y="${y}" width="${sidePx}" height="${sidePx}" href="${uri}"/>${lines.join("")}`;
  });
  const svg = `<svg role="img" aria-label="${escapeHtml(caption)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="12.5" fill="currentColor">${cells.join("")}</svg>`;
  const csv = toCsv(
    ["stage", "name", "words", "area_mm2"],
    stages.stages.map(({ name: stage, words, areaMm2 }, i) => [i + 1, stage, words, areaMm2]),
  );
  return { name, caption, svg, csv };
}

/** One sentence: of which slice, by which method. */
export function stagesCaption({ path, method, sliceIndex }: DrawnStages["stages"]): string {
  return `The stages of lung isolation by the preset ${method}, on slice ${sliceIndex} (counted from 0 at the feet) of ${path}.`;
}

/** Red, green and blue of what is inside a mask, and of the left lung. */
const tints = [
  [61, 220, 205],
  [255, 176, 82],
] as const;
const tintShare = 0.5;
/** Outside a mask the slice is seen faintly. */
const outsideShare = 0.3;

async function uriOf({ grey, shape, labels }: StagePicture): Promise<string> {
  const [height, width] = shape;
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) {
    const tint = labels === null || labels[i] === 0 ? null : tints[labels[i] - 1];
    for (let c = 0; c < 3; c++) {
      const level = labels === null ? grey[i] : tint === null ? outsideShare * grey[i] : grey[i];
      rgb[3 * i + c] = tint === null ? level : level + tintShare * (tint[c] - level);
    }
  }
  const side = { width: 1.5 * sidePx, height: 1.5 * sidePx, fit: "contain", background: "#000" } as const;
  const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(side)
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}

/** Words on lines of at most so many signs. */
function wrapped(words: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
