import type { Estimate } from "../statistics/estimate.ts";
import { sampleSizeNote } from "../statistics/sampleSize.ts";
import type { Results } from "./results.ts";

/** How far the overall accuracy and each class's sensitivity carry, and how many items narrower intervals would take. */
export function sizeNotes(images: Results, studies: Results | null): string[] {
  const { table } = studies ?? images;
  const what = studies === null ? "images" : "studies";
  const note = (name: string, estimate: Estimate) => {
    const sentence = sampleSizeNote(estimate, what);
    return sentence === null ? [] : [`${name}: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`];
  };
  return [
    ...note("Overall accuracy", table.overallAccuracy),
    ...table.rows.flatMap((row) => note(`Sensitivity for ${row.class}`, row.sensitivity)),
  ];
}
