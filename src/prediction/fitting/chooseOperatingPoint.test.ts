import { describe, expect, it } from "vitest";
import { type OperatingCriterion, parseOperatingCriterion } from "../operatingPoint.ts";
import { chooseOperatingPoint } from "./chooseOperatingPoint.ts";

/** Ten studies from the least to the most probable: n n n p n n p p n p. */
const studies = [0, 0, 0, 1, 0, 0, 1, 1, 0, 1].map((positive, i) => ({
  subjectId: `s${i}`,
  score: (i + 0.5) / 10,
  isPositive: positive === 1,
}));
const chosen = (criterion: OperatingCriterion) => chooseOperatingPoint(studies, { class: "COVID-19", criterion });

describe("chooseOperatingPoint", () => {
  it("takes the most specific point that is sensitive enough", () => {
    const all = chosen({ kind: "sensitivity", atLeast: 0.95 });
    expect(all.threshold).toBeCloseTo(0.3, 9);
    expect(all.reached).toEqual({ studies: 10, subjects: 10, sensitivity: 1, specificity: 0.5 });
    expect(chosen({ kind: "sensitivity", atLeast: 0.75 }).threshold).toBeCloseTo(0.6, 9);
  });

  it("takes the most sensitive point that is specific enough", () => {
    expect(chosen({ kind: "specificity", atLeast: 0.8 }).reached).toMatchObject({
      sensitivity: 0.75,
      specificity: 5 / 6,
    });
    expect(chosen({ kind: "specificity", atLeast: 1 }).reached).toMatchObject({ sensitivity: 0.25, specificity: 1 });
  });

  it("takes Youden's point: 0.75 + 5/6 − 1 is the highest", () => {
    expect(chosen({ kind: "youden" }).threshold).toBeCloseTo(0.6, 9);
  });

  it("goes lower the more a miss costs", () => {
    expect(chosen({ kind: "cost", miss: 1, falseAlarm: 1 }).reached).toMatchObject({ sensitivity: 0.75 });
    expect(chosen({ kind: "cost", miss: 5, falseAlarm: 1 }).reached).toMatchObject({ sensitivity: 1 });
    expect(chosen({ kind: "cost", miss: 1, falseAlarm: 5 }).reached).toMatchObject({ specificity: 1 });
  });

  it("weighs false alarms by the odds of the probability to act on", () => {
    // At 1/6 the odds are 1 to 5: as a miss that costs five false alarms.
    const benefit = chosen({ kind: "netBenefit", threshold: 1 / 6 });
    expect(benefit.threshold).toBe(chosen({ kind: "cost", miss: 5, falseAlarm: 1 }).threshold);
  });

  it("refuses studies of one kind", () => {
    const one = () =>
      chooseOperatingPoint(
        studies.filter((study) => study.isPositive),
        { class: "A", criterion: { kind: "youden" } },
      );
    expect(one).toThrow(expect.objectContaining({ code: "OPERATING_POINT_UNKNOWN" }));
  });
});

describe("parseOperatingCriterion", () => {
  it.each([
    ["sensitivity=0.95", { kind: "sensitivity", atLeast: 0.95 }],
    ["youden", { kind: "youden" }],
    ["cost=5:1", { kind: "cost", miss: 5, falseAlarm: 1 }],
    ["net-benefit=0.2", { kind: "netBenefit", threshold: 0.2 }],
  ])("reads %s", (text, criterion) => expect(parseOperatingCriterion(text)).toEqual(criterion));

  it.each(["sensitivity", "sensitivity=", "sensitivity=95", "cost=5", "youden=1", "auc=1", ""])(
    "refuses %j",
    (text) => {
      expect(() => parseOperatingCriterion(text)).toThrow(expect.objectContaining({ code: "OPERATING_POINT_INVALID" }));
    },
  );
});
