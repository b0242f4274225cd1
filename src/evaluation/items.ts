import { type CalibrationMap, calibrate } from "../prediction/calibration.ts";
import { attentionTo, type PredictionSet, type StudyPrediction } from "../prediction/predictionSet.ts";
import { type StudyDecision, studyFinding } from "../prediction/studyFinding.ts";
import { mostProbable } from "../prediction/studyRule.ts";

/** Images or studies whose truth is known, as columns; classes and subjects by their index. */
export interface Items {
  readonly classes: readonly string[];
  /** How many subjects there are. */
  readonly subjects: number;
  /** The subject of each item, 0 … subjects − 1. */
  readonly subjectOf: Int32Array;
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  /** One column for each class, the item's probability of it. */
  readonly scores: readonly Float64Array[];
}

/** Every image with a known truth; predicted is its most probable class. map: calibrates the scores, not the calls. */
export function imagesOf(set: PredictionSet, map: CalibrationMap | null = null): Items {
  const rows = set.studies.flatMap((study) =>
    study.slices.flatMap(({ truth, probabilities }) =>
      truth === null
        ? []
        : [
            {
              subjectId: study.subjectId,
              truth,
              probabilities: calibrate(map, probabilities),
              predicted: mostProbable(probabilities),
            },
          ],
    ),
  );
  return toItems(set.classes, rows);
}

/** Studies with a known truth and at least one image: those that the study tables count. */
export function countedStudies(set: PredictionSet): (StudyPrediction & { truth: string })[] {
  return set.studies.filter(
    (study): study is StudyPrediction & { truth: string } => study.truth !== null && study.slices.length > 0,
  );
}

/** Every counted study; predicted is the classifier's finding, the scores are the study's probabilities. */
export function studiesOf(set: PredictionSet, decision: StudyDecision): Items {
  return itemsOfCalls(set.classes, callStudies(set, decision));
}

/** What the classifier says of each counted study. */
export function callStudies(set: PredictionSet, decision: StudyDecision): StudyCall[] {
  return countedStudies(set).map(({ caseId, studyUid, subjectId, truth, slices }) => {
    const rows = slices.map((slice) => slice.probabilities);
    const { finding, probabilities } = studyFinding(decision, rows, attentionTo(slices));
    return { caseId, studyUid, subjectId, truth, finding, probabilities };
  });
}

/** Calls of studies as columns. */
export function itemsOfCalls(classes: readonly string[], calls: readonly StudyCall[]): Items {
  return toItems(
    classes,
    calls.map((call) => ({ ...call, predicted: classes.indexOf(call.finding) })),
  );
}

/** A call of a whole study. */
export interface StudyCall {
  readonly caseId: string;
  readonly studyUid: string;
  readonly subjectId: string;
  readonly truth: string;
  readonly finding: string;
  /** One for each class. */
  readonly probabilities: readonly number[];
}

interface Row {
  readonly subjectId: string;
  readonly truth: string;
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

/** Rows as columns. Subjects are numbered in the order in which they come. */
export function toItems(classes: readonly string[], rows: readonly Row[]): Items {
  const numberOf = new Map<string, number>();
  for (const { subjectId } of rows) if (!numberOf.has(subjectId)) numberOf.set(subjectId, numberOf.size);
  return {
    classes,
    subjects: numberOf.size,
    subjectOf: Int32Array.from(rows, (row) => numberOf.get(row.subjectId) ?? 0),
    truth: Int32Array.from(rows, (row) => classes.indexOf(row.truth)),
    predicted: Int32Array.from(rows, (row) => row.predicted),
    scores: classes.map((_, k) => Float64Array.from(rows, (row) => row.probabilities[k] ?? 0)),
  };
}
