import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../base/random.ts";
import { aucStatistic, rankItems } from "./auc.ts";
import { bcaInterval } from "./bca.ts";
import { delongAuc, delongTest } from "./delong.ts";
import { clusteredMcnemar, mcnemarExact } from "./mcnemar.ts";
import { obuchowskiAuc, obuchowskiTest } from "./obuchowski.ts";
import { permutationAuc, permutationOfAreas, permutationOfShares } from "./permutation.ts";
import { resampleSubjects } from "./resampling.ts";
import { drawsOf, observedValue, ratioStatistic } from "./statistic.ts";
import { wilsonInterval } from "./wilson.ts";

// Laws by simulation: what a 95 % interval holds and how often a test errs, within four standard deviations of the count.

/** Items of subjects who lean one way: positive and negative items in every subject, alike in part. */
function clusteredItems(random: Random, { subjects, each, lean }: { subjects: number; each: number; lean: number }) {
  const cluster = Int32Array.from({ length: subjects * each }, (_, i) => Math.floor(i / each));
  const shared = Array.from({ length: subjects }, () => lean * random.normal());
  const positive = Uint8Array.from(cluster, () => (random.uniform() < 0.5 ? 1 : 0));
  const noise = () => Float64Array.from(cluster, (subject, i) => shared[subject]! + positive[i]! + random.normal());
  return { cluster, positive, a: noise(), b: noise() };
}

function countOf(times: number, happens: (i: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (happens(i)) count++;
  return count;
}

function expectShare(count: number, times: number, [least, most]: readonly [number, number]) {
  expect(count / times).toBeGreaterThanOrEqual(least);
  expect(count / times).toBeLessThanOrEqual(most);
}

describe("intervals over subjects hold the truth about 95 times of 100", () => {
  test("BCa of a share whose items go together, where Wilson's over items does not", () => {
    const random = createRandom(21);
    const [times, subjects, each] = [400, 40, 6];
    let wilson = 0;
    const bca = countOf(times, (i) => {
      // A subject's items are all right or all wrong in half of the subjects; 80 % are right in the long run.
      const right = Array.from({ length: subjects }, () => {
        const all = random.uniform() < 0.8 ? each : 0;
        if (random.uniform() < 0.5) return all;
        return countOf(each, () => random.uniform() < 0.8);
      });
      const statistic = ratioStatistic(
        right,
        right.map(() => each),
      );
      const { resampled, jackknife } = drawsOf(statistic, resampleSubjects(subjects, { resamples: 400, seed: i }));
      const interval = bcaInterval(observedValue(statistic), resampled, jackknife!);
      const naive = wilsonInterval(observedValue(statistic), subjects * each);
      if (naive.low <= 0.8 && 0.8 <= naive.high) wilson++;
      return interval !== null && interval.low <= 0.8 && 0.8 <= interval.high;
    });
    expectShare(bca, times, [0.905, 0.985]);
    expectShare(wilson, times, [0, 0.85]);
  });

  test("BCa and Obuchowski of an area, where DeLong's over items does not", () => {
    const random = createRandom(22);
    const [times, subjects, each] = [150, 40, 8];
    let [obuchowski, delong] = [0, 0];
    const bca = countOf(times, (i) => {
      // A subject has one kind only, so what its items share is taken for skill.
      const cluster = Int32Array.from({ length: subjects * each }, (_, j) => Math.floor(j / each));
      const positive = Uint8Array.from(cluster, (subject) => subject % 2);
      const shared = Array.from({ length: subjects }, () => random.normal());
      const scores = Float64Array.from(cluster, (s, j) => shared[s]! + positive[j]! + random.normal());
      // The difference of two items is normal with mean 1 and variance 4: the area is Φ(1/2).
      const truth = 0.6914624612740131;
      const holds = ({ low, high }: { low: number; high: number }) => low <= truth && truth <= high;
      const statistic = aucStatistic(rankItems(scores, positive, cluster, subjects));
      const { resampled, jackknife } = drawsOf(statistic, resampleSubjects(subjects, { resamples: 300, seed: i }));
      const interval = bcaInterval(observedValue(statistic), resampled, jackknife!);
      if (holds(obuchowskiAuc(scores, positive, cluster))) obuchowski++;
      if (holds(delongAuc(scores, positive))) delong++;
      return interval !== null && holds(interval);
    });
    expectShare(bca, times, [0.88, 1]);
    expectShare(obuchowski, times, [0.88, 1]);
    expectShare(delong, times, [0, 0.8]);
  });
});

describe("tests find a difference where there is none about 5 times of 100", () => {
  test("DeLong's, of independent items", () => {
    const random = createRandom(23);
    const wrong = countOf(400, () => {
      const { positive, a, b } = clusteredItems(random, { subjects: 80, each: 1, lean: 1 });
      return delongTest(a, b, positive).p < 0.05;
    });
    expectShare(wrong, 400, [0.01, 0.095]);
  });

  test("Obuchowski's, of subjects with several items", () => {
    const random = createRandom(24);
    const wrong = countOf(300, () => {
      const { positive, a, b, cluster } = clusteredItems(random, { subjects: 40, each: 4, lean: 1 });
      return obuchowskiTest(a, b, positive, cluster).p < 0.05;
    });
    expectShare(wrong, 300, [0.005, 0.105]);
  });

  test("McNemar's for clusters and the permutation test, where the plain one errs far more often", () => {
    const random = createRandom(25);
    let [plain, permuted] = [0, 0];
    const clustered = countOf(300, (i) => {
      // In a third of 45 subjects A and B differ, all six items the same way.
      const cluster = Array.from({ length: 270 }, (_, j) => Math.floor(j / 6));
      const leans = Array.from({ length: 45 }, () => random.integer(6));
      const rightA = cluster.map((subject) => (leans[subject] === 0 ? 0 : 1));
      const rightB = cluster.map((subject) => (leans[subject] === 1 ? 0 : 1));
      const onlyA = countOf(270, (j) => rightA[j]! > rightB[j]!);
      const onlyB = countOf(270, (j) => rightB[j]! > rightA[j]!);
      if (mcnemarExact(onlyA, onlyB).p < 0.05) plain++;
      if (permutationOfShares(rightA, rightB, cluster, { seed: i, permutations: 199 }).p <= 0.05) permuted++;
      return clusteredMcnemar(rightA, rightB, cluster).p < 0.05;
    });
    expectShare(clustered, 300, [0.005, 0.105]);
    expectShare(permuted, 300, [0, 0.1]);
    expectShare(plain, 300, [0.2, 1]);
  });

  test("the permutation test of areas and of an area", () => {
    const random = createRandom(26);
    let alone = 0;
    const wrong = countOf(150, (i) => {
      const { positive, a, b, cluster } = clusteredItems(random, { subjects: 20, each: 3, lean: 1 });
      const options = { seed: i, permutations: 99 };
      const ofSubjects = Uint8Array.from(cluster, (subject) => subject % 2);
      const noise = Float64Array.from(cluster, () => 0);
      for (let j = 0; j < noise.length; j++) noise[j] = j % 3 === 0 ? random.normal() : noise[j - 1]!;
      if (permutationAuc(noise, ofSubjects, { ...options, cluster }).p <= 0.05) alone++;
      return permutationOfAreas(a, b, { positive, cluster }, options).p <= 0.05;
    });
    expectShare(wrong, 150, [0, 0.125]);
    expectShare(alone, 150, [0, 0.125]);
  });
});

test("tests find a difference where there is one", () => {
  const random = createRandom(27);
  const { positive, a, cluster } = clusteredItems(random, { subjects: 60, each: 4, lean: 0.5 });
  const noise = Float64Array.from(a, () => random.normal());
  expect(delongTest(a, noise, positive).p).toBeLessThan(0.001);
  expect(obuchowskiTest(a, noise, positive, cluster).p).toBeLessThan(0.001);
  expect(permutationOfAreas(a, noise, { positive, cluster }, { seed: 1, permutations: 999 }).p).toBeLessThan(0.005);
  expect(permutationAuc(a, positive, { seed: 1, permutations: 999, alternative: "greater" }).p).toBe(0.001);
});
