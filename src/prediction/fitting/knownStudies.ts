import { attentionTo, type StudyPrediction } from "../predictionSet.ts";

/** A study to fit on: its truth as the index of its class, and its images' probabilities. */
export interface KnownStudy {
  readonly subjectId: string;
  readonly truth: number;
  /** [images, classes], at least one image. */
  readonly rows: readonly (readonly number[])[];
  /** How much each image counts; only of classifiers with a study head. */
  readonly attention?: readonly number[] | undefined;
}

/** The studies whose truth is known and that have an image. */
export function knownStudies(studies: readonly StudyPrediction[], classes: readonly string[]): KnownStudy[] {
  return studies.flatMap(({ subjectId, truth, slices }) => {
    if (truth === null || slices.length === 0) return [];
    const rows = slices.map((slice) => slice.probabilities);
    return [{ subjectId, truth: classes.indexOf(truth), rows, attention: attentionTo(slices) }];
  });
}
