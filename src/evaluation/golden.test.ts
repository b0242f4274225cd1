import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { areaOf, rankItems } from "../statistics/auc.ts";
import { fitLogistic, predictLogistic } from "../statistics/multinomialLogistic.ts";
import { percentileInterval, resampleSubjects } from "../statistics/resampling.ts";
import { rocCurve } from "../statistics/roc.ts";
import { calibrationTable } from "./calibrationTable.ts";
import { classTable } from "./confusion.ts";
import { toItems } from "./items.ts";
import { precisionRecallTable } from "./precisionRecallTable.ts";
import { predictiveTable } from "./predictiveTable.ts";
import { rocTable } from "./rocTable.ts";

// Made by evaluate.golden.py with scikit-learn.
const golden = JSON.parse(readFileSync(new URL("evaluate.golden.json", import.meta.url), "utf8"));
const classes = ["a", "b", "c"];
const items = toItems(
  classes,
  golden.truth.map((truth: number, i: number) => ({
    subjectId: `s${golden.subjects[i]}`,
    truth: classes[truth],
    probabilities: golden.scores[i],
    predicted: golden.scores[i].indexOf(Math.max(...golden.scores[i])),
  })),
);
const resampling = resampleSubjects(items.subjects, { resamples: 50, seed: 1 });

test("agrees with scikit-learn on the class table", () => {
  const table = classTable(items, resampling, "images");
  expect(table.confusion).toEqual(golden.confusion);
  for (const [k, row] of table.rows.entries()) {
    expect(row.sensitivity.value).toBeCloseTo(golden.recall[k], 12);
    expect(row.specificity.value).toBeCloseTo(golden.specificity[k], 12);
    expect(row.accuracy.value).toBeCloseTo(golden.accuracy[k], 12);
  }
  expect(table.overallAccuracy.value).toBeCloseTo(golden.overallAccuracy, 12);
});

test("agrees with scikit-learn on the shares of the confusion matrix", () => {
  const { rates } = classTable(items, resampling, "images");
  for (const [truth, row] of rates.entries()) {
    for (const [k, rate] of row.entries()) expect(rate.value).toBeCloseTo(golden.rates[truth][k], 12);
  }
});

test("agrees with scikit-learn on average precision and every point of the curve", () => {
  for (const [k, row] of precisionRecallTable(items, resampling, "images").rows.entries()) {
    expect(row.averagePrecision.value).toBeCloseTo(golden.averagePrecision[k], 12);
    // Theirs rises with the threshold and ends in a point of their own at recall 0.
    const [precision, recall] = golden.precisionRecall[k].map((list: number[]) => list.slice(0, -1).reverse());
    expect(row.points.map((point) => point.recall)).toEqual(recall.map((one: number) => expect.closeTo(one, 12)));
    expect(row.points.map((point) => point.precision)).toEqual(precision.map((one: number) => expect.closeTo(one, 12)));
  }
});

test("agrees with scikit-learn on Brier scores and the reliability diagram", () => {
  const scores = classes.map((_, k) => Float64Array.from(golden.stated, (row: number[]) => row[k]!));
  const { rows } = calibrationTable({ ...items, scores }, resampling, "images");
  for (const k of classes.keys()) {
    const [share, stated] = golden.reliability[k];
    expect(rows[k]!.brier.value).toBeCloseTo(golden.brier[k], 12);
    expect(rows[k]!.bins.map((bin) => bin.share.value)).toEqual(share.map((one: number) => expect.closeTo(one, 12)));
    expect(rows[k]!.bins.map((bin) => bin.meanProbability)).toEqual(
      stated.map((one: number) => expect.closeTo(one, 12)),
    );
  }
});

test("agrees with scikit-learn on the predictive values at the set's own prevalence", () => {
  for (const [k, { at }] of predictiveTable(items, resampling).rows.entries()) {
    expect(at[0]).toMatchObject({ isObserved: true });
    expect(at[0]!.positive.value).toBeCloseTo(golden.precision[k], 12);
    expect(at[0]!.negative.value).toBeCloseTo(golden.negativePrecision[k], 12);
  }
});

test("agrees with scikit-learn on the areas under the curve, ties included", () => {
  const table = rocTable(items, resampling, "images");
  for (const [k, row] of table.rows.entries()) expect(row.auc.value).toBeCloseTo(golden.auc[k], 12);
  expect(table.macroAuc.value).toBeCloseTo(golden.macroAuc, 12);
  expect(table.microAuc.value).toBeCloseTo(golden.microAuc, 12);
});

test("agrees with scikit-learn on the area when subjects are weighted as in a resample", () => {
  const subjectOf = Int32Array.from(golden.subjects as number[]);
  for (let k = 0; k < 3; k++) {
    const kind = Uint8Array.from(golden.truth, (truth) => (truth === k ? 1 : 0));
    const area = areaOf(rankItems(items.scores[k], kind, subjectOf, 20), Uint16Array.from(golden.weights as number[]));
    expect(area).toBeCloseTo(golden.weightedAuc[k], 12);
  }
});

test("draws a curve through every point of scikit-learn's, with fewer points", () => {
  for (let k = 0; k < 3; k++) {
    const kind = Uint8Array.from(golden.truth, (truth) => (truth === k ? 1 : 0));
    const points = rocCurve(items.scores[k], kind);
    expect(points.length).toBeLessThan(golden.curves[k].length);
    for (const [x, y] of golden.curves[k]) expect(distanceToCurve(points, x, y)).toBeLessThan(1e-12);
  }
});

test("fits the logistic regression that scikit-learn fits", () => {
  const { features, labels, probe, probabilities } = golden.logistic;
  const model = fitLogistic(features, labels, 3);
  for (const [i, row] of probe.entries()) {
    for (const [k, p] of predictLogistic(model, row).entries()) expect(p).toBeCloseTo(probabilities[i][k], 5);
  }
});

test("takes the same percentiles as NumPy", () => {
  const interval = percentileInterval(Float64Array.from(golden.quantiles.values as number[]));
  expect(interval?.low).toBeCloseTo(golden.quantiles.low, 12);
  expect(interval?.high).toBeCloseTo(golden.quantiles.high, 12);
});

function distanceToCurve(points: readonly { falsePositiveRate: number; sensitivity: number }[], x: number, y: number) {
  const distances = points.slice(1).map((end, i) => {
    const start = points[i]!;
    const [dx, dy] = [end.falsePositiveRate - start.falsePositiveRate, end.sensitivity - start.sensitivity];
    const along = ((x - start.falsePositiveRate) * dx + (y - start.sensitivity) * dy) / (dx * dx + dy * dy);
    const at = Math.min(1, Math.max(0, along));
    return Math.hypot(start.falsePositiveRate + at * dx - x, start.sensitivity + at * dy - y);
  });
  return Math.min(...distances);
}
