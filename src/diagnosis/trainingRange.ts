import type { AttributeRange, Classifier } from "../classifier/classifier.ts";
import type { Warning } from "../study/warning.ts";

/** How a reader calls an attribute, and its unit. */
const words: Readonly<Record<string, { name: string; unit?: string }>> = {
  slicesInStudy: { name: "number of slices" },
  rows: { name: "number of rows", unit: "px" },
  columns: { name: "number of columns", unit: "px" },
  spacingZMm: { name: "distance of slices", unit: "mm" },
  pixelSpacingMm: { name: "pixel spacing", unit: "mm" },
  sliceThicknessMm: { name: "slice thickness", unit: "mm" },
  kernel: { name: "reconstruction kernel" },
  manufacturer: { name: "scanner's manufacturer" },
  meanLungHu: { name: "mean density of the lungs", unit: "HU" },
  lungsMl: { name: "volume of the lungs", unit: "ml" },
};

/** One warning OUTSIDE_TRAINING_RANGE for each way in which the study is unlike all that the classifier learned from. */
export function outsideTrainingRange(
  attributes: Readonly<Record<string, string | number>>,
  ranges: Classifier["ranges"],
): Warning[] {
  return Object.entries(ranges).flatMap(([attribute, range]) => {
    const value = attributes[attribute];
    if (value === undefined || isInside(value, range)) return [];
    const { name, unit } = words[attribute] ?? { name: attribute };
    const withUnit = unit === undefined ? "" : ` ${unit}`;
    const message = `The study's ${name} is ${shown(value)}${withUnit}; the classifier was trained on ${spanned(range)}${withUnit}. What it says here is untested.`;
    return [{ code: "OUTSIDE_TRAINING_RANGE", message }];
  });
}

function isInside(value: string | number, range: AttributeRange): boolean {
  if (!("min" in range)) return range.length === 0 || range.includes(String(value));
  if (typeof value === "string") return true;
  // A hundredth more or less is rounding in a header, not another way of scanning.
  const slack = 0.01 * Math.max(Math.abs(range.min), Math.abs(range.max));
  return value >= range.min - slack && value <= range.max + slack;
}

function spanned(range: AttributeRange): string {
  if (!("min" in range)) return range.join(", ");
  return range.min === range.max ? shown(range.min) : `${shown(range.min)} to ${shown(range.max)}`;
}

function shown(value: string | number): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}
