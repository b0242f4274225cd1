import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { mostProbable } from "../prediction/studyRule.ts";
import { callStudies, type Items, toItems } from "./items.ts";

/** An image or a study with what tells it apart in any run: so that several runs' items can be joined and paired. */
export interface KeyedRow {
  readonly key: string;
  readonly subjectId: string;
  readonly truth: string;
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

/** Images of known truth, by case and slice. */
export function imageRows(set: PredictionSet): KeyedRow[] {
  return set.studies.flatMap(({ caseId, subjectId, slices }) =>
    slices.flatMap(({ sliceIndex, truth, probabilities }) =>
      truth === null
        ? []
        : [{ key: `${caseId} ${sliceIndex}`, subjectId, truth, probabilities, predicted: mostProbable(probabilities) }],
    ),
  );
}

/** Counted studies as the classifier calls them, by case. */
export function studyRows(set: PredictionSet, decision: StudyDecision): KeyedRow[] {
  return callStudies(set, decision).map(({ caseId, subjectId, truth, finding, probabilities }) => {
    return { key: caseId, subjectId, truth, probabilities, predicted: set.classes.indexOf(finding) };
  });
}

/** Rows of several runs joined: each item once, from the first run that holds it. */
export function joinRows(parts: readonly (readonly KeyedRow[])[]): KeyedRow[] {
  const joined = new Map<string, KeyedRow>();
  for (const row of parts.flat()) if (!joined.has(row.key)) joined.set(row.key, row);
  return [...joined.values()];
}

/** The items that both lists hold, in the first one's order, as columns with the same subjects. */
export function pairItems(
  classes: readonly string[],
  first: readonly KeyedRow[],
  second: readonly KeyedRow[],
): [Items, Items] {
  const others = new Map(second.map((row) => [row.key, row]));
  const common = first.flatMap((row) => {
    const other = others.get(row.key);
    return other === undefined ? [] : [{ row, other }];
  });
  return [
    toItems(
      classes,
      common.map(({ row }) => row),
    ),
    toItems(
      classes,
      common.map(({ row, other }) => ({ ...other, subjectId: row.subjectId })),
    ),
  ];
}
