import { describe, expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { areaOf, aucStatistic, rankItems } from "./auc.ts";
import { bcaInterval } from "./bca.ts";
import { brier, brierStatistic } from "./brier.ts";
import { bootstrapEstimate, shareOfSubjects } from "./estimate.ts";
import { averagePrecisionStatistic, precisionRecall } from "./precisionRecall.ts";
import { calibrationError, calibrationErrorStatistic } from "./reliability.ts";
import { resampleSubjects } from "./resampling.ts";
import {
  differenceOf,
  drawsOf,
  jackknifeValues,
  meanOf,
  meanOfDraws,
  observedValue,
  ratioStatistic,
  type Statistic,
} from "./statistic.ts";

const random = createRandom(31);
const subjects = 12;
const cluster = Int32Array.from({ length: 60 }, () => random.integer(subjects));
const positive = Uint8Array.from(cluster, () => random.integer(2));
// Rounded, so that ties occur within and between subjects.
const scores = Float64Array.from(positive, (kind) => Math.round(10 * (random.uniform() + 0.3 * kind)) / 13);
const resampling = resampleSubjects(subjects, { resamples: 101, seed: 3 });

const statistics: [string, Statistic][] = [
  ["an area", aucStatistic(rankItems(scores, positive, cluster, subjects))],
  [
    "a share",
    ratioStatistic(
      Array.from({ length: subjects }, (_, s) => s % 4),
      Array.from({ length: subjects }, () => 4),
    ),
  ],
  ["a Brier score", brierStatistic({ probabilities: scores, positive, cluster, subjects })],
  ["an average precision", averagePrecisionStatistic({ scores, positive, cluster, subjects })],
  ["a calibration error", calibrationErrorStatistic({ probabilities: scores, positive, cluster, subjects })],
];
statistics.push(["a difference", differenceOf(statistics[0]![1], statistics[1]![1])]);
statistics.push(["a mean", meanOf(statistics.slice(0, 3).map(([, statistic]) => statistic))]);

describe.each(statistics)("%s", (_, statistic) => {
  const slow: Statistic = { subjects, value: statistic.value };

  test("is the same without each subject by the short way and by asking for each", () => {
    expect([...jackknifeValues(statistic)]).toEqual([...jackknifeValues(slow)].map((one) => expect.closeTo(one, 12)));
  });

  test("is the same in each resample by the short way and by asking for each", () => {
    const { resampled } = drawsOf(statistic, resampling);
    expect([...resampled]).toEqual([...drawsOf(slow, resampling).resampled].map((one) => expect.closeTo(one, 12)));
  });
});

test("an area in a resample is that of the items drawn, each as often as its subject", () => {
  const weights = Uint16Array.from({ length: subjects }, (_, s) => [2, 0, 1][s % 3]!);
  const drawn = [...cluster.keys()].flatMap((i) => Array.from({ length: weights[cluster[i]!]! }, () => i));
  let [won, pairs] = [0, 0];
  for (const p of drawn.filter((i) => positive[i] === 1)) {
    for (const q of drawn.filter((i) => positive[i] === 0)) {
      won += scores[p]! > scores[q]! ? 1 : scores[p] === scores[q] ? 0.5 : 0;
      pairs++;
    }
  }
  expect(areaOf(rankItems(scores, positive, cluster, subjects), weights)).toBeCloseTo(won / pairs, 12);
});

test("average precision in a resample is that of the items drawn", () => {
  const weights = Uint16Array.from({ length: subjects }, (_, s) => [0, 3, 1][s % 3]!);
  const drawn = [...cluster.keys()].flatMap((i) => Array.from({ length: weights[cluster[i]!]! }, () => i));
  const again = precisionRecall(
    drawn.map((i) => scores[i]!),
    drawn.map((i) => positive[i]!),
  );
  const statistic = averagePrecisionStatistic({ scores, positive, cluster, subjects });
  expect(statistic.value(weights)).toBeCloseTo(again.averagePrecision, 12);
  expect(statistic.value(new Uint16Array(subjects))).toBeNaN();
});

test("average precision without each of many subjects is nearly what its derivative says", () => {
  const many = 600;
  const own = Int32Array.from({ length: 2 * many }, (_, i) => i >> 1);
  const kinds = Uint8Array.from(own, () => random.integer(2));
  const ranked = Float64Array.from(kinds, (kind) => Math.round(20 * (random.uniform() + 0.3 * kind)));
  const statistic = averagePrecisionStatistic({ scores: ranked, positive: kinds, cluster: own, subjects: many });
  const quick = jackknifeValues(statistic);
  const exact = jackknifeValues({ subjects: many, value: statistic.value });
  const value = observedValue(statistic);
  // What is left is of second order: a six-hundredth of what leaving a subject out changes.
  const largest = Math.max(...exact.map((one) => Math.abs(one - value)));
  for (const [s, one] of exact.entries()) expect(Math.abs(quick[s]! - one)).toBeLessThan(largest / 60);
});

test("statistics of subjects drawn once each are those of the items", () => {
  const items = { probabilities: scores, positive, cluster, subjects };
  expect(observedValue(brierStatistic(items))).toBeCloseTo(brier(scores, positive).score, 12);
  expect(observedValue(calibrationErrorStatistic(items))).toBeCloseTo(calibrationError(scores, positive), 12);
});

test("the mean of draws is the draws of the mean", () => {
  const three = statistics.slice(0, 3).map(([, statistic]) => statistic);
  const ofDraws = meanOfDraws(three.map((statistic) => drawsOf(statistic, resampling)));
  const ofMean = drawsOf(meanOf(three), resampling);
  expect([...ofDraws.resampled]).toEqual([...ofMean.resampled].map((one) => expect.closeTo(one, 12)));
  expect([...ofDraws.jackknife!]).toEqual([...ofMean.jackknife!].map((one) => expect.closeTo(one, 12)));
});

describe("BCa", () => {
  test("is the plain percentiles where the resamples are even about the value and no subject pulls", () => {
    const resampled = Float64Array.from({ length: 1001 }, (_, i) => (i - 500) / 500);
    const jackknife = Float64Array.from([-1, 0, 1]);
    const interval = bcaInterval(0, resampled, jackknife);
    expect(interval?.low).toBeCloseTo(-0.95, 6);
    expect(interval?.high).toBeCloseTo(0.95, 6);
  });

  test("moves to where the value lies among the resamples, and to the side on which the spread grows", () => {
    const resampled = Float64Array.from({ length: 1001 }, (_, i) => (i - 500) / 500);
    const none = Float64Array.from([0, 0, 0]);
    expect(bcaInterval(0.2, resampled, none)?.low).toBeGreaterThan(-0.95);
    const pulled = Float64Array.from([...Array.from({ length: 20 }, () => 0), -1]);
    expect(bcaInterval(0, resampled, pulled)?.high).toBeGreaterThan(0.95);
  });

  test("is not made where all resamples lie on one side or most are not defined", () => {
    const jackknife = Float64Array.from([1, 2, 3]);
    expect(bcaInterval(5, Float64Array.from([1, 2, 3]), jackknife)).toBeNull();
    expect(bcaInterval(2, Float64Array.from([1, Number.NaN, Number.NaN]), jackknife)).toBeNull();
  });
});

describe("estimates", () => {
  test("say BCa where subjects differ, Wilson over subjects where none does, and none for one subject", () => {
    const options = { resampling, absent: "nothing" };
    const four = Array.from({ length: subjects }, () => 4);
    const some = shareOfSubjects(
      four.map((_, s) => s % 5),
      four,
      options,
    );
    expect(some).toMatchObject({ method: "bca-bootstrap", n: 48, subjects: 12 });
    expect(some.low).toBeLessThan(some.value!);
    expect(some.high).toBeGreaterThan(some.value!);
    expect(shareOfSubjects(four, four, options)).toMatchObject({ value: 1, method: "wilson-subjects", subjects: 12 });
    const alone = resampleSubjects(1, { resamples: 20, seed: 1 });
    expect(shareOfSubjects([2], [4], { ...options, resampling: alone })).toMatchObject({ method: "none", low: null });
    expect(shareOfSubjects([0], [0], { ...options, resampling: alone })).toMatchObject({
      value: null,
      reason: "nothing",
    });
  });

  test("of any statistic are BCa, or none with a reason", () => {
    const [, share] = statistics[1]!;
    const options = { n: 48, resampling, absent: "nothing" };
    expect(bootstrapEstimate(share, options)).toMatchObject({ method: "bca-bootstrap", n: 48, subjects });
    const equal = ratioStatistic([1, 1], [2, 2]);
    const two = resampleSubjects(2, { resamples: 50, seed: 1 });
    expect(bootstrapEstimate(equal, { ...options, resampling: two })).toMatchObject({
      value: 0.5,
      method: "none",
      low: null,
    });
    const missing = ratioStatistic([0, 0], [0, 0]);
    expect(bootstrapEstimate(missing, { ...options, resampling: two })).toMatchObject({
      value: null,
      reason: "nothing",
    });
  });
});
