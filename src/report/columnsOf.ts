import type { Case } from "../dataset/dataset.ts";
import type { Traits } from "../evaluation/traits.ts";

/** The label file's other columns, by case. */
export function columnsOf(cases: readonly Case[]): Map<string, Traits> {
  return new Map(cases.flatMap(({ caseId, columns }) => (columns === undefined ? [] : [[caseId, columns]])));
}
