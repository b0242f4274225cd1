import { type Estimate, noEstimate } from "./estimate.ts";
import { z95 } from "./wilson.ts";

/** What a call is worth. */
export interface PredictiveValues<Value> {
  /** Of those called positive, the share that is. */
  readonly positive: Value;
  /** Of those called negative, the share that is. */
  readonly negative: Value;
}

/** Predictive values where `prevalence` of those examined have the disease, by Bayes' rule; NaN where nobody gets the call. */
export function predictiveValues(
  sensitivity: number,
  specificity: number,
  prevalence: number,
): PredictiveValues<number> {
  const found = sensitivity * prevalence;
  const missed = (1 - sensitivity) * prevalence;
  const spared = specificity * (1 - prevalence);
  const alarmed = (1 - specificity) * (1 - prevalence);
  return { positive: found / (found + alarmed), negative: spared / (spared + missed) };
}

/**
 * Predictive values at any prevalence with 95 % intervals from the counts behind sensitivity and specificity, studies
 * independent. Where a count is 0 or all, half a study is added to either side for the interval.
 * @source Mercaldo, Lau and Zhou 2007, Confidence intervals for predictive values with an emphasis to case-control studies
 * (the logit interval).
 */
export function predictiveValueEstimates(
  sensitivity: { readonly successes: number; readonly n: number },
  specificity: { readonly successes: number; readonly n: number },
  prevalence: number,
): PredictiveValues<Estimate> {
  const n = sensitivity.n + specificity.n;
  if (sensitivity.n === 0 || specificity.n === 0) {
    const none = noEstimate(sensitivity.n === 0 ? "no positives" : "no negatives", n, n);
    return { positive: none, negative: none };
  }
  const exact = predictiveValues(
    sensitivity.successes / sensitivity.n,
    specificity.successes / specificity.n,
    prevalence,
  );
  const isWhole = [sensitivity, specificity].every(({ successes, n }) => successes > 0 && successes < n);
  const shareOf = ({ successes, n }: { successes: number; n: number }) =>
    isWhole ? successes / n : (successes + 0.5) / (n + 1);
  const [found, spared] = [shareOf(sensitivity), shareOf(specificity)];
  const odds = prevalence / (1 - prevalence);
  const estimate = (value: number, logit: number, variance: number): Estimate => {
    if (Number.isNaN(value)) return noEstimate("nobody gets this call", n, n);
    const half = z95 * Math.sqrt(variance);
    const [low, high] = [shareAt(logit - half), shareAt(logit + half)];
    return { value, n, subjects: n, low: Math.min(low, value), high: Math.max(high, value), method: "logit" };
  };
  return {
    positive: estimate(
      exact.positive,
      Math.log((odds * found) / (1 - spared)),
      (1 - found) / found / sensitivity.n + spared / (1 - spared) / specificity.n,
    ),
    negative: estimate(
      exact.negative,
      Math.log(spared / (odds * (1 - found))),
      found / (1 - found) / sensitivity.n + (1 - spared) / spared / specificity.n,
    ),
  };
}

function shareAt(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
