import type { Values } from "./attributeTest.ts";
import type { LabelledItems } from "./labelledItems.ts";

const words: Readonly<Record<string, readonly [name: string, unit?: string]>> = {
  slicesInStudy: ["the number of slices", "slices"],
  slicesKept: ["the number of prepared slices", "prepared slices"],
  rows: ["the image's height", "rows"],
  columns: ["the image's width", "columns"],
  spacingZMm: ["the distance of slices", "mm"],
  pixelSpacingMm: ["the pixel spacing", "mm"],
  fieldOfViewMm: ["the field of view", "mm"],
  sliceThicknessMm: ["the slice thickness", "mm"],
  kernel: ["the reconstruction kernel"],
  manufacturer: ["the scanner's manufacturer"],
  modelName: ["the scanner's model"],
  tubeVoltageKv: ["the tube voltage", "kV"],
  contrastMedium: ["the use of contrast medium"],
  sex: ["the patient's sex"],
  ageYears: ["the patient's age", "years"],
  studyYear: ["the year of the study"],
  fileFormat: ["the file format"],
  imageMode: ["the image mode"],
  bitDepth: ["the bit depth", "bit"],
  compression: ["the compression"],
  burnedInText: ["the flag of burned-in text"],
  borderShare: ["the share of border", ""],
  markShare: ["the amount of text and marks in the corners", ""],
  "outside the lungs": ["what lies outside the lungs"],
};

/** An attribute in words, with its article. */
export function attributeInWords(attribute: string): string {
  const column = /^column: (.*)$/s.exec(attribute)?.[1];
  return column === undefined ? (words[attribute]?.[0] ?? attribute) : `the label file's column "${column}"`;
}

/** How a class differs from the others in an attribute: medians of numbers, the most telling word. */
export function difference(
  items: LabelledItems,
  values: Values,
  { of, attribute }: { readonly of: number; readonly attribute: string },
): string {
  const name = items.classes[of] ?? "";
  const others = items.classes.length === 2 ? `"${items.classes[1 - of]}"` : "the others";
  const side = (isOwn: boolean) => values.filter((_, i) => (items.label[i] === of) === isOwn);
  const [own, rest] = [side(true), side(false)];
  const numbers = (list: Values) => list.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const distinct = new Set(values);
  if (numbers(values).length === values.length && distinct.size > 6) {
    const [a, b] = [numbers(own), numbers(rest)];
    return `"${name}" has a median of ${told(quantile(a, 0.5))} (${told(quantile(a, 0.05))} to ${told(quantile(a, 0.95))})${unitOf(attribute)}, ${others} ${told(quantile(b, 0.5))} (${told(quantile(b, 0.05))} to ${told(quantile(b, 0.95))})`;
  }
  const share = (list: Values, value: string | number | undefined) =>
    list.filter((one) => one === value).length / Math.max(1, list.length);
  const contrast = (value: string | number | undefined) => Math.abs(share(own, value) - share(rest, value));
  const telling = [...distinct].sort((a, b) => contrast(b) - contrast(a)).slice(0, mostValuesTold);
  const list = (side: Values) =>
    telling
      .map((value) => [value, share(side, value)] as const)
      .sort((a, b) => b[1] - a[1])
      .map(([value, part]) => `${percent(part)} ${valueInWords(value, attribute)}`)
      .join(", ");
  return `of "${name}" ${list(own)}; of ${others} ${list(rest)}`;
}

const mostValuesTold = 3;

function valueInWords(value: string | number | undefined, attribute: string): string {
  if (value === undefined) return "without it";
  return typeof value === "number" ? `${told(value)}${unitOf(attribute)}` : value;
}

function unitOf(attribute: string): string {
  const unit = words[attribute]?.[1];
  return unit === undefined || unit === "" ? "" : ` ${unit}`;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** Four digits. */
function told(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
