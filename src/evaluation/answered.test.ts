import { describe, expect, test } from "vitest";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import { answeredOf } from "./answered.ts";

/** Ten studies of ten subjects: the more novel, the likelier wrong; the two most novel are refused. */
const novelties = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 2, 3];
const set: PredictionSet = {
  format: "groundglass-predictions/1",
  set: "test",
  level: "study",
  classes: ["A", "B"],
  classifierId: "made",
  studies: novelties.map((novelty, i) => ({
    caseId: `c${i}`,
    studyUid: `1.${i}`,
    subjectId: `s${i}`,
    truth: "A",
    slices: [{ sliceIndex: 0, probabilities: [0.5, 0.5], truth: "A" }],
    answerability: { novelty, reasons: novelty >= 2 ? ["UNLIKE_TRAINING"] : [] },
  })),
};
/** Wrong: the eighth and the last two. The first is the least sure. */
const calls = set.studies.map(({ caseId, studyUid, subjectId }, i) => {
  const p = 0.55 + 0.04 * i;
  const finding = i >= 7 ? "B" : "A";
  return { caseId, studyUid, subjectId, truth: "A", finding, probabilities: finding === "A" ? [p, 1 - p] : [1 - p, p] };
});

describe("answeredOf", () => {
  const found = answeredOf(set, calls, { resamples: 200, seed: 1 })!;

  test("counts what is answered, how well, and why not", () => {
    expect(found.share).toMatchObject({ numerator: 8, denominator: 10 });
    expect(found.accuracy).toMatchObject({ numerator: 7, denominator: 8, method: "wilson" });
    expect(found.accuracyOfRefused).toMatchObject({ numerator: 0, denominator: 2 });
    expect(found.reasons).toEqual([{ code: "UNLIKE_TRAINING", studies: 2 }]);
  });

  test("follows accuracy as fewer are answered, by novelty and by probability", () => {
    const [byNovelty, byProbability] = found.curves.map(({ points }) =>
      points.map(({ share, accuracy }) => [share, accuracy.numerator, accuracy.denominator]),
    );
    expect(byNovelty).toEqual([
      [1, 7, 10],
      [0.95, 7, 10],
      [0.9, 7, 9],
      [0.8, 7, 8],
      [0.7, 7, 7],
      [0.6, 6, 6],
      [0.5, 5, 5],
    ]);
    // The surest are the last, which are wrong: leaving out the unsure does not help here.
    expect(byProbability).toEqual([
      [1, 7, 10],
      [0.95, 7, 10],
      [0.9, 6, 9],
      [0.8, 5, 8],
      [0.7, 4, 7],
      [0.6, 3, 6],
      [0.5, 2, 5],
    ]);
  });

  test("says nothing of predictions that were not asked", () => {
    const before = { ...set, studies: set.studies.map(({ answerability, ...study }) => study) };
    expect(answeredOf(before, calls, { resamples: 200, seed: 1 })).toBeNull();
  });
});
