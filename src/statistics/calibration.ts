import { ascending } from "./ascending.ts";

/** Points of a rising function, joined by straight lines and level beyond its ends. */
export interface IsotonicFit {
  /** Rising. */
  readonly stated: readonly number[];
  readonly calibrated: readonly number[];
}

/**
 * The temperature T for which softmax(log p / T) gives the truth the highest likelihood: above 1 where the probabilities
 * were too sure.
 *
 * probabilities: [items, classes]; truth: the class of each item; weights: how often each item counts (once without). T
 * stays within 0.01 … 100, where it would run away.
 * @source Guo et al. 2017, On calibration of modern neural networks.
 */
export function temperatureFit(
  probabilities: readonly (readonly number[])[],
  truth: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const logits = probabilities.map((row) => row.map((p) => Math.log(Math.max(p, leastProbability))));
  // The loss is convex in 1 / T, so its slope rises through 0 once.
  const slope = (inverse: number) => {
    let sum = 0;
    for (const [i, row] of logits.entries()) {
      const top = Math.max(...row);
      const powers = row.map((logit) => Math.exp((logit - top) * inverse));
      const total = powers.reduce((all, power) => all + power, 0);
      const mean = row.reduce((all, logit, k) => all + (logit * powers[k]) / total, 0);
      sum += (weights === undefined ? 1 : weights[i]) * (mean - row[truth[i]]);
    }
    return sum;
  };
  let [low, high] = [Math.log(0.01), Math.log(100)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Keeps the logarithm of a probability that was rounded to 0 finite. */
const leastProbability = 1e-9;

/**
 * The rising function from scores to shares of positives that is nearest in the sum of squares, as its corners.
 *
 * scores, positive: one for each item; positive is 1 or 0, or any number. weights: how much each item counts (1 without).
 * @source Ayer et al. 1955 (pool adjacent violators); Zadrozny and Elkan 2002 (for probabilities). The corners are those of
 * scikit-learn's IsotonicRegression.
 */
export function isotonicFit(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  weights?: ArrayLike<number>,
): IsotonicFit {
  const order = ascending(scores);
  const blocks: Block[] = [];
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]];
    const block = { first: score, last: score, sum: 0, weight: 0 };
    for (; start < order.length && scores[order[start]] === score; start++) {
      const weight = weights === undefined ? 1 : weights[order[start]];
      block.sum += weight * positive[order[start]];
      block.weight += weight;
    }
    if (block.weight > 0) addBlock(blocks, block);
  }
  const corners = blocks.flatMap(({ first, last, sum, weight }) => {
    const share = sum / weight;
    return first === last
      ? [[first, share]]
      : [
          [first, share],
          [last, share],
        ];
  });
  return { stated: corners.map(([score]) => score), calibrated: corners.map(([, share]) => share) };
}

/** Scores from first to last that share one mean. */
interface Block {
  first: number;
  last: number;
  sum: number;
  weight: number;
}

/** Adds a block, joining it with those before it as long as they would not rise. */
function addBlock(blocks: Block[], added: Block): void {
  let block = added;
  for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
    if (before.sum * block.weight < block.sum * before.weight) break;
    blocks.pop();
    block = {
      first: before.first,
      last: block.last,
      sum: before.sum + block.sum,
      weight: before.weight + block.weight,
    };
  }
  blocks.push(block);
}
