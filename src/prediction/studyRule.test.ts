import { describe, expect, it } from "vitest";
import type { StudyPrediction } from "./predictionSet.ts";
import { applyStudyRule, chooseThreshold, mostProbable, paperStudyRule, type StudyRule } from "./studyRule.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];
const certain = { covid: [1, 0, 0], other: [0, 1, 0], normal: [0, 0, 1] };

/** A study with so many images of each class. */
function images(covid: number, other: number, normal: number): number[][] {
  return [
    ...Array<number[]>(covid).fill(certain.covid),
    ...Array<number[]>(other).fill(certain.other),
    ...Array<number[]>(normal).fill(certain.normal),
  ];
}

function study(truth: string | null, probabilities: readonly (readonly number[])[]): StudyPrediction {
  const slices = probabilities.map((row, sliceIndex) => ({ sliceIndex, probabilities: row, truth }));
  return { caseId: "c", studyUid: "1", subjectId: "s", truth, slices };
}

describe("applyStudyRule", () => {
  const rule = paperStudyRule(classes);

  it("needs a fraction strictly larger than the threshold, of all the study's images", () => {
    expect(applyStudyRule(rule, images(1, 0, 19)).finding).toBe("normal");
    expect(applyStudyRule(rule, images(2, 0, 37)).finding).toBe("COVID-19");
  });

  it("decides in the order of the classes, not by the larger fraction", () => {
    expect(applyStudyRule(rule, images(1, 9, 0)).finding).toBe("COVID-19");
    expect(applyStudyRule(rule, images(0, 1, 9)).finding).toBe("other pneumonia");
  });

  it("falls back to the last class", () => {
    expect(applyStudyRule({ ...rule, threshold: 1 }, images(1, 0, 0)).finding).toBe("normal");
  });

  it("gives each class's fraction and mean probability", () => {
    const { fractions, probabilities } = applyStudyRule(rule, [
      [0.5, 0.25, 0.25],
      [0.25, 0.25, 0.5],
    ]);
    expect(fractions).toEqual([0.5, 0, 0.5]);
    expect(probabilities).toEqual([0.375, 0.25, 0.375]);
  });

  it("refuses a study without images", () => {
    expect(() => applyStudyRule(rule, [])).toThrow(expect.objectContaining({ code: "NO_LUNG_SLICES" }));
  });
});

describe("mostProbable", () => {
  it("takes the first of equally probable classes", () => {
    expect(mostProbable([0.2, 0.4, 0.4])).toBe(1);
  });
});

describe("chooseThreshold", () => {
  const rule: StudyRule = paperStudyRule(classes);

  it("finds the gap between the studies of two classes and takes its middle", () => {
    const chosen = chooseThreshold(rule, [
      study("normal", images(2, 0, 8)),
      study("normal", images(0, 0, 10)),
      study("COVID-19", images(4, 0, 6)),
    ]);
    expect(chosen.threshold).toBeCloseTo(0.3, 12);
    expect(chosen.chosenOn).toBe("validation");
  });

  it("keeps 5 % where it is as good as any", () => {
    const chosen = chooseThreshold(rule, [study("normal", images(0, 0, 10)), study("COVID-19", images(4, 0, 6))]);
    expect(chosen.threshold).toBe(0.05);
  });

  it("goes below 5 % where that is better", () => {
    const chosen = chooseThreshold(rule, [
      study("normal", images(1, 0, 99)),
      study("COVID-19", images(3, 0, 97)),
      study("COVID-19", images(4, 0, 96)),
    ]);
    expect(chosen.threshold).toBeCloseTo(0.02, 12);
  });

  it("keeps 5 % where every study is one image, because every threshold says the same", () => {
    const chosen = chooseThreshold(rule, [
      study("normal", images(1, 0, 0)),
      study("COVID-19", images(1, 0, 0)),
      study("other pneumonia", images(0, 1, 0)),
    ]);
    expect(chosen.threshold).toBe(0.05);
  });

  it("counts the order of decision in: other pneumonia must not be lost to a few images of COVID-19", () => {
    const chosen = chooseThreshold(rule, [
      study("other pneumonia", images(1, 8, 1)),
      study("COVID-19", images(5, 5, 0)),
      study("normal", images(0, 0, 10)),
    ]);
    expect(chosen.threshold).toBeGreaterThan(0.1);
    expect(chosen.threshold).toBeLessThan(0.5);
  });

  it("leaves the rule alone where no study's truth is known", () => {
    expect(chooseThreshold(rule, [study(null, images(1, 0, 0))])).toBe(rule);
  });
});
