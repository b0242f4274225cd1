import { ascending } from "./ascending.ts";
import { weightsOf } from "./resampling.ts";
import type { Statistic, SubjectWeights } from "./statistic.ts";

/** A point of a precision–recall curve: what is called positive when the score is at least the threshold. */
export interface PrecisionRecallPoint {
  readonly threshold: number;
  /** Share of positives that are called. */
  readonly recall: number;
  /** Share of calls that are positive. */
  readonly precision: number;
}

/**
 * The precision–recall curve from the highest threshold down, and the mean of precision over recall, as a sum over the
 * curve's steps without interpolation. scores, positive: one for each item; positive is 1 or 0. Without positives no points
 * and NaN.
 * @source Davis and Goadrich 2006, The relationship between precision-recall and ROC curves; the sum is scikit-learn's
 * average_precision_score.
 */
export function precisionRecall(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
): { points: PrecisionRecallPoint[]; averagePrecision: number } {
  const order = ascending(scores).reverse();
  const positives = order.reduce((sum, item) => sum + (positive[item] === 1 ? 1 : 0), 0);
  if (positives === 0) return { points: [], averagePrecision: Number.NaN };
  const points: PrecisionRecallPoint[] = [];
  let [right, before, averagePrecision] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[order[i]] === 1) right++;
    const threshold = scores[order[i]];
    if (i + 1 < order.length && scores[order[i + 1]] === threshold) continue;
    const precision = right / (i + 1);
    averagePrecision += ((right - before) / positives) * precision;
    before = right;
    points.push({ threshold, recall: right / positives, precision });
  }
  return { points, averagePrecision };
}

/**
 * Average precision for any weights of the subjects, for its interval. cluster: the item's subject, 0 … subjects − 1. Of more
 * than 500 subjects its jackknife is to first order, by the derivative: that is what Efron's acceleration asks for.
 */
export function averagePrecisionStatistic(items: {
  readonly scores: ArrayLike<number>;
  readonly positive: ArrayLike<number>;
  readonly cluster: ArrayLike<number>;
  readonly subjects: number;
}): Statistic {
  const { scores, positive, cluster, subjects } = items;
  const descent = descend(scores, positive, cluster);
  return {
    subjects,
    value: (weights) => averagePrecisionOfFour(descent, [weights, weights, weights, weights])[0],
    ...(subjects > mostLeftOut ? { jackknife: () => firstOrderJackknife(descent, subjects) } : {}),
    resampled: (resampling) => {
      const values = new Float64Array(resampling.resamples);
      const last = values.length - 1;
      for (let r = 0; r < values.length; r += 4) {
        const four = [r, r + 1, r + 2, r + 3].map((one) => weightsOf(resampling, Math.min(one, last)));
        values.set(averagePrecisionOfFour(descent, four).slice(0, values.length - r), r);
      }
      return values;
    },
  };
}

/** Each subject of more than these changes too little to be left out in earnest. */
const mostLeftOut = 500;

/**
 * Average precision less each subject's derivative by its weight, [subjects]. With R positives of A items down to a score and
 * P in all, it is Σ R/A over the positives, divided by P; an item moves R and A of all positives from its score down.
 */
function firstOrderJackknife({ subject, positive, endsTie }: Descent, subjects: number): Float64Array {
  const n = subject.length;
  const precision = new Float64Array(n);
  const items = new Float64Array(n);
  let [right, sum] = [0, 0];
  for (let start = 0, i = 0; i < n; i++) {
    right += positive[i];
    if (endsTie[i] === 0) continue;
    for (let j = start; j <= i; j++) {
      precision[j] = right / (i + 1);
      items[j] = i + 1;
      sum += positive[j] * precision[j];
    }
    start = i + 1;
  }
  const value = sum / right;
  const derivative = new Float64Array(subjects);
  /** Over the positives from this score down, 1/A and R/A². */
  let [shares, precise] = [0, 0];
  for (let end = n - 1; end >= 0; ) {
    let start = end;
    while (start > 0 && endsTie[start - 1] === 0) start--;
    for (let j = start; j <= end; j++) {
      shares += positive[j] / items[j];
      precise += (positive[j] * precision[j]) / items[j];
    }
    for (let j = start; j <= end; j++) {
      derivative[subject[j]] += positive[j] * (precision[j] - value + shares) - precise;
    }
    end = start - 1;
  }
  return derivative.map((own) => value - own / right);
}

/** Items from the highest score to the lowest; of equal scores the negatives first. */
interface Descent {
  readonly subject: Uint32Array;
  readonly positive: Uint8Array;
  /** 1 where the next score is lower. */
  readonly endsTie: Uint8Array;
  /** 1 where another item has the same score. */
  readonly hasTies: Uint8Array;
}

function descend(scores: ArrayLike<number>, positive: ArrayLike<number>, cluster: ArrayLike<number>): Descent {
  const all = Uint32Array.from({ length: scores.length }, (_, i) => i);
  const isPositive = (item: number) => positive[item] === 1;
  const items = [...all.filter(isPositive), ...all.filter((item) => !isPositive(item))];
  const order = ascending(items.map((item) => scores[item]))
    .reverse()
    .map((at) => items[at]);
  const endsTie = Uint8Array.from(order, (item, i) => (scores[order[i + 1]] === scores[item] ? 0 : 1));
  return {
    subject: Uint32Array.from(order, (item) => cluster[item]),
    positive: Uint8Array.from(order, (item) => (positive[item] === 1 ? 1 : 0)),
    endsTie,
    hasTies: endsTie.map((ends, i) => (ends === 0 || (i > 0 && endsTie[i - 1] === 0) ? 1 : 0)),
  };
}

/** Added to a count it changes nothing, but 0 of 0 is then 0. */
const nothing = 1e-300;

/** Four weightings at once: walking down costs more than what is done at each step. NaN where no positive is drawn. */
function averagePrecisionOfFour(
  { subject, positive, endsTie, hasTies }: Descent,
  weights: readonly SubjectWeights[],
): number[] {
  const subjects = weights[0].length;
  const four = new Float64Array(4 * subjects);
  for (let s = 0; s < subjects; s++) for (let b = 0; b < 4; b++) four[4 * s + b] = weights[b][s];
  /** Of each weighting: positives and all items down to this one, and the sum so far. */
  let [right0, right1, right2, right3] = [0, 0, 0, 0];
  let [all0, all1, all2, all3] = [nothing, nothing, nothing, nothing];
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  /** The positives of a tie before its last. Ties are rare: what happens there need not be quick. */
  const tied = new Float64Array(4);
  for (let i = 0; i < subject.length; i++) {
    const at = 4 * subject[i];
    const w0 = four[at];
    const w1 = four[at + 1];
    const w2 = four[at + 2];
    const w3 = four[at + 3];
    all0 += w0;
    all1 += w1;
    all2 += w2;
    all3 += w3;
    if (positive[i] === 0) continue;
    right0 += w0;
    right1 += w1;
    right2 += w2;
    right3 += w3;
    if (hasTies[i] === 1) {
      for (let b = 0; b < 4; b++) tied[b] += four[at + b];
      if (endsTie[i] === 0) continue;
      sum0 += (tied[0] * right0) / all0;
      sum1 += (tied[1] * right1) / all1;
      sum2 += (tied[2] * right2) / all2;
      sum3 += (tied[3] * right3) / all3;
      tied.fill(0);
      continue;
    }
    sum0 += (w0 * right0) / all0;
    sum1 += (w1 * right1) / all1;
    sum2 += (w2 * right2) / all2;
    sum3 += (w3 * right3) / all3;
  }
  return [sum0 / right0, sum1 / right1, sum2 / right2, sum3 / right3];
}
