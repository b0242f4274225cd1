import type { Classifier } from "../classifier/classifier.ts";
import type { AttributeRange } from "../prediction/novelty/attributeExcess.ts";
import { attributeName, attributeValue } from "../slices/attributeWords.ts";
import { attributesOfOrigin } from "../slices/studyAttributes.ts";
import type { Warning } from "../study/warning.ts";

/** One warning OUTSIDE_TRAINING_RANGE for each way in which the study is unlike all that the classifier learned from. */
export function outsideTrainingRange(
  attributes: Readonly<Record<string, string | number>>,
  ranges: Classifier["ranges"],
): Warning[] {
  return Object.entries(ranges).flatMap(([attribute, range]) => {
    if (attributesOfOrigin.has(attribute)) return [];
    const value = attributes[attribute];
    if (value === undefined || isInside(value, range)) return [];
    const message = `The study's ${attributeName(attribute)} is ${attributeValue(attribute, value)}; the classifier was trained on ${spanned(attribute, range)}. What it says here is untested.`;
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

function spanned(attribute: string, range: AttributeRange): string {
  if (!("min" in range)) return range.join(", ");
  return range.min === range.max
    ? attributeValue(attribute, range.min)
    : attributeValue(attribute, range.min, range.max);
}
