import type { PredictionSet } from "../prediction/predictionSet.ts";
import type { SetCounts } from "./evaluation.ts";
import { countedStudies } from "./items.ts";

/** How many subjects, studies and images a set holds, together and by truth. */
export function countSet(set: PredictionSet): SetCounts {
  const ofClass = (name: string) => {
    const images = set.studies.map((study) => study.slices.filter((slice) => slice.truth === name).length);
    const studies = set.studies.filter((study, i) => (set.level === "study" ? study.truth === name : images[i] > 0));
    return {
      class: name,
      subjects: subjectsIn(studies),
      studies: studies.length,
      images: images.reduce((sum, count) => sum + count, 0),
    };
  };
  return {
    total: {
      subjects: subjectsIn(set.studies),
      studies: set.studies.length,
      images: set.studies.reduce((sum, study) => sum + study.slices.length, 0),
    },
    classes: set.classes.map(ofClass),
    studiesLeftOut: set.level === "study" ? set.studies.length - countedStudies(set).length : 0,
  };
}

function subjectsIn(studies: PredictionSet["studies"]): number {
  return new Set(studies.map((study) => study.subjectId)).size;
}
