import { ascending } from "./ascending.ts";
import { type Resampling, weightsOf } from "./resampling.ts";
import type { Statistic, SubjectWeights } from "./statistic.ts";

/**
 * Items in the order of their scores, sorted once, whose area under the ROC curve can be had for any weights of the
 * subjects: walking up, each positive wins over the negatives already passed.
 */
export interface Ranking {
  readonly subjects: number;
  /** The subject of each entry. An entry stands for neighbours of one subject and one kind. */
  readonly subject: Uint32Array;
  /** How many items an entry stands for: above 0 positives, below 0 negatives. */
  readonly amount: Float64Array;
  /** Of each subject, how many positives and negatives it has. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Ranks items by score. The order within a run of one kind matters to no area, so each subject's items in it are one
 * entry. Of items of equal score each pair counts half: their positives come half before and half after their negatives.
 *
 * scores, positive, subjectOf: one for each item; positive is 1 or 0. subjects: how many there are.
 */
export function rankItems(
  scores: Float64Array,
  positive: Uint8Array,
  subjectOf: Int32Array,
  subjects: number,
): Ranking {
  const order = ascending(scores);
  const subject: number[] = [];
  const amount: number[] = [];
  const run = new Map<number, number>();
  let runKind = -1;
  const add = (item: number, share: number) => {
    const entry = run.get(subjectOf[item]);
    if (entry !== undefined) {
      amount[entry] += share;
      return;
    }
    run.set(subjectOf[item], subject.length);
    subject.push(subjectOf[item]);
    amount.push(share);
  };
  const addAll = (items: Uint32Array, kind: number, share: number) => {
    if (kind !== runKind) run.clear();
    runKind = kind;
    for (const item of items) if (positive[item] === kind) add(item, share);
  };
  for (let start = 0; start < order.length; ) {
    const end = endOfTie(order, scores, start);
    const tied = order.subarray(start, end);
    const hasPositive = tied.some((item) => positive[item] === 1);
    const hasNegative = tied.some((item) => positive[item] === 0);
    if (hasPositive) addAll(tied, 1, hasNegative ? 0.5 : 1);
    if (hasNegative) addAll(tied, 0, -1);
    if (hasPositive && hasNegative) addAll(tied, 1, 0.5);
    start = end;
  }
  const positives = new Float64Array(subjects);
  const negatives = new Float64Array(subjects);
  for (let i = 0; i < positive.length; i++) (positive[i] === 1 ? positives : negatives)[subjectOf[i]]++;
  return { subjects, subject: Uint32Array.from(subject), amount: Float64Array.from(amount), positives, negatives };
}

/**
 * The area under the ROC curve: the share of pairs of a positive and a negative in which the positive scores higher, ties
 * counting half. weights: how often each subject counts (once without). NaN if there is no pair.
 * @source Hanley and McNeil 1982 (the area as the Mann-Whitney statistic).
 */
export function areaOf(ranking: Ranking, weights: SubjectWeights = new Uint16Array(ranking.subjects).fill(1)): number {
  return areasOfFour(ranking, [weights, weights, weights, weights])[0];
}

/** `areaOf` in each resample. */
export function resampledAreas(ranking: Ranking, resampling: Resampling): Float64Array {
  const areas = new Float64Array(resampling.resamples);
  const last = areas.length - 1;
  for (let r = 0; r < areas.length; r += 4) {
    const four = [r, r + 1, r + 2, r + 3].map((one) => weightsOf(resampling, Math.min(one, last)));
    areas.set(areasOfFour(ranking, four).slice(0, areas.length - r), r);
  }
  return areas;
}

/** The area as a statistic of its subjects, to resample or to compare. */
export function aucStatistic(ranking: Ranking): Statistic {
  return {
    subjects: ranking.subjects,
    value: (weights) => areaOf(ranking, weights),
    resampled: (resampling) => resampledAreas(ranking, resampling),
    jackknife: () => areasWithoutEach(ranking),
  };
}

/**
 * The area without each subject in turn, [subjects]: the pairs won, less those that the subject's positives won and its
 * negatives lost. Its pairs with itself are in both.
 */
export function areasWithoutEach(ranking: Ranking): Float64Array {
  const { subject, amount, subjects, positives, negatives } = ranking;
  const lost = new Float64Array(subjects);
  const passedOf = new Float64Array(subjects);
  let [passed, won, allPositives, allNegatives] = [0, 0, 0, 0];
  for (let entry = 0; entry < subject.length; entry++) {
    const s = subject[entry];
    const items = amount[entry];
    if (items > 0) {
      won += items * passed;
      lost[s] += items * (passed - passedOf[s]);
    } else {
      passed -= items;
      passedOf[s] -= items;
    }
  }
  let positivesAbove = 0;
  for (let entry = subject.length - 1; entry >= 0; entry--) {
    const items = amount[entry];
    if (items > 0) positivesAbove += items;
    else lost[subject[entry]] -= items * positivesAbove;
  }
  for (let s = 0; s < subjects; s++) {
    allPositives += positives[s];
    allNegatives += negatives[s];
  }
  return lost.map((pairs, s) => {
    const left = (allPositives - positives[s]) * (allNegatives - negatives[s]);
    return left === 0 ? Number.NaN : (won - pairs) / left;
  });
}

/** Four at once: a walk over the ranking costs more than what is done at each step. */
function areasOfFour(ranking: Ranking, weights: readonly Uint16Array[]): number[] {
  const { subject, amount, subjects } = ranking;
  const four = new Float64Array(4 * subjects);
  for (let s = 0; s < subjects; s++) for (let b = 0; b < 4; b++) four[4 * s + b] = weights[b][s];
  let passed0 = 0;
  let passed1 = 0;
  let passed2 = 0;
  let passed3 = 0;
  let won0 = 0;
  let won1 = 0;
  let won2 = 0;
  let won3 = 0;
  for (let entry = 0; entry < subject.length; entry++) {
    const at = 4 * subject[entry];
    const items = amount[entry];
    if (items > 0) {
      won0 += items * four[at] * passed0;
      won1 += items * four[at + 1] * passed1;
      won2 += items * four[at + 2] * passed2;
      won3 += items * four[at + 3] * passed3;
    } else {
      passed0 -= items * four[at];
      passed1 -= items * four[at + 1];
      passed2 -= items * four[at + 2];
      passed3 -= items * four[at + 3];
    }
  }
  return [won0, won1, won2, won3].map((won, b) => {
    let [positives, negatives] = [0, 0];
    for (let s = 0; s < subjects; s++) {
      positives += weights[b][s] * ranking.positives[s];
      negatives += weights[b][s] * ranking.negatives[s];
    }
    const pairs = positives * negatives;
    return pairs === 0 ? Number.NaN : won / pairs;
  });
}

function endOfTie(order: Uint32Array, scores: Float64Array, start: number): number {
  let end = start + 1;
  while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
  return end;
}
