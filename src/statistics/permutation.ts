import { createRandom, type Random } from "../base/random.ts";
import { midranks } from "./placements.ts";

/** A test by permutation. */
export interface PermutationTest {
  /** What was observed: a difference, or an area. */
  readonly observed: number;
  /** Two-sided unless said otherwise. Never 0: the data as they are count as one of the permutations drawn. */
  readonly p: number;
  /** How many permutations were looked at. */
  readonly permutations: number;
  /** Whether those were all there are, so that p is exact. */
  readonly isExact: boolean;
}

export interface PermutationOptions {
  readonly seed: number;
  /** How many are drawn at random, where there are more; 9,999 without. */
  readonly permutations?: number;
}

/**
 * Whether two classifiers differ: under the hypothesis that they do not, each subject's results could as well be exchanged,
 * all of them together. All exchanges are tried where they are no more than `permutations`.
 *
 * differenceWhen: A minus B when the results of the subjects with a 1 in `swapped` [clusters] are exchanged.
 * @source Good 2005, Permutation, parametric and bootstrap tests of hypotheses; Phipson and Smyth 2010 (p is never 0).
 */
export function permutationTest(
  clusters: number,
  differenceWhen: (swapped: Uint8Array) => number,
  options: PermutationOptions,
): PermutationTest {
  const { seed, permutations = 9999 } = options;
  const swapped = new Uint8Array(clusters);
  const observed = differenceWhen(swapped);
  const isAsFar = (difference: number) => Math.abs(difference) >= Math.abs(observed) - 1e-12;
  let asFar = 0;
  if (2 ** clusters <= permutations) {
    const all = 2 ** clusters;
    for (let bits = 0; bits < all; bits++) {
      for (let c = 0; c < clusters; c++) swapped[c] = (bits >>> c) & 1;
      if (isAsFar(differenceWhen(swapped))) asFar++;
    }
    return { observed, p: asFar / all, permutations: all, isExact: true };
  }
  const random = createRandom(seed).fork("permutation");
  for (let i = 0; i < permutations; i++) {
    for (let c = 0; c < clusters; c++) swapped[c] = random.integer(2);
    if (isAsFar(differenceWhen(swapped))) asFar++;
  }
  return { observed, p: (1 + asFar) / (1 + permutations), permutations, isExact: false };
}

/**
 * Whether two classifiers' shares of right calls differ, subjects exchanged as wholes. rightA, rightB: 1 or 0 (or any
 * score whose mean matters) for each item; cluster: the item's subject, 0 …
 */
export function permutationOfShares(
  rightA: ArrayLike<number>,
  rightB: ArrayLike<number>,
  cluster: ArrayLike<number>,
  options: PermutationOptions,
): PermutationTest {
  const surplus = new Float64Array(countClusters(cluster));
  for (let i = 0; i < cluster.length; i++) surplus[cluster[i]] += rightA[i] - rightB[i];
  // Subjects for whom both are equally right change nothing, whether exchanged or not.
  const differing = surplus.filter((own) => own !== 0);
  const differenceWhen = (swapped: Uint8Array) => {
    let sum = 0;
    for (let c = 0; c < differing.length; c++) sum += swapped[c] === 1 ? -differing[c] : differing[c];
    return sum / cluster.length;
  };
  return permutationTest(differing.length, differenceWhen, options);
}

/**
 * Whether two scores of the same items have different areas under the ROC curve, subjects exchanged as wholes. The scores
 * need not be on one scale: their ranks are exchanged.
 * @source Bandos, Rockette and Gur 2005, A permutation test sensitive to differences in areas for comparing ROC curves.
 */
export function permutationOfAreas(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  items: { readonly positive: ArrayLike<number>; readonly cluster: ArrayLike<number> },
  options: PermutationOptions,
): PermutationTest {
  const { positive, cluster } = items;
  const [ranksA, ranksB] = [doubledRanks(a), doubledRanks(b)];
  const differenceWhen = (swapped: Uint8Array) => {
    const [ofA, ofB] = [new Int32Array(2 * (2 * cluster.length + 1)), new Int32Array(2 * (2 * cluster.length + 1))];
    for (let i = 0; i < cluster.length; i++) {
      const isSwapped = swapped[cluster[i]] === 1;
      ofA[2 * (isSwapped ? ranksB : ranksA)[i] + positive[i]]++;
      ofB[2 * (isSwapped ? ranksA : ranksB)[i] + positive[i]]++;
    }
    return areaOfCounts(ofA) - areaOfCounts(ofB);
  };
  return permutationTest(countClusters(cluster), differenceWhen, options);
}

/**
 * Whether scores tell positives from negatives at all: the area under the ROC curve, and how often labels dealt anew give
 * one as far from a half (or, one-sided, as large).
 *
 * scores, positive: one for each item; positive is 1 or 0. cluster: the item's subject, which keeps its items together when
 * labels are dealt anew; a subject with both kinds counts as two. Without it items are independent.
 * @source Good 2005; the area is the Mann-Whitney statistic, so this is its permutation test.
 */
export function permutationAuc(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  options: PermutationOptions & {
    readonly cluster?: ArrayLike<number>;
    readonly alternative?: "two-sided" | "greater";
  },
): PermutationTest {
  const { seed, permutations = 9999, cluster, alternative = "two-sided" } = options;
  const groups = groupItems(positive, cluster);
  const ranks = midranks(scores);
  const rankSums = groups.map((group) => group.items.reduce((sum, item) => sum + ranks[item], 0));
  const sizes = groups.map((group) => group.items.length);
  const kinds = groups.map((group) => group.kind);
  const areaWhen = (labels: readonly number[]) => {
    let [rankSum, positives] = [0, 0];
    for (let g = 0; g < labels.length; g++) {
      if (labels[g] !== 1) continue;
      rankSum += rankSums[g];
      positives += sizes[g];
    }
    const negatives = ranks.length - positives;
    return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
  };
  const observed = areaWhen(kinds);
  if (Number.isNaN(observed)) return { observed, p: 1, permutations: 0, isExact: false };
  const farness = (area: number) => (alternative === "greater" ? area : Math.abs(area - 0.5));
  const random: Random = createRandom(seed).fork("permutation");
  let asFar = 0;
  for (let i = 0; i < permutations; i++) {
    if (farness(areaWhen(random.shuffled(kinds))) >= farness(observed) - 1e-12) asFar++;
  }
  return { observed, p: (1 + asFar) / (1 + permutations), permutations, isExact: false };
}

/** Midranks twice over: whole numbers, to count by. */
function doubledRanks(scores: ArrayLike<number>): Int32Array {
  return Int32Array.from(midranks(scores), (rank) => 2 * rank);
}

/** The area from how many negatives and positives there are at each rank, [ranks, 2]. */
function areaOfCounts(counts: Int32Array): number {
  let [won, passed, positives] = [0, 0, 0];
  for (let at = 0; at < counts.length; at += 2) {
    won += counts[at + 1] * (passed + counts[at] / 2);
    passed += counts[at];
    positives += counts[at + 1];
  }
  return won / (passed * positives);
}

function groupItems(positive: ArrayLike<number>, cluster: ArrayLike<number> | undefined) {
  const groups = new Map<string, { kind: number; items: number[] }>();
  for (let i = 0; i < positive.length; i++) {
    const kind = positive[i] === 1 ? 1 : 0;
    const key = `${cluster === undefined ? i : cluster[i]}/${kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, items: [i] });
    else group.items.push(i);
  }
  return [...groups.values()];
}

function countClusters(cluster: ArrayLike<number>): number {
  let most = -1;
  for (let i = 0; i < cluster.length; i++) most = Math.max(most, cluster[i]);
  return most + 1;
}
