import { z } from "zod";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import { mostProbable } from "../prediction/studyRule.ts";
import type { StudyCall } from "./items.ts";

const failureSchema = z.strictObject({
  caseId: z.string(),
  studyUid: z.string(),
  subjectId: z.string(),
  /** Of an image; null of a whole study. */
  sliceIndex: z.int().nullable(),
  truth: z.string(),
  predicted: z.string(),
  /** One for each class. */
  probabilities: z.array(z.number()).readonly(),
});

export const failuresSchema = z.strictObject({
  /** How many are wrong in all. */
  wrongImages: z.int(),
  wrongStudies: z.int().nullable(),
  /** The worst first, at most two of a study. */
  images: z.array(failureSchema).readonly(),
  studies: z.array(failureSchema).readonly(),
});

/** The worst errors: wrong calls by how little probability the truth was given. */
export type Failures = z.infer<typeof failuresSchema>;
export type Failure = Failures["images"][number];

const mostImages = 24;
const mostStudies = 24;
const mostOfOneStudy = 2;

/** The worst errors among images and, where studies have a truth, studies. */
export function failures(set: PredictionSet, studies: readonly StudyCall[] | null): Failures {
  const { classes } = set;
  const truthGiven = (failure: Failure) => failure.probabilities[classes.indexOf(failure.truth)];
  const worstFirst = (some: Failure[]) =>
    some.sort((a, b) => truthGiven(a) - truthGiven(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
  const wrongImages = worstFirst(
    set.studies.flatMap(({ caseId, studyUid, subjectId, slices }) =>
      slices.flatMap(({ sliceIndex, truth, probabilities }) => {
        if (truth === null) return [];
        const predicted = classes[mostProbable(probabilities)];
        return predicted === truth
          ? []
          : [{ caseId, studyUid, subjectId, sliceIndex, truth, predicted, probabilities: [...probabilities] }];
      }),
    ),
  );
  const wrongStudies = worstFirst(
    (studies ?? [])
      .filter((study) => study.finding !== study.truth)
      .map(({ finding, probabilities, ...study }) => ({
        ...study,
        sliceIndex: null,
        predicted: finding,
        probabilities: [...probabilities],
      })),
  );
  return {
    wrongImages: wrongImages.length,
    wrongStudies: studies === null ? null : wrongStudies.length,
    images: fewOfEach(wrongImages).slice(0, mostImages),
    studies: wrongStudies.slice(0, mostStudies),
  };
}

function keyOf({ caseId, sliceIndex }: Failure): string {
  return `${caseId} ${String(sliceIndex ?? 0).padStart(6, "0")}`;
}

function fewOfEach(some: readonly Failure[]): Failure[] {
  const taken = new Map<string, number>();
  return some.filter(({ caseId }) => {
    const count = taken.get(caseId) ?? 0;
    taken.set(caseId, count + 1);
    return count < mostOfOneStudy;
  });
}
