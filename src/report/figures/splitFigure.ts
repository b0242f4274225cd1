import { escapeHtml } from "../html.ts";
import { count, counted, shorten } from "../words.ts";
import { type Figure, seriesColours, toCsv } from "./figure.ts";

/** Subjects, studies and images. */
export interface SplitCount {
  readonly subjects: number;
  readonly studies: number;
  readonly images: number;
}

/** One set of a split: what it holds, together and by class. */
export interface SplitSet {
  readonly set: string;
  readonly total: SplitCount;
  readonly classes: readonly (SplitCount & { readonly class: string })[];
}

const width = 460;
const gap = 10;
const lineHeight = 16;
const fontPx = 12.5;
/** Of a bold digit, as a share of the font's size, with some to spare. */
const signWidth = 0.57;
const blockHeight = 46;

/**
 * How a dataset is split, with its counts (the paper's Fig. 1): all of it above, its sets below, each with its subjects,
 * studies and images by class.
 */
export function splitFigure(sets: readonly SplitSet[]): Figure {
  const caption =
    "The split by subject: subjects, studies and images of each set and class. No subject is in two sets.";
  const all = together(sets);
  const boxWidth = (width - gap * (sets.length - 1)) / sets.length;
  const boxTop = 92;
  const boxHeight = 90 + all.classes.length * blockHeight;
  const height = boxTop + boxHeight + 4;
  const middle = width / 2;
  const joint = 74;
  const lefts = sets.map((_, i) => i * (boxWidth + gap));
  const centres = lefts.map((left) => left + boxWidth / 2);
  const [first, last] = [centres[0], centres[centres.length - 1]];
  const parts = [
    box(middle - 160, 2, 320, 56),
    text(middle, 22, "All", { weight: 650, anchor: "middle" }),
    text(middle, 22 + lineHeight + 3, words(all.total), { anchor: "middle" }),
    line(`M${middle} 58V${joint}M${first} ${joint}H${last}${centres.map((x) => `M${x} ${joint}V${boxTop}`).join("")}`),
    ...sets.flatMap((one, i) => setBox(one, all, { left: lefts[i], top: boxTop, width: boxWidth, height: boxHeight })),
  ];
  const svg = `<svg role="img" aria-label="${escapeHtml(caption)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="${fontPx}" fill="currentColor">${parts.join("")}</svg>`;
  const csv = toCsv(
    ["set", "class", "subjects", "studies", "images"],
    sets.flatMap((one) =>
      [...one.classes, { class: "all", ...one.total }].map((row) => [
        one.set,
        row.class,
        row.subjects,
        row.studies,
        row.images,
      ]),
    ),
  );
  return { name: "split", caption, svg, csv };
}

/** All sets as one: no subject, study or image is in two. A subject with studies of two classes counts in both. */
function together(sets: readonly SplitSet[]): SplitSet {
  const sum = (counts: readonly SplitCount[]): SplitCount => ({
    subjects: counts.reduce((total, one) => total + one.subjects, 0),
    studies: counts.reduce((total, one) => total + one.studies, 0),
    images: counts.reduce((total, one) => total + one.images, 0),
  });
  const names = [...new Set(sets.flatMap(({ classes }) => classes.map((one) => one.class)))];
  return {
    set: "All",
    total: sum(sets.map(({ total }) => total)),
    classes: names.map((name) => ({
      class: name,
      ...sum(sets.flatMap(({ classes }) => classes.filter((one) => one.class === name))),
    })),
  };
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function setBox(one: SplitSet, all: SplitSet, { left, top, width: boxWidth, height }: Place): string[] {
  const share = all.total.subjects === 0 ? 0 : one.total.subjects / all.total.subjects;
  const inner = left + 12;
  return [
    box(left, top, boxWidth, height),
    text(inner, top + 22, one.set, { weight: 650 }),
    text(left + boxWidth - 12, top + 22, `${Math.round(100 * share)}\u00a0%`, { anchor: "end", isMuted: true }),
    text(inner, top + 22 + lineHeight + 3, counted(one.total.subjects, "subject", "subjects")),
    text(inner, top + 22 + 2 * lineHeight + 3, counted(one.total.studies, "study", "studies")),
    text(inner, top + 22 + 3 * lineHeight + 3, counted(one.total.images, "image", "images")),
    ...one.classes.flatMap((row, k) => {
      const y = top + 100 + k * blockHeight;
      const colour = seriesColours[k % seriesColours.length];
      return [
        `<rect x="${left + 1}" y="${y - 11}" width="4" height="${blockHeight - 13}" rx="2" fill="${colour}"/>`,
        text(inner, y, shorten(row.class, Math.floor((boxWidth - 24) / 6.4))),
        text(inner, y + lineHeight, `${count(row.subjects)} · ${count(row.studies)} · ${count(row.images)}`, {
          weight: 600,
          most: boxWidth - 20,
        }),
      ];
    }),
  ];
}

function words({ subjects, studies, images }: SplitCount): string {
  return [
    counted(subjects, "subject", "subjects"),
    counted(studies, "study", "studies"),
    counted(images, "image", "images"),
  ].join(" · ");
}

function box(x: number, y: number, boxWidth: number, height: number): string {
  return `<rect x="${x + 0.5}" y="${y + 0.5}" width="${boxWidth - 1}" height="${height - 1}" rx="6" fill="none" stroke="currentColor" stroke-opacity="0.35"/>`;
}

function line(path: string): string {
  return `<path d="${path}" fill="none" stroke="currentColor" stroke-opacity="0.35"/>`;
}

function text(
  x: number,
  y: number,
  content: string,
  options: { weight?: number; anchor?: string; isMuted?: boolean; most?: number } = {},
): string {
  const { weight = 400, anchor = "start", isMuted = false, most = Number.POSITIVE_INFINITY } = options;
  const size = Math.min(fontPx, most / (signWidth * content.length));
  const opacity = isMuted ? ' fill-opacity="0.72"' : "";
  return `<text x="${x}" y="${y}" font-weight="${weight}" text-anchor="${anchor}"${opacity}${size < fontPx ? ` font-size="${size.toFixed(1)}"` : ""}>${escapeHtml(content)}</text>`;
}
