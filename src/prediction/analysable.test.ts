import { describe, expect, test } from "vitest";
import { answerability, fitAnalysable, type StudyTraits } from "./analysable.ts";

const warning = (code: string) => ({ code, message: `${code}.` });
const novelty = {
  limit: 1.5,
  askedRate: 0.05,
  promisedRate: 0.05,
  fittedOn: { set: "validation", subjects: 19, studies: 19 },
} as const;
const training = Array.from({ length: 40 }, (_, i) => ({
  slices: 20 + i,
  warnings: i < 4 ? [warning("FEW_GREY_LEVELS")] : [],
}));
const asked = fitAnalysable(training, { hasLungs: true, novelty });
const usual: StudyTraits = { slices: 30, warnings: [], distance: 1, attributes: { spacingZMm: 2 } };
const ranges = { spacingZMm: { min: 1, max: 5 } };
const codes = (changes: Partial<StudyTraits>) =>
  answerability(asked, { ...usual, ...changes }, ranges).reasons.map(({ code }) => code);

describe("fitAnalysable", () => {
  test("asks for half of the fewest slices, and tolerates what training had", () => {
    expect(asked).toEqual({ leastSlices: 10, leastLungQuality: 0.45, toleratedChecks: ["FEW_GREY_LEVELS"], novelty });
  });

  test("leaves out studies without slices, and asks no lungs where none were isolated", () => {
    const found = fitAnalysable(
      [
        { slices: 0, warnings: [] },
        { slices: 3, warnings: [] },
      ],
      { hasLungs: false, novelty },
    );
    expect(found).toMatchObject({ leastSlices: 2, leastLungQuality: null });
  });
});

describe("answerability", () => {
  test("answers for a usual study", () => {
    expect(answerability(asked, usual, ranges)).toEqual({ reasons: [], novelty: 1 });
  });

  test("says why not", () => {
    expect(codes({ slices: 9 })).toEqual(["TOO_FEW_SLICES"]);
    expect(codes({ slices: 10 })).toEqual([]);
    expect(codes({ warnings: [warning("NOT_HOUNSFIELD"), warning("NOT_HOUNSFIELD")] })).toEqual(["CHECK_FAILED"]);
    expect(codes({ warnings: [warning("FEW_GREY_LEVELS"), warning("METAL")] })).toEqual([]);
    // One lung only leaves 0.5, cut off as well 0.35.
    expect(codes({ warnings: [warning("ONE_LUNG_ONLY")] })).toEqual([]);
    expect(codes({ warnings: [warning("ONE_LUNG_ONLY"), warning("LUNGS_CUT_OFF")] })).toEqual(["LUNGS_DOUBTFUL"]);
    expect(codes({ distance: 1.51 })).toEqual(["UNLIKE_TRAINING"]);
  });

  test("weighs how far the scan lies beyond training's ranges", () => {
    // 9 mm is one width of 4 mm beyond: 1 becomes 2.
    const { reasons, novelty: score } = answerability(asked, { ...usual, attributes: { spacingZMm: 9 } }, ranges);
    expect(score).toBe(2);
    expect(reasons[0]?.message).toContain("distance of slices lies beyond what training spanned, by 1.0 times");
  });

  test("asks nothing that is not known", () => {
    expect(answerability({ ...asked, novelty: null }, { ...usual, distance: 9 }, ranges).reasons).toEqual([]);
    expect(answerability(asked, { ...usual, distance: null }, ranges)).toEqual({ reasons: [], novelty: null });
  });
});
