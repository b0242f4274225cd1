import { type CalibrationMap, calibrate } from "../prediction/calibration.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { mostProbable } from "../prediction/studyRule.ts";
import { callStudies, type Items, toItems } from "./items.ts";

/** An image or a study with what tells it apart in any run: so that several runs' items can be joined and paired. */
export interface KeyedRow {
  readonly key: string;
  readonly caseId: string;
  readonly subjectId: string;
  readonly truth: string;
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

/** Images of known truth, by case and slice. map: calibrates the probabilities, not the calls. */
export function imageRows(set: PredictionSet, map: CalibrationMap | null = null): KeyedRow[] {
  return set.studies.flatMap(({ caseId, subjectId, slices }) =>
    slices.flatMap(({ sliceIndex, truth, probabilities }) =>
      truth === null
        ? []
        : [
            {
              ...{ key: `${caseId} ${sliceIndex}`, caseId, subjectId, truth },
              probabilities: calibrate(map, probabilities),
              predicted: mostProbable(probabilities),
            },
          ],
    ),
  );
}

/** Counted studies as the classifier calls them, by case. */
export function studyRows(set: PredictionSet, decision: StudyDecision): KeyedRow[] {
  return callStudies(set, decision).map(({ caseId, subjectId, truth, finding, probabilities }) => {
    return { key: caseId, caseId, subjectId, truth, probabilities, predicted: set.classes.indexOf(finding) };
  });
}

/** Rows of several runs joined: each item once, from the first run that holds it. */
export function joinRows(parts: readonly (readonly KeyedRow[])[]): KeyedRow[] {
  const joined = new Map<string, KeyedRow>();
  for (const row of parts.flat()) if (!joined.has(row.key)) joined.set(row.key, row);
  return [...joined.values()];
}

/** The rows whose items every list holds, each list in the first one's order and with its subjects. */
export function commonRows(lists: readonly (readonly KeyedRow[])[]): KeyedRow[][] {
  const [first = [], ...others] = lists;
  const maps = others.map((rows) => new Map(rows.map((row) => [row.key, row])));
  const shared = first.filter(({ key }) => maps.every((rows) => rows.has(key)));
  return [
    shared,
    ...maps.map((rows) =>
      shared.flatMap(({ key, subjectId }) => {
        const row = rows.get(key);
        return row === undefined ? [] : [{ ...row, subjectId }];
      }),
    ),
  ];
}

/** The items that both lists hold, in the first one's order, as columns with the same subjects. */
export function pairItems(
  classes: readonly string[],
  first: readonly KeyedRow[],
  second: readonly KeyedRow[],
): [Items, Items] {
  const [ones = [], others = []] = commonRows([first, second]);
  return [toItems(classes, ones), toItems(classes, others)];
}
