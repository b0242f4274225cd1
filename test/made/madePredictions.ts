import type { Random } from "../../src/base/random.ts";
import type { PredictionSet, StudyPrediction } from "../../src/prediction/predictionSet.ts";

export const madeClasses = ["COVID-19", "other pneumonia", "normal"];

/** One study whose images call the classes as often as `calls` says, surely. */
export function studyOfCalls(
  subjectId: string,
  truth: string | null,
  calls: readonly number[],
  attributes?: Record<string, number>,
): StudyPrediction {
  const probabilities = calls.flatMap((count, k) =>
    Array.from({ length: count }, () => calls.map((_, other) => (other === k ? 0.8 : 0.2 / (calls.length - 1)))),
  );
  return {
    caseId: `${subjectId}-${calls.join("-")}`,
    studyUid: `2.25.${calls.join("")}`,
    subjectId,
    truth,
    slices: probabilities.map((row, sliceIndex) => ({ sliceIndex, probabilities: row, truth })),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

export function setOf(studies: StudyPrediction[], changes: Partial<PredictionSet> = {}): PredictionSet {
  return {
    format: "groundglass-predictions/1",
    set: "test",
    level: "study",
    classes: madeClasses,
    classifierId: "0123456789ab",
    studies,
    ...changes,
  };
}

/** Studies whose probabilities lean to their truth by `strength`, several studies for each subject of the first class. */
export function randomSet(random: Random, size: { subjects: number; slices: number; strength: number }): PredictionSet {
  const studies: StudyPrediction[] = [];
  for (let subject = 0; subject < size.subjects; subject++) {
    const k = subject % 3;
    const visits = k === 0 ? 1 + random.integer(3) : 1;
    for (let visit = 0; visit < visits; visit++) {
      const lean = size.strength * random.between(0.2, 1.4);
      const slices = Array.from({ length: size.slices }, (_, sliceIndex) => {
        const powers = madeClasses.map((_, c) => Math.exp(random.normal() + (c === k ? lean : 0)));
        const sum = powers.reduce((total, power) => total + power, 0);
        return { sliceIndex, probabilities: powers.map((power) => power / sum), truth: madeClasses[k] ?? null };
      });
      studies.push({
        caseId: `case-${subject}-${visit}`,
        studyUid: `2.25.${subject}.${visit}`,
        subjectId: `subject-${subject}`,
        truth: madeClasses[k] ?? null,
        slices,
        attributes: { meanLungHu: -840 + 45 * (2 - k) + 40 * random.normal(), slicesInStudy: size.slices },
      });
    }
  }
  return setOf(studies);
}
