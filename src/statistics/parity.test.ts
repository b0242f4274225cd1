import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bcaInterval } from "./bca.ts";
import { brier } from "./brier.ts";
import { isotonicFit, temperatureFit } from "./calibration.ts";
import { clopperPearsonInterval } from "./clopperPearson.ts";
import { decisionCurve } from "./decisionCurve.ts";
import { aucCovariance, delongAuc, delongTest } from "./delong.ts";
import * as distributions from "./distributions.ts";
import { fisherExact } from "./exactTests.ts";
import { holm } from "./holm.ts";
import { cohenKappa } from "./kappa.ts";
import { clusteredMcnemar, mcnemarExact } from "./mcnemar.ts";
import { obuchowskiAuc, obuchowskiTest } from "./obuchowski.ts";
import { partialAuc } from "./partialAuc.ts";
import { permutationOfShares } from "./permutation.ts";
import { placements } from "./placements.ts";
import { precisionRecall } from "./precisionRecall.ts";
import { calibrationError, reliabilityBins } from "./reliability.ts";
import { wilsonInterval } from "./wilson.ts";

// Made by r.golden.R with R 4.2, pROC 1.18 and vcd 1.4, and by python.golden.py with scikit-learn, SciPy and NumPy.
const r = JSON.parse(readFileSync(new URL("r.golden.json", import.meta.url), "utf8"));
const python = JSON.parse(readFileSync(new URL("python.golden.json", import.meta.url), "utf8"));

describe("agrees with pROC", () => {
  test("on an area, its DeLong variance and interval", () => {
    const { auc, variance, low, high } = delongAuc(r.a, r.truth);
    expect(auc).toBeCloseTo(r.delong.auc, 12);
    expect(variance).toBeCloseTo(r.delong.variance, 14);
    expect([low, high]).toEqual([expect.closeTo(r.delong.ci[0], 12), expect.closeTo(r.delong.ci[2], 12)]);
  });

  test("on the covariance of two areas and DeLong's paired test", () => {
    expect(aucCovariance(placements(r.a, r.truth), placements(r.b, r.truth))).toBeCloseTo(r.delong.covariance, 14);
    const { difference, z, p, low, high } = delongTest(r.a, r.b, r.truth);
    expect(difference).toBeCloseTo(r.delong.difference, 12);
    expect(z).toBeCloseTo(r.delong.z, 10);
    expect(p).toBeCloseTo(r.delong.p, 12);
    expect([low, high]).toEqual(r.delong.testCi.map((end: number) => expect.closeTo(end, 10)));
  });

  test.each(r.partial as { focus: "specificity"; from: number; to: number; area: number; corrected: number }[])(
    "on the area where $focus is $from … $to",
    (part) => {
      const { area, corrected } = partialAuc(r.a, r.truth, part);
      expect(area).toBeCloseTo(part.area, 12);
      expect(corrected).toBeCloseTo(part.corrected, 12);
    },
  );
});

describe("agrees with R", () => {
  test("on exact and Wilson intervals", () => {
    for (const { successes, n, exact, wilson } of r.shares) {
      const ends = clopperPearsonInterval(successes, n);
      expect([ends.low, ends.high]).toEqual(exact.map((end: number) => expect.closeTo(end, 12)));
      const { low, high } = wilsonInterval(successes / n, n);
      expect([low, high]).toEqual(wilson.map((end: number) => expect.closeTo(end, 12)));
    }
  });

  test("on McNemar's exact and Fisher's exact test", () => {
    for (const { onlyA, onlyB, p } of r.mcnemar) expect(mcnemarExact(onlyA, onlyB).p).toBeCloseTo(p, 10);
    for (const { a, nA, b, nB, p } of r.fisher) {
      expect(fisherExact({ successes: a, n: nA }, { successes: b, n: nB }).p).toBeCloseTo(p, 10);
    }
  });

  test("on Holm's correction", () => {
    expect(holm(r.holm.p)).toEqual(r.holm.adjusted.map((p: number) => expect.closeTo(p, 14)));
  });

  test.each(["none", "linear", "quadratic"] as const)(
    "on Cohen's kappa with weights %s and its standard error",
    (weights) => {
      const { kappa, standardError } = cohenKappa(r.reader1, r.reader2, { weights });
      expect([kappa, standardError]).toEqual(r.cohen[weights].map((one: number) => expect.closeTo(one, 12)));
    },
  );

  test("on the distributions behind the tests", () => {
    const {
      normalCdf,
      normalQuantile,
      chiSquareP,
      studentP,
      studentQuantile,
      fisherP,
      betaCdf,
      betaQuantile,
      logGamma,
    } = distributions;
    const rows: [string, number[]][] = [
      ["normal", [-8, -3, -1.959963984540054, -0.1, 0, 0.7, 2.5, 6].map(normalCdf)],
      ["normalQuantile", [1e-12, 0.001, 0.025, 0.4, 0.5, 0.975, 0.99999].map(normalQuantile)],
      ["chiSquare", [chiSquareP(0.01, 1), chiSquareP(3.84, 1), chiSquareP(20, 5), chiSquareP(60, 40)]],
      ["student", [studentP(0.1, 3.7), studentP(2, 15.034), studentP(5, 2), studentP(40, 300)]],
      [
        "studentQuantile",
        [
          studentQuantile(0.975, 15.034),
          studentQuantile(0.6, 2.5),
          studentQuantile(0.01, 8),
          studentQuantile(0.975, 1000),
        ],
      ],
      ["fisher", [fisherP(0.3, 2, 7.7), fisherP(4.4896, 1, 15.034), fisherP(9, 3, 60)]],
      ["beta", [betaCdf(0.3, 2.5, 7), betaCdf(0.02, 1, 39), betaCdf(0.999, 30, 0.5), betaCdf(0.5, 3000, 3100)]],
      ["betaQuantile", [betaQuantile(0.025, 37, 3), betaQuantile(0.975, 38, 2), betaQuantile(0.5, 0.5, 0.5)]],
      ["logGamma", [0.5, 1, 3.3, 100, 5e4].map(logGamma)],
    ];
    for (const [name, values] of rows) {
      for (const [i, value] of values.entries()) {
        const expected = r.distributions[name][i];
        expect(Math.abs(value - expected), `${name} ${i}`).toBeLessThanOrEqual(2e-11 * Math.abs(expected) + 1e-14);
      }
    }
  });
});

describe("agrees with scikit-learn", () => {
  test("on average precision and every point of its curve", () => {
    const { points, averagePrecision } = precisionRecall(python.a, python.truth);
    const { thresholds, precision, recall } = python.precisionRecall;
    expect(averagePrecision).toBeCloseTo(python.precisionRecall.averagePrecision, 12);
    expect(points).toEqual(
      thresholds.map((threshold: number, i: number) => ({
        threshold,
        precision: expect.closeTo(precision[i], 12),
        recall: expect.closeTo(recall[i], 12),
      })),
    );
  });

  test("on the Brier score, the reliability diagram and the calibration error", () => {
    expect(brier(python.a, python.truth).score).toBeCloseTo(python.brier, 12);
    const bins = reliabilityBins(python.a, python.truth, { bins: 7 });
    expect(bins.map((bin) => bin.meanProbability)).toEqual(
      python.reliability.stated.map((one: number) => expect.closeTo(one, 12)),
    );
    expect(bins.map((bin) => bin.share)).toEqual(
      python.reliability.observed.map((one: number) => expect.closeTo(one, 12)),
    );
    expect(calibrationError(python.a, python.truth, { bins: 7 })).toBeCloseTo(python.reliability.error, 12);
  });

  test("on the corners of an isotonic fit with weights", () => {
    const { stated, calibrated } = isotonicFit(python.a, python.truth, python.weights);
    expect(stated).toEqual(python.isotonic.stated);
    expect(calibrated).toEqual(python.isotonic.calibrated.map((one: number) => expect.closeTo(one, 12)));
  });

  test.each(["none", "linear", "quadratic"] as const)("on Cohen's kappa with weights %s", (weights) => {
    expect(cohenKappa(python.reader1, python.reader2, { weights }).kappa).toBeCloseTo(python.cohen[weights], 12);
  });
});

describe("agrees with SciPy", () => {
  test("on a BCa interval of the same resamples", () => {
    const { value, resampled, jackknife, low, high } = python.bca;
    const interval = bcaInterval(value, Float64Array.from(resampled), Float64Array.from(jackknife));
    expect(interval?.low).toBeCloseTo(low, 10);
    expect(interval?.high).toBeCloseTo(high, 10);
  });

  test("on an exact permutation test of pairs", () => {
    const { pairs, p } = python.permutation;
    const nothing = pairs.map(() => 0);
    const test = permutationOfShares(
      pairs,
      nothing,
      pairs.map((_: number, i: number) => i),
      { seed: 1 },
    );
    expect(test).toMatchObject({ isExact: true, permutations: 512 });
    expect(test.p).toBeCloseTo(p, 12);
  });

  test("on the temperature that is most likely", () => {
    expect(temperatureFit(python.probabilities, python.classes)).toBeCloseTo(python.temperature, 6);
  });
});

describe("agrees with the papers' formulas, written out in NumPy over all pairs", () => {
  test("on Obuchowski's variance of a clustered area and the paired test", () => {
    const { auc, variance } = obuchowskiAuc(python.a, python.truth, python.cluster);
    expect(auc).toBeCloseTo(python.auc, 12);
    expect(variance).toBeCloseTo(python.obuchowski.variance, 14);
    const paired = obuchowskiTest(python.a, python.b, python.truth, python.cluster);
    expect(paired.difference).toBeCloseTo(python.obuchowski.difference, 12);
    expect(paired.variance).toBeCloseTo(python.obuchowski.varianceOfDifference, 14);
    expect(paired.p).toBeCloseTo(python.obuchowski.p, 10);
  });

  test("on McNemar's test for clusters, after Obuchowski and after Durkalski", () => {
    const { rightA, rightB, cluster, mcnemar } = python;
    const obuchowski = clusteredMcnemar(rightA, rightB, cluster, { method: "obuchowski" });
    expect(obuchowski.statistic).toBeCloseTo(mcnemar.obuchowski, 12);
    expect(obuchowski.p).toBeCloseTo(mcnemar.pObuchowski, 12);
    const durkalski = clusteredMcnemar(rightA, rightB, cluster, { method: "durkalski" });
    expect(durkalski.statistic).toBeCloseTo(mcnemar.durkalski, 12);
  });

  test("on net benefit", () => {
    const thresholds = python.decision.map((point: { threshold: number }) => point.threshold);
    for (const [i, point] of decisionCurve(python.a, python.truth, thresholds).entries()) {
      expect(point.netBenefit).toBeCloseTo(python.decision[i].netBenefit, 12);
      expect(point.all).toBeCloseTo(python.decision[i].all, 12);
    }
  });
});
