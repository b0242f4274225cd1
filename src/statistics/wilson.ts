/** Two ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's 97.5 % point: two-sided 95 %. */
export const z95 = 1.959963984540054;

/**
 * Wilson's 95 % interval of a share. share: 0 … 1; n > 0, how many independent trials it rests on.
 * @source Wilson 1927, Probable inference, the law of succession, and statistical inference.
 */
export function wilsonInterval(share: number, n: number): Interval {
  const z2 = z95 * z95;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return { low: share === 0 ? 0 : Math.max(0, centre - half), high: share === 1 ? 1 : Math.min(1, centre + half) };
}

/**
 * A 95 % interval of an area under the ROC curve that also holds where the curve is perfect and resampling says nothing:
 * the areas from which the observed one lies less than z standard errors, by Hanley and McNeil's variance.
 * positives, negatives: independent trials of each kind, at least 1.
 * @source Newcombe 2006, Confidence intervals for an effect size measure based on the Mann-Whitney statistic, method 5.
 */
export function newcombeAucInterval(auc: number, positives: number, negatives: number): Interval {
  const other = (positives + negatives) / 2 - 1;
  const standardError = (area: number) => {
    const spread = 1 + (other * (1 - area)) / (2 - area) + (other * area) / (1 + area);
    return Math.sqrt((area * (1 - area) * spread) / (positives * negatives));
  };
  const reaches = (area: number) => Math.abs(auc - area) <= z95 * standardError(area);
  return { low: edge(auc, 0, reaches), high: edge(auc, 1, reaches) };
}

/** By bisection, the point between inside and outside where `holds` ends. */
function edge(inside: number, outside: number, holds: (value: number) => boolean): number {
  let near = inside;
  let far = outside;
  for (let i = 0; i < 60; i++) {
    const middle = (near + far) / 2;
    if (holds(middle)) near = middle;
    else far = middle;
  }
  return near;
}
