import { describe, expect, it } from "vitest";
import { applyStudyRule, mostProbable, paperStudyRule } from "./studyRule.ts";

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
