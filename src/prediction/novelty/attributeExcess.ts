/** What an attribute spanned in training: a number its extremes, a word the ones that occurred. */
export type AttributeRange = { readonly min: number; readonly max: number } | readonly string[];

/** How a study lies to the training's ranges. */
export interface AttributeExcess {
  /** How far beyond the range, in widths of the range; 0 within all of them. */
  readonly widths: number;
  /** The attribute that is farthest beyond; null within all. */
  readonly attribute: string | null;
}

/**
 * What of a scan changes how lungs look in a prepared slice. Words such as a kernel's name are no measure: another name
 * need not be another image.
 */
const measured = [
  "spacingZMm",
  "pixelSpacingMm",
  "sliceThicknessMm",
  "lungsMl",
  "meanLungHu",
  "tubeVoltageKv",
] as const;

/** A range without width, as of studies that were all scanned alike, is given a tenth of its value. */
const leastWidth = 0.1;

/** How far a study's attributes lie beyond what training spanned, by the one that lies farthest. */
export function attributeExcess(
  attributes: Readonly<Record<string, string | number>>,
  ranges: Readonly<Record<string, AttributeRange>>,
): AttributeExcess {
  let farthest: AttributeExcess = { widths: 0, attribute: null };
  for (const attribute of measured) {
    const [value, range] = [attributes[attribute], ranges[attribute]];
    if (typeof value !== "number" || range === undefined || !("min" in range)) continue;
    const width = Math.max(range.max - range.min, leastWidth * Math.max(Math.abs(range.min), Math.abs(range.max)));
    const beyond = Math.max(range.min - value, value - range.max);
    if (width > 0 && beyond / width > farthest.widths) farthest = { widths: beyond / width, attribute };
  }
  return farthest;
}
