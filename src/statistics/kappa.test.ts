import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { normalP } from "./distributions.ts";
import { cohenKappa, fleissKappa, kappaStatistic } from "./kappa.ts";
import { observedValue } from "./statistic.ts";

/** Six psychiatrists' diagnoses of 30 patients in five categories: the worked example of Fleiss 1971. */
const diagnoses = (
  "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 " +
  "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
  .split(" ")
  .map((row) => [...row].map(Number));

test("gives Fleiss' worked example of 1971 the published 0.430, with z = 17.7", () => {
  const { kappa, standardError, p, low, high } = fleissKappa(diagnoses);
  expect(kappa.toFixed(3)).toBe("0.430");
  expect(p).toBeLessThan(normalP(17.65));
  expect(p).toBeGreaterThan(normalP(17.75));
  expect([low, high]).toEqual([
    expect.closeTo(kappa - 1.96 * standardError, 4),
    expect.closeTo(kappa + 1.96 * standardError, 4),
  ]);
});

test("finds the spread of Fleiss' kappa that leaving out each item in turn finds", () => {
  const { kappa, standardError } = fleissKappa(diagnoses);
  const without = diagnoses.map((_, i) => fleissKappa(diagnoses.filter((_, j) => j !== i)).kappa);
  const n = without.length;
  const jackknife = Math.sqrt(((n - 1) / n) * without.reduce((sum, one) => sum + (one - kappa) ** 2, 0));
  expect(Math.abs(standardError / jackknife - 1)).toBeLessThan(0.05);
});

test("is 1 for two readers who agree, −1 where each calls the opposite, and the hand's 0.4 between", () => {
  expect(cohenKappa([0, 1, 2, 1], [0, 1, 2, 1]).kappa).toBeCloseTo(1, 12);
  expect(cohenKappa([0, 1, 0, 1], [1, 0, 1, 0]).kappa).toBeCloseTo(-1, 12);
  // Of 50: 20 both yes, 15 both no, 5 and 10 apart: agreement 0.7, by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
  const pairs = [...fill(20, 1, 1), ...fill(15, 0, 0), ...fill(5, 1, 0), ...fill(10, 0, 1)];
  const { kappa } = cohenKappa(
    pairs.map(([a]) => a),
    pairs.map(([, b]) => b),
  );
  expect(kappa).toBeCloseTo(0.4, 12);
});

test("weighs two categories the same by any weights, and more a near miss than a far one", () => {
  const a = [0, 1, 1, 0, 1, 0, 0, 1];
  const b = [0, 1, 0, 0, 1, 1, 0, 1];
  const plain = cohenKappa(a, b).kappa;
  expect(cohenKappa(a, b, { weights: "linear" }).kappa).toBeCloseTo(plain, 12);
  expect(cohenKappa(a, b, { weights: "quadratic" }).kappa).toBeCloseTo(plain, 12);
  const near = cohenKappa([0, 1, 2, 0, 1, 2], [0, 1, 2, 1, 1, 2], { weights: "quadratic" }).kappa;
  const far = cohenKappa([0, 1, 2, 0, 1, 2], [0, 1, 2, 2, 1, 2], { weights: "quadratic" }).kappa;
  expect(near).toBeGreaterThan(far);
});

test("as a statistic of subjects is kappa of their items, each as often as its subject is drawn", () => {
  const random = createRandom(2);
  const a = Array.from({ length: 40 }, () => random.integer(3));
  const b = a.map((category) => (random.uniform() < 0.6 ? category : random.integer(3)));
  const cluster = a.map((_, i) => Math.floor(i / 4));
  const statistic = kappaStatistic({ a, b, cluster, subjects: 10 }, { weights: "linear" });
  expect(observedValue(statistic)).toBeCloseTo(cohenKappa(a, b, { weights: "linear" }).kappa, 12);
  const weights = Uint16Array.from([2, 0, 1, 3, 0, 1, 1, 0, 2, 0]);
  const drawn = cluster.flatMap((subject, i) => Array.from({ length: weights[subject]! }, () => i));
  const again = cohenKappa(
    drawn.map((i) => a[i]!),
    drawn.map((i) => b[i]!),
    { weights: "linear" },
  );
  expect(statistic.value(weights)).toBeCloseTo(again.kappa, 12);
});

function fill(count: number, a: number, b: number): [number, number][] {
  return Array.from({ length: count }, () => [a, b]);
}
