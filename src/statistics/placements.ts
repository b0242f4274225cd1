import { ascending } from "./ascending.ts";

/** How each item stands among those of the other kind; the area under the ROC curve is the mean of either list. */
export interface Placements {
  readonly auc: number;
  /** The items' indices, in their order. */
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
  /** Of each positive, the share of negatives that it beats; a tie counts half. */
  readonly ofPositives: Float64Array;
  /** Of each negative, the share of positives that beat it. */
  readonly ofNegatives: Float64Array;
}

/**
 * Placement values by midranks, in the time of a sort. scores, positive: one for each item; positive is 1 or 0. The area is
 * NaN without a positive or without a negative.
 * @source DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 (by midranks).
 */
export function placements(scores: ArrayLike<number>, positive: ArrayLike<number>): Placements {
  const all = Int32Array.from({ length: scores.length }, (_, i) => i);
  const positives = all.filter((i) => positive[i] === 1);
  const negatives = all.filter((i) => positive[i] !== 1);
  const ranks = midranks(scores);
  const among = (items: Int32Array, others: number) => {
    const own = midranks(Float64Array.from(items, (i) => scores[i]));
    return Float64Array.from(items, (item, at) => (ranks[item] - own[at]) / others);
  };
  const ofPositives = among(positives, negatives.length);
  const ofNegatives = among(negatives, positives.length).map((share) => 1 - share);
  const auc = ofPositives.reduce((sum, share) => sum + share, 0) / positives.length;
  return { auc: negatives.length === 0 ? Number.NaN : auc, positives, negatives, ofPositives, ofNegatives };
}

/** The rank of each value from 1, ties sharing the mean of theirs. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = ascending(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
