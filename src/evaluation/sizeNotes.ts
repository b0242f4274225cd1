import type { Estimate } from "../statistics/estimate.ts";
import type { Results } from "./results.ts";

/** How far the numbers carry: of each class's sensitivity and of the overall accuracy, how wide its interval is. */
export function sizeNotes(images: Results, studies: Results | null): string[] {
  const { table } = studies ?? images;
  const [one, many] = studies === null ? ["image", "images"] : ["study", "studies"];
  const note = (name: string, { n, subjects, low, high }: Estimate) => {
    if (low === null || high === null) return [];
    const counted = `${n} ${n === 1 ? one : many} of ${subjects} ${subjects === 1 ? "subject" : "subjects"}`;
    return [`${name}: with ${counted} the 95\u00a0% interval is ${(100 * (high - low)).toFixed(0)} points wide.`];
  };
  return [
    ...note("Overall accuracy", table.overallAccuracy),
    ...table.rows.flatMap((row) => note(`Sensitivity for ${row.class}`, row.sensitivity)),
  ];
}
