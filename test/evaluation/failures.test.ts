import { expect, test } from "vitest";
import { failures } from "../../src/evaluation/failures.ts";
import type { StudyPrediction } from "../../src/prediction/predictionSet.ts";
import { setOf } from "../made/madePredictions.ts";

/** A normal study whose images give the truth these probabilities; what is left goes to COVID-19. */
function study(caseId: string, ofTruth: readonly number[]): StudyPrediction {
  const slices = ofTruth.map((p, sliceIndex) => ({ sliceIndex, probabilities: [1 - p, 0, p], truth: "normal" }));
  return { caseId, studyUid: caseId, subjectId: caseId, truth: "normal", slices };
}

test("puts the errors first to whose truth the least probability was given, at most two images of a study", () => {
  const set = setOf([study("a", [0.1, 0.4, 0.2, 0.9]), study("b", [0.3, 0.6])]);
  const calls = [
    { finding: "COVID-19", probabilities: [0.6, 0, 0.4] },
    { finding: "normal", probabilities: [0.4, 0, 0.6] },
  ].map((call, i) => ({ ...set.studies[i]!, ...call, truth: "normal" }));
  const found = failures(set, calls);
  expect(found).toMatchObject({ wrongImages: 4, wrongStudies: 1 });
  expect(found.images.map(({ caseId, sliceIndex }) => [caseId, sliceIndex])).toEqual([
    ["a", 0],
    ["a", 2],
    ["b", 0],
  ]);
  expect(found.studies.map(({ caseId, predicted, truth }) => [caseId, predicted, truth])).toEqual([
    ["a", "COVID-19", "normal"],
  ]);
});
