import { describe, expect, test } from "vitest";
import { type StudyDecision, studyFinding } from "../prediction/studyFinding.ts";
import type { StudyRule } from "../prediction/studyRule.ts";
import { explainRule } from "./explainRule.ts";
import { chooseKeySlices } from "./keySlices.ts";
import { outsideTrainingRange } from "./trainingRange.ts";

const sliceAt = (sliceIndex: number, probability: number) => ({
  sliceIndex,
  name: `s${sliceIndex}`,
  positionMm: sliceIndex,
  probabilities: [probability, 1 - probability],
});

describe("chooseKeySlices", () => {
  test("takes the most probable slices, from the head to the feet, and not six neighbours; of equals the lower", () => {
    const slices = Array.from({ length: 60 }, (_, i) => sliceAt(i, 1 / (1 + Math.abs(i - 20))));
    const chosen = chooseKeySlices(slices, 0).map((slice) => slice.sliceIndex);
    expect(chosen).toEqual([30, 25, 20, 15, 10, 5]);
  });

  test("asks the study head's attention where there is one", () => {
    const slices = [0.5, 0.9, 0.6, 0.8].map((probability, i) => sliceAt(2 * i, probability));
    const attended = slices.map((slice, i) => ({ ...slice, attention: [0.6, 0.1, 0.2, 0.1][i]! }));
    expect(chooseKeySlices(attended, 0, 2).map((slice) => slice.sliceIndex)).toEqual([4, 0]);
    expect(chooseKeySlices(slices, 0, 2).map((slice) => slice.sliceIndex)).toEqual([6, 2]);
  });

  test("gives what there is of a short study", () => {
    const chosen = chooseKeySlices([sliceAt(4, 0.1), sliceAt(7, 0.9)], 1);
    expect(chosen.map((slice) => slice.sliceIndex)).toEqual([7, 4]);
    expect(chooseKeySlices([], 0)).toEqual([]);
  });
});

describe("explainRule", () => {
  const rule: StudyRule = { kind: "fraction", classes: ["A", "B", "C"], threshold: 0.25, chosenOn: "paper" };
  const explained = (calls: number[]) => {
    const rows = calls.map((k) => [0, 1, 2].map((other) => (other === k ? 1 : 0)));
    const decision = { studyRule: rule, calibration: null, operatingPoint: null };
    const slices = rows.map((probabilities) => ({ probabilities }));
    return explainRule(decision, studyFinding(decision, rows), slices).replaceAll("\u00a0", " ");
  };

  test("says the count that decided", () => {
    expect(explained([0, 0, 2, 2])).toBe("2 of 4 images (50.0 %) were called A, more than the threshold of 25.0 %.");
  });

  test("says that order decided where a later class has more images", () => {
    expect(explained([0, 0, 1, 1, 1, 2])).toContain("A is decided before B, though more images were called that.");
  });

  test("says that nothing was more than the threshold", () => {
    expect(explained([0, 2, 2, 2])).toBe(
      "No more than 25.0 % of the 4 images were called A or B (A 25.0 %, B 0.0 %), so the finding is C.",
    );
  });
});

describe("explainRule of the other rules", () => {
  const head = { classes: ["A", "B", "C"], chosenOn: "validation" } as const;
  const rows = [
    [0.7, 0.2, 0.1],
    [0.8, 0.1, 0.1],
    [0.1, 0.5, 0.4],
    [0.2, 0.1, 0.7],
  ];
  const explained = (studyRule: StudyRule, changes: Partial<StudyDecision> = {}) => {
    const decision = { studyRule, calibration: null, operatingPoint: null, ...changes };
    const slices = rows.map((probabilities) => ({ probabilities }));
    return explainRule(decision, studyFinding(decision, rows), slices).replaceAll("\u00a0", " ");
  };
  const identity = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];

  test.each<[StudyRule, string]>([
    [{ kind: "largerFraction", ...head }, "2 of 4 images (50.0 %) were called A, more than any other class."],
    [{ kind: "mean", ...head }, "Over the 4 images A has the highest mean probability, 45.0 % (B 22.5 %, C 32.5 %)."],
    [
      { kind: "topK", ...head, share: 0.5 },
      "Over the 2 of 4 images that are least like C, A has the highest mean probability, 75.0 % (B 15.0 %, C 10.0 %).",
    ],
    [
      // Absent: A 0.3 · 0.2 · 0.9 · 0.8 = 0.0432, B 0.8 · 0.9 · 0.5 · 0.9 = 0.324; odds 22.15, 2.086 and 1.
      { kind: "noisyOr", ...head, weight: 1 },
      "The images' evidence together makes A most probable, 87.8 % (B 8.3 %, C 4.0 %); the image that speaks for it most says 80.0 %.",
    ],
    [
      {
        kind: "logistic",
        ...head,
        bins: 2,
        weights: [[], [], []].map(() => [0, 0, 0, 0, 0, 0]),
        intercepts: [Math.log(2), 0, 0],
      },
      "How the probabilities of the 4 images are spread makes A most probable, 50.0 % (B 25.0 %, C 25.0 %); 50.0 % of them were called so.",
    ],
    [
      {
        kind: "attention",
        ...head,
        look: [[0, 0, 0]],
        lookBias: [0],
        attend: [0],
        decide: identity,
        decideBias: [0, 0, 0],
      },
      // The geometric means 0.3253, 0.1778 and 0.2300, scaled to sum to 1.
      "Weighing 4 images by attention makes A most probable, 44.4 % (B 24.3 %, C 31.4 %); 2 of them have half of the attention, and the one with most was called A.",
    ],
  ])("says what decided: $kind", (rule, sentence) => expect(explained(rule)).toBe(sentence));

  test("says that the operating point decided, and what was left then", () => {
    const operatingPoint = {
      class: "A",
      threshold: 0.5,
      criterion: { kind: "youden" },
      chosenOn: "validation",
      reached: { studies: 9, subjects: 9, sensitivity: 1, specificity: 1 },
    } as const;
    const mean = { kind: "mean", ...head } as const;
    expect(explained(mean, { operatingPoint })).toBe(
      "The study's probability of A is 45.0 %, less than the operating point's 50.0 %; of the others, C fits best.",
    );
    expect(explained(mean, { operatingPoint: { ...operatingPoint, threshold: 0.4 } })).toBe(
      "The study's probability of A is 45.0 %, at least the operating point's 40.0 %.",
    );
  });
});

describe("outsideTrainingRange", () => {
  const ranges = { spacingZMm: { min: 1, max: 5 }, kernel: ["B60f", "B70f"], meanLungHu: { min: -860, max: -700 } };

  test("is silent about a study like those of the training, rounding and unknown attributes included", () => {
    expect(outsideTrainingRange({ spacingZMm: 5.0001, kernel: "B60f", other: 3 }, ranges)).toEqual([]);
  });

  test("says in words what is unlike", () => {
    const warnings = outsideTrainingRange({ spacingZMm: 8, kernel: "D40s", meanLungHu: -600 }, ranges);
    expect(warnings.map((warning) => warning.message.replaceAll("\u00a0", " "))).toEqual([
      "The study's distance of slices is 8 mm; the classifier was trained on 1 to 5 mm. What it says here is untested.",
      "The study's reconstruction kernel is D40s; the classifier was trained on B60f, B70f. What it says here is untested.",
      "The study's mean density of the lungs is −600 HU; the classifier was trained on −860 to −700 HU. What it says here is untested.",
    ]);
  });

  test("says how many slices a study head looked at", () => {
    const studyRule: StudyRule = { kind: "head", head: "attention", classes: ["A", "B"], chosenOn: "validation" };
    const decision = { studyRule, calibration: null, operatingPoint: null };
    const slices = [0.9, 0.2, 0.4, 0.5].map((p, i) => ({ ...sliceAt(i, p), attention: [0.4, 0.3, 0.2, 0.1][i]! }));
    const rows = slices.map(({ probabilities }) => probabilities);
    const found = studyFinding(
      decision,
      rows,
      slices.map(({ attention }) => attention),
    );
    // ln odds of A: 0.4 ln 9 + 0.3 ln (1/4) + 0.2 ln (2/3) + 0 = 0.3819
    expect(found.probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-0.3819)), 4);
    expect(explainRule(decision, found, slices).replaceAll("\u00a0", " ")).toBe(
      "Weighing 4 images by attention makes A most probable, 59.4 % (B 40.6 %); 2 of them have half of the attention, and the one with most was called A.",
    );
  });
});
