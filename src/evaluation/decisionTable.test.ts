import { describe, expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { brierStatistic } from "../statistics/brier.ts";
import { decisionCurve } from "../statistics/decisionCurve.ts";
import { precisionRecall } from "../statistics/precisionRecall.ts";
import { calibrationError } from "../statistics/reliability.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { observedValue } from "../statistics/statistic.ts";
import { calibrationTable } from "./calibrationTable.ts";
import { decisionTable } from "./decisionTable.ts";
import { toItems } from "./items.ts";
import { precisionRecallTable } from "./precisionRecallTable.ts";

/** Subjects with three items each, whose probabilities lean to the truth and are shared within a subject. */
function madeItems(subjects: number) {
  const random = createRandom(5);
  const rows = Array.from({ length: subjects }, (_, subject) => {
    const truth = random.integer(2);
    const lean = 0.9 * (truth === 0 ? 1 : -1) + random.normal();
    return Array.from({ length: 3 }, () => {
      const p = 1 / (1 + Math.exp(-lean - 0.3 * random.normal()));
      return {
        subjectId: `s${subject}`,
        truth: ["ill", "well"][truth]!,
        predicted: Number(p < 0.5),
        probabilities: [p, 1 - p],
      };
    });
  });
  return toItems(["ill", "well"], rows.flat());
}

const items = madeItems(120);
const positive = Uint8Array.from(items.truth, (truth) => Number(truth === 0));
const resampling = resampleSubjects(items.subjects, { resamples: 2000, seed: 1 });

describe("the tables' values are those of the statistics on single items", () => {
  test("net benefit at each per cent", () => {
    const { points } = decisionTable(items, resampling).rows[0]!;
    const expected = decisionCurve(
      items.scores[0]!,
      positive,
      points.map((point) => point.threshold),
    );
    for (const [t, point] of points.entries()) {
      expect(point.netBenefit).toBeCloseTo(expected[t]!.netBenefit, 12);
      expect(point.all).toBeCloseTo(expected[t]!.all, 12);
    }
  });

  test("calibration error, Brier score and average precision", () => {
    const calibration = calibrationTable(items, resampling, "images");
    expect(calibration.rows[0]!.calibrationError.value).toBeCloseTo(calibrationError(items.scores[0]!, positive), 12);
    const brier = observedValue(
      brierStatistic({ probabilities: items.scores[0]!, positive, cluster: items.subjectOf, subjects: items.subjects }),
    );
    expect(calibration.rows[0]!.brier.value).toBeCloseTo(brier, 12);
    expect(calibration.brierOfAll.value).toBeCloseTo(2 * brier, 12);
    const { averagePrecision } = precisionRecall(items.scores[0]!, positive);
    const table = precisionRecallTable(items, resampling, "images");
    expect(table.rows[0]!.averagePrecision.value).toBeCloseTo(averagePrecision, 12);
  });
});

test("splits the Brier score into reliability, resolution and uncertainty but for what varies within bins", () => {
  const row = calibrationTable(items, resampling, "images").rows[0]!;
  const { reliability, resolution, uncertainty } = row.decomposition!;
  // Ten bins of a tenth: within one, (p − mean)² is at most a quarter of a hundredth, and it multiplies 2 (p − y).
  expect(Math.abs(row.brier.value! - (reliability - resolution + uncertainty))).toBeLessThan(0.01);
});

test("gives many subjects' decisions the interval by standard errors that resampling would give", () => {
  const many = madeItems(510);
  const few = { ...many, subjects: 500 };
  const kept = many.subjectOf.findIndex((subject) => subject >= 500);
  const cut = {
    ...few,
    subjectOf: many.subjectOf.slice(0, kept),
    truth: many.truth.slice(0, kept),
    predicted: many.predicted.slice(0, kept),
    scores: many.scores.map((column) => column.slice(0, kept)),
  };
  const widthOf = (of: typeof many) => {
    const { points } = decisionTable(of, resampleSubjects(of.subjects, { resamples: 2000, seed: 1 })).rows[0]!;
    return [20, 50, 80].map((percent) => points[percent - 1]!.high! - points[percent - 1]!.low!);
  };
  const [bySpread, byResampling] = [widthOf(many), widthOf(cut)];
  for (const [i, width] of bySpread.entries()) {
    // The standard error falls by √(500/510); resampling's own noise is about 3 %.
    expect(width / byResampling[i]!).toBeGreaterThan(0.93);
    expect(width / byResampling[i]!).toBeLessThan(1.06);
  }
});
