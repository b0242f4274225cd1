import type { Case } from "../dataset/dataset.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { SetCounts } from "./evaluation.ts";

/** One study as it is counted: its own truth, and how many images it has in all and of each class. */
interface CountedStudy {
  readonly subjectId: string;
  readonly truth: string | null;
  readonly images: number;
  readonly imagesOf: (name: string) => number;
}

/** How many subjects, studies and images a set of predictions holds, together and by truth. */
export function countSet({ studies, classes, level }: PredictionSet): SetCounts {
  const counted = studies.map(({ subjectId, truth, slices }) => ({
    subjectId,
    truth,
    images: slices.length,
    imagesOf: (name: string) => slices.filter((slice) => slice.truth === name).length,
  }));
  return countStudies(counted, classes, level);
}

/** The same of a dataset's cases. */
export function countCases(
  cases: readonly Case[],
  classes: readonly string[],
  level: PredictionSet["level"],
): SetCounts {
  const counted = cases.map(({ subjectId, label, sliceLabels, prepared }) => ({
    subjectId,
    truth: label,
    images: prepared.slices,
    imagesOf: (name: string) =>
      level === "study"
        ? label === name
          ? prepared.slices
          : 0
        : Object.values(sliceLabels ?? {}).filter((label) => [label].flat().includes(name)).length,
  }));
  return countStudies(counted, classes, level);
}

function countStudies(
  studies: readonly CountedStudy[],
  classes: readonly string[],
  level: PredictionSet["level"],
): SetCounts {
  const subjectsIn = (some: readonly CountedStudy[]) => new Set(some.map((study) => study.subjectId)).size;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    total: {
      subjects: subjectsIn(studies),
      studies: studies.length,
      images: sum(studies.map((study) => study.images)),
    },
    classes: classes.map((name) => {
      const some = studies.filter((study) => (level === "study" ? study.truth === name : study.imagesOf(name) > 0));
      return {
        class: name,
        subjects: subjectsIn(some),
        studies: some.length,
        images: sum(studies.map((study) => study.imagesOf(name))),
      };
    }),
    studiesLeftOut:
      level === "study" ? studies.filter((study) => study.truth === null || study.images === 0).length : 0,
  };
}
