import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { evaluate } from "../../src/evaluation/evaluate.ts";
import { evaluationSchema } from "../../src/evaluation/evaluation.ts";
import type { StudyDecision } from "../../src/prediction/studyFinding.ts";
import { paperStudyRule } from "../../src/prediction/studyRule.ts";
import { madeClasses, randomSet, setOf, studyOfCalls } from "../made/madePredictions.ts";

/** The paper's rule with another threshold, decided by alone. */
function decisionAt(threshold?: number): StudyDecision {
  const paper = paperStudyRule(madeClasses);
  const studyRule = threshold === undefined ? paper : { ...paper, threshold };
  return { studyRule, calibration: null, operatingPoint: null };
}

const decision = decisionAt();
const options = { seed: 1, resamples: 200 };

/** 91 subjects with one study each, called as the paper's were: 37 of 39 and 46 of 52 right about COVID-19, 81 of 91 in all. */
const papersStudies = setOf(
  [...studies("COVID-19", [37, 1, 1]), ...studies("other pneumonia", [5, 31, 1]), ...studies("normal", [1, 1, 13])].map(
    ({ truth, finding }, i) =>
      studyOfCalls(
        `s${i}`,
        truth,
        madeClasses.map((name) => (name === finding ? 1 : 0)),
      ),
  ),
);

describe("with the paper's own counts", () => {
  const { studies } = evaluate(papersStudies, decision, options);
  const covid = studies?.table.rows[0];

  test("prints the paper's 94.87, 88.46, 91.21 and 89.01 % as the fractions they are", () => {
    expect(covid?.sensitivity).toMatchObject({ numerator: 37, denominator: 39, n: 39, subjects: 39 });
    expect(covid?.specificity).toMatchObject({ numerator: 46, denominator: 52 });
    expect(covid?.accuracy).toMatchObject({ numerator: 83, denominator: 91 });
    expect(studies?.table.overallAccuracy).toMatchObject({ numerator: 81, denominator: 91 });
    expect(covid?.sensitivity.value).toBeCloseTo(0.9487, 4);
    expect(covid?.specificity.value).toBeCloseTo(0.8846, 4);
    expect(covid?.accuracy.value).toBeCloseTo(0.9121, 4);
    expect(studies?.table.overallAccuracy.value).toBeCloseTo(0.8901, 4);
  });

  test("gives them Wilson's intervals, since every subject has one study", () => {
    const percents = [covid?.sensitivity, covid?.specificity, covid?.accuracy].map((estimate) => [
      estimate?.method,
      (100 * (estimate?.low ?? 0)).toFixed(1),
      (100 * (estimate?.high ?? 0)).toFixed(1),
    ]);
    expect(percents).toEqual([
      ["wilson", "83.1", "98.6"],
      ["wilson", "77.0", "94.6"],
      ["wilson", "83.6", "95.5"],
    ]);
  });

  test("counts the confusion by truth and finding", () => {
    expect(studies?.table.confusion).toEqual([
      [37, 1, 1],
      [5, 31, 1],
      [1, 1, 13],
    ]);
  });
});

test("sweeps the threshold as counted by hand", () => {
  const set = setOf([
    studyOfCalls("a", "COVID-19", [3, 0, 7]),
    studyOfCalls("b", "COVID-19", [1, 0, 9]),
    studyOfCalls("c", "normal", [2, 0, 8]),
    studyOfCalls("d", "other pneumonia", [0, 5, 5]),
  ]);
  const sweep = evaluate(set, decision, options).studies?.sweep ?? [];
  const at = (percent: number) => {
    const row = sweep[percent];
    return [row?.sensitivity, row?.specificity, row?.overallAccuracy].map((one) => one?.numerator);
  };
  expect(sweep).toHaveLength(101);
  expect(at(0)).toEqual([2, 1, 3]);
  // Strictly larger: the study with 10 % is lost at a threshold of 10 %.
  expect(at(9)).toEqual([2, 1, 3]);
  expect(at(10)).toEqual([1, 1, 2]);
  expect(at(20)).toEqual([1, 2, 3]);
  expect(at(30)).toEqual([0, 2, 2]);
  expect(at(50)).toEqual([0, 2, 1]);
  expect(at(100)).toEqual([0, 2, 1]);
});

describe("where subjects have several studies", () => {
  const set = randomSet(createRandom(3), { subjects: 60, slices: 10, strength: 1.2 });

  test("resamples subjects for what they share and uses Wilson's interval for what they do not", () => {
    const table = evaluate(set, decisionAt(0.4), options).studies?.table;
    expect(table?.rows[0]?.sensitivity.method).toBe("bca-bootstrap");
    expect(table?.rows[2]?.sensitivity.method).toBe("wilson");
  });

  test("makes intervals of images wider than if images were independent", () => {
    const { overallAccuracy } = evaluate(set, decision, options).images.table;
    const shuffled = set.studies.flatMap((study) =>
      study.slices.map((slice) => ({ ...study, subjectId: `${study.caseId}-${slice.sliceIndex}`, slices: [slice] })),
    );
    const independent = evaluate(setOf(shuffled), decision, options).images.table.overallAccuracy;
    expect(overallAccuracy.value).toBeCloseTo(independent.value!, 12);
    expect(overallAccuracy.high! - overallAccuracy.low!).toBeGreaterThan(independent.high! - independent.low!);
  });

  test("sweeps to the same resampled interval as the table at the rule's threshold", () => {
    const { table, sweep } = evaluate(set, decisionAt(0.3), options).studies!;
    expect(sweep[30]?.sensitivity).toEqual(table.rows[0]?.sensitivity);
    expect(sweep[30]?.overallAccuracy).toEqual(table.overallAccuracy);
  });

  test("gives the same numbers for the same seed and fits its schema", () => {
    const first = JSON.parse(JSON.stringify(evaluate(set, decision, options)));
    expect(first).toEqual(JSON.parse(JSON.stringify(evaluate(set, decision, options))));
    expect(evaluationSchema.parse(first)).toEqual(first);
  });
});

describe("where nothing can be said", () => {
  test("gives reasons instead of numbers for an empty set", () => {
    const { images, studies, baseline, baselineReason } = evaluate(setOf([]), decision, options);
    expect(images.table.overallAccuracy).toMatchObject({ value: null, n: 0, low: null, reason: "no images" });
    expect(studies?.table.rows[0]?.sensitivity.reason).toBe("no studies of COVID-19");
    expect(studies?.roc.macroAuc.value).toBeNull();
    expect([baseline, typeof baselineReason]).toEqual([null, "string"]);
  });

  test("names the class that is absent", () => {
    const { rows, macroAuc } = evaluate(setOf([studyOfCalls("a", "normal", [0, 0, 4])]), decision, options).images.roc;
    expect(rows[0]?.auc.reason).toBe("no images of COVID-19");
    expect(rows[2]?.auc.reason).toBe("no images of another class than normal");
    expect(macroAuc.value).toBeNull();
  });

  test("never writes NaN, whatever is missing", () => {
    const sets = [
      setOf([]),
      setOf([studyOfCalls("a", "normal", [0, 0, 4])]),
      setOf([studyOfCalls("a", null, [1, 0, 0])]),
    ];
    for (const set of sets) {
      const numbers: unknown[] = [];
      JSON.stringify(evaluate(set, decision, options), (_, value) => {
        numbers.push(value);
        return value;
      });
      expect(numbers.some((value) => typeof value === "number" && !Number.isFinite(value))).toBe(false);
    }
  });

  test("keeps an interval for a perfect result that resampling cannot give", () => {
    const perfect = ["a", "b", "c", "d"].flatMap((subject, i) =>
      [1, 2].map(() => studyOfCalls(subject, i < 2 ? "COVID-19" : "normal", i < 2 ? [5, 0, 0] : [0, 0, 5])),
    );
    const { table, roc } = evaluate(setOf(perfect), decision, options).studies!;
    expect(table.overallAccuracy).toMatchObject({ value: 1, high: 1, method: "wilson-subjects", subjects: 4 });
    expect(table.overallAccuracy.low).toBeCloseTo(4 / (4 + 1.959963984540054 ** 2), 12);
    expect(roc.rows[0]?.auc).toMatchObject({ value: 1, high: 1, method: "newcombe-subjects" });
    expect(roc.rows[0]?.auc.low).toBeLessThan(0.8);
  });

  test("leaves the studies out where labels belong to images", () => {
    const set = setOf([{ ...studyOfCalls("a", "normal", [1, 0, 1]), truth: null }], { level: "slice" });
    const evaluation = evaluate(set, decision, options);
    expect(evaluation.studies).toBeNull();
    expect(evaluation.images.table.overallAccuracy).toMatchObject({ numerator: 1, denominator: 2 });
  });
});

describe("against the density baseline", () => {
  const training = randomSet(createRandom(5), { subjects: 90, slices: 4, strength: 1 });
  const set = randomSet(createRandom(6), { subjects: 60, slices: 10, strength: 3 });
  const baselineTraining = {
    set: "train",
    studies: training.studies.map((study) => ({ ...study, truth: study.truth! })),
  };
  const { baseline, studies } = evaluate(set, decisionAt(0.3), { ...options, baselineTraining });

  test("learns from density what density tells", () => {
    expect(baseline?.attributes).toEqual(["meanLungHu"]);
    expect(baseline?.fittedOn).toEqual({ set: "train", studies: training.studies.length });
    expect(baseline?.table.overallAccuracy.value).toBeGreaterThan(0.45);
    expect(baseline?.table.overallAccuracy.value).toBeLessThan(0.85);
  });

  test("gives the difference over the same studies with its interval", () => {
    const expected = studies!.table.overallAccuracy.value! - baseline!.table.overallAccuracy.value!;
    expect(baseline?.difference.value).toBeCloseTo(expected, 12);
    expect(baseline?.difference.low).toBeLessThan(expected);
    expect(baseline?.difference.high).toBeGreaterThan(expected);
  });
});

function studies(truth: string, findings: readonly number[]) {
  return findings.flatMap((count, k) => Array.from({ length: count }, () => ({ truth, finding: madeClasses[k] })));
}
