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
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
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
