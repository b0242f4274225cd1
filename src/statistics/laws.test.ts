import { describe, expect, test } from "vitest";
import { brier } from "./brier.ts";
import { isotonicFit, temperatureFit } from "./calibration.ts";
import { decisionCurve } from "./decisionCurve.ts";
import { delongAuc, delongTest, delongUnpairedTest } from "./delong.ts";
import { holm } from "./holm.ts";
import { clusteredMcnemar } from "./mcnemar.ts";
import { obuchowskiAuc, obuchowskiTest } from "./obuchowski.ts";
import { partialAuc } from "./partialAuc.ts";
import { permutationAuc, permutationOfAreas, permutationTest } from "./permutation.ts";
import { precisionRecall } from "./precisionRecall.ts";
import { predictiveValueEstimates, predictiveValues } from "./predictiveValues.ts";
import { halfWidthFor, sampleSizeNote, trialsFor } from "./sampleSize.ts";

const positive = [0, 0, 1, 1, 0, 1, 1, 0, 1, 0];
const a = [0.1, 0.4, 0.35, 0.8, 0.2, 0.7, 0.4, 0.3, 0.9, 0.5];
const b = [0.3, 0.2, 0.4, 0.6, 0.5, 0.9, 0.1, 0.2, 0.6, 0.6];

describe("Obuchowski's variance", () => {
  test("is DeLong's where each subject has one item", () => {
    const own = [...positive.keys()];
    expect(obuchowskiAuc(a, positive, own).variance).toBeCloseTo(delongAuc(a, positive).variance, 14);
    expect(obuchowskiTest(a, b, positive, own).p).toBeCloseTo(delongTest(a, b, positive).p, 12);
  });

  test("gains nothing from copies of a subject's items, where DeLong's is taken in", () => {
    const twice = <T>(values: readonly T[]) => [...values, ...values];
    const own = twice([...positive.keys()]);
    const { variance } = delongAuc(a, positive);
    expect(obuchowskiAuc(twice(a), twice(positive), own).variance).toBeCloseTo(variance, 14);
    expect(delongAuc(twice(a), twice(positive)).variance).toBeLessThan(0.6 * variance);
  });
});

describe("tests of areas", () => {
  test("turn their sign when the two are exchanged, and give p = 1 to equal scores", () => {
    const [one, other] = [delongTest(a, b, positive), delongTest(b, a, positive)];
    expect(one.z).toBeCloseTo(-other.z, 12);
    expect(one.p).toBeCloseTo(other.p, 12);
    expect(delongTest(a, a, positive)).toMatchObject({ difference: 0, p: 1 });
  });

  test("do not care for the scale of the scores", () => {
    const stretched = a.map((score) => Math.exp(7 * score));
    expect(delongTest(stretched, b, positive).p).toBeCloseTo(delongTest(a, b, positive).p, 12);
    const cluster = positive.map((_, i) => Math.floor(i / 2));
    const of = (scores: number[]) => permutationOfAreas(scores, b, { positive, cluster }, { seed: 1 });
    expect(of(stretched)).toEqual(of(a));
    expect(of(a).isExact).toBe(true);
    expect(of(a).observed).toBeCloseTo(delongTest(a, b, positive).difference, 12);
  });

  test("of independent sets add the variances", () => {
    const [one, other] = [delongAuc(a, positive), delongAuc(b, positive)];
    const { variance, difference } = delongUnpairedTest(one, other);
    expect(variance).toBeCloseTo(one.variance + other.variance, 14);
    expect(difference).toBeCloseTo(one.auc - other.auc, 14);
  });
});

describe("McNemar's test for clusters", () => {
  test("with one item each is McNemar's own (b − c)² / (b + c)", () => {
    const rightA = [1, 1, 1, 1, 1, 0, 0, 1, 0];
    const rightB = [0, 0, 0, 0, 1, 1, 0, 0, 0];
    const own = [...rightA.keys()];
    // b = 5, c = 1.
    expect(clusteredMcnemar(rightA, rightB, own).statistic).toBeCloseTo(16 / 6, 12);
    expect(clusteredMcnemar(rightA, rightB, own, { method: "durkalski" }).statistic).toBeCloseTo(16 / 6, 12);
    expect(clusteredMcnemar(rightA, rightB, own, { method: "obuchowski" }).statistic).toBeCloseTo(
      (8 / 9) * (16 / 6),
      12,
    );
    expect(clusteredMcnemar(rightA, rightA, own)).toMatchObject({ statistic: 0, p: 1 });
  });

  test("counts a subject's copies once", () => {
    const cluster = [0, 0, 1, 1, 2, 2, 3, 3];
    const [rightA, rightB] = [
      [1, 1, 1, 1, 1, 1, 0, 0],
      [0, 0, 0, 0, 1, 1, 1, 1],
    ];
    // Surpluses 2, 2, 0, −2: 2² / 12.
    expect(clusteredMcnemar(rightA, rightB, cluster).statistic).toBeCloseTo(4 / 12, 12);
  });
});

describe("permutations", () => {
  test("all tried give the exact p: three subjects for A and none against is 2 of 8", () => {
    const { p, permutations } = permutationTest(
      3,
      (swapped) => swapped.reduce((sum, one) => sum + (one === 1 ? -1 : 1), 0),
      { seed: 1 },
    );
    expect([p, permutations]).toEqual([0.25, 8]);
  });

  test("keep a subject's items together: copies of items do not make labels surer", () => {
    const three = <T>(values: readonly T[]) => values.flatMap((value) => [value, value, value]);
    const own = three([...positive.keys()]);
    const options = { seed: 5, permutations: 4999 };
    const alone = permutationAuc(a, positive, options).p;
    const kept = permutationAuc(three(a), three(positive), { ...options, cluster: own }).p;
    const apart = permutationAuc(three(a), three(positive), options).p;
    expect(Math.abs(kept - alone)).toBeLessThan(0.02);
    expect(apart).toBeLessThan(alone / 5);
  });

  test("say nothing of one kind alone", () => {
    expect(permutationAuc([1, 2], [1, 1], { seed: 1 })).toMatchObject({ p: 1, permutations: 0 });
  });
});

test("Holm's correction multiplies the smallest by all, never falls and never passes 1", () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

describe("calibration", () => {
  test("the Brier score is reliability − resolution + uncertainty", () => {
    const { score, reliability, resolution, uncertainty } = brier(a, positive);
    expect(score).toBeCloseTo(reliability - resolution + uncertainty, 14);
    // The prevalence stated for all: nothing but uncertainty.
    const prevalence = brier(
      positive.map(() => 0.5),
      positive,
    );
    expect(prevalence).toEqual({ score: 0.25, reliability: 0, resolution: 0, uncertainty: 0.25 });
  });

  test("a temperature undoes a sharpening of the probabilities", () => {
    const rows = a.map((p) => [1 - p, p]);
    const sharpened = rows.map((row) => {
      const powers = row.map((p) => p ** 2.5);
      return powers.map((power) => power / (powers[0]! + powers[1]!));
    });
    expect(temperatureFit(sharpened, positive)).toBeCloseTo(2.5 * temperatureFit(rows, positive), 6);
  });

  test("weights count items as often as they say", () => {
    const rows = a.map((p) => [1 - p, p]);
    const weights = positive.map((_, i) => 1 + (i % 3));
    const again = <T>(values: readonly T[]) =>
      values.flatMap((value, i) => Array.from({ length: weights[i]! }, () => value));
    expect(temperatureFit(rows, positive, weights)).toBeCloseTo(temperatureFit(again(rows), again(positive)), 8);
    expect(isotonicFit(a, positive, weights)).toEqual(isotonicFit(again(a), again(positive)));
  });

  test("an isotonic fit rises, and of scores that rank perfectly is a step from 0 to 1", () => {
    const { calibrated } = isotonicFit(a, positive);
    expect(calibrated).toEqual(calibrated.toSorted((x, y) => x - y));
    expect(isotonicFit([1, 2, 3, 4], [0, 0, 1, 1])).toEqual({ stated: [1, 2, 3, 4], calibrated: [0, 0, 1, 1] });
    expect(isotonicFit([1, 2, 3, 4], [1, 1, 0, 0])).toEqual({ stated: [1, 4], calibrated: [0.5, 0.5] });
  });
});

describe("curves", () => {
  test("the whole range gives the whole area, and halves of it add up to it", () => {
    const whole = delongAuc(a, positive).auc;
    for (const focus of ["specificity", "sensitivity"] as const) {
      expect(partialAuc(a, positive, { focus, from: 0, to: 1 }).area).toBeCloseTo(whole, 12);
      const halves = [0, 0.5].map((from) => partialAuc(a, positive, { focus, from, to: from + 0.5 }).area);
      expect(halves[0]! + halves[1]!).toBeCloseTo(whole, 12);
    }
  });

  test("perfect scores reach a corrected partial area of 1, and equal ones a half", () => {
    const part = { focus: "specificity", from: 0.8, to: 1 } as const;
    expect(partialAuc(positive, positive, part).corrected).toBeCloseTo(1, 12);
    expect(
      partialAuc(
        positive.map(() => 3),
        positive,
        part,
      ).corrected,
    ).toBeCloseTo(0.5, 12);
    expect(partialAuc([1, 2], [1, 1], part).area).toBeNaN();
  });

  test("average precision is 1 for perfect scores and the prevalence for equal ones", () => {
    expect(precisionRecall(positive, positive).averagePrecision).toBeCloseTo(1, 12);
    expect(precisionRecall([1, 1, 1, 1], [1, 0, 0, 0]).averagePrecision).toBeCloseTo(0.25, 12);
    // From above: right, wrong, right: (1 + 2/3) / 2.
    expect(precisionRecall([3, 2, 1], [1, 0, 1]).averagePrecision).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(precisionRecall([1], [0]).points).toEqual([]);
  });

  test("net benefit by hand: two of three positives and one of two negatives above 40 %", () => {
    const [point] = decisionCurve([0.9, 0.4, 0.3, 0.6, 0.1], [1, 1, 1, 0, 0], [0.4]);
    expect(point!.netBenefit).toBeCloseTo((2 - 1 * (0.4 / 0.6)) / 5, 12);
    expect(point!.all).toBeCloseTo((3 - 2 * (0.4 / 0.6)) / 5, 12);
  });
});

describe("predictive values", () => {
  test("are counted at the table's own prevalence, and fall with it", () => {
    // 37 of 39 and 46 of 52: of 43 called positive 37 are, of 48 called negative 46.
    const { positive: called, negative } = predictiveValues(37 / 39, 46 / 52, 39 / 91);
    expect(called).toBeCloseTo(37 / 43, 12);
    expect(negative).toBeCloseTo(46 / 48, 12);
    expect(predictiveValues(37 / 39, 46 / 52, 0.01).positive).toBeLessThan(0.08);
  });

  test("have Mercaldo's logit interval, worked by hand for 37 of 39 and 46 of 52 at 10 %", () => {
    const estimates = predictiveValueEstimates({ successes: 37, n: 39 }, { successes: 46, n: 52 }, 0.1);
    // logit = ln(0.1 · 0.948718 / (0.9 · 0.115385)) = −0.090384, variance 2/37/39 + 46/6/52 = 0.148822.
    expect(estimates.positive.value).toBeCloseTo(0.477419, 6);
    expect(estimates.positive.low).toBeCloseTo(0.30017, 5);
    expect(estimates.positive.high).toBeCloseTo(0.660544, 5);
    expect(estimates.positive.method).toBe("logit");
  });

  test("keep an interval where nobody is missed, and give a reason where nobody is called", () => {
    const all = predictiveValueEstimates({ successes: 9, n: 9 }, { successes: 40, n: 50 }, 0.2);
    expect(all.negative).toMatchObject({ value: 1, high: 1 });
    expect(all.negative.low).toBeGreaterThan(0.5);
    const none = predictiveValueEstimates({ successes: 0, n: 9 }, { successes: 50, n: 50 }, 0.2);
    expect(none.positive).toMatchObject({ value: null, reason: "nobody gets this call" });
  });
});

describe("sample sizes", () => {
  test("the trials found are the fewest that reach the width", () => {
    for (const [share, half] of [
      [0.5, 0.1],
      [0.95, 0.02],
      [1, 0.05],
    ] as const) {
      const n = trialsFor(share, half);
      expect(halfWidthFor(share, n)).toBeLessThanOrEqual(half);
      expect(halfWidthFor(share, n - 1)).toBeGreaterThan(half);
    }
  });

  test("ask for more items where a subject's go together and the interval is wider for it", () => {
    const independent = { value: 0.9, n: 400, subjects: 400, low: 0.867, high: 0.926, method: "wilson" as const };
    const clustered = { ...independent, subjects: 40, low: 0.8, high: 0.96, method: "bca-bootstrap" as const };
    const asked = (estimate: typeof independent | typeof clustered) =>
      Number(/about (\d+)/.exec(sampleSizeNote(estimate, "images")!)?.[1]);
    // A width of 8 points is worth about 56 independent images; 4 points take about 220 of those, each worth 7 of these.
    expect(asked(clustered)).toBeGreaterThan(1500);
    expect(sampleSizeNote({ ...independent, low: null, high: null }, "images")).toBeNull();
  });
});
