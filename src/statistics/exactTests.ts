import { logGamma } from "./distributions.ts";

/** Outcomes that are as likely as the observed one up to rounding count as equal, as in R. */
const slack = 1 + 1e-7;

/** The exact two-sided p value of a count of n fair coins: twice the smaller tail, at most 1. */
export function binomialP(successes: number, n: number): number {
  const least = Math.min(successes, n - successes);
  let tail = 0;
  for (let k = 0; k <= least; k++) tail += Math.exp(logChoose(n, k) - n * Math.LN2);
  return Math.min(1, 2 * tail);
}

/**
 * Fisher's exact test of two independent shares: successes of n, each. Two-sided: the sum over all tables with the same
 * margins that are no more likely.
 * @source Fisher 1935, The logic of inductive inference.
 */
export function fisherExact(
  one: { readonly successes: number; readonly n: number },
  other: { readonly successes: number; readonly n: number },
): { p: number } {
  const successes = one.successes + other.successes;
  const total = one.n + other.n;
  const probability = (k: number) =>
    Math.exp(logChoose(one.n, k) + logChoose(other.n, successes - k) - logChoose(total, successes));
  const observed = probability(one.successes) * slack;
  let p = 0;
  for (let k = Math.max(0, successes - other.n); k <= Math.min(one.n, successes); k++) {
    const likelihood = probability(k);
    if (likelihood <= observed) p += likelihood;
  }
  return { p: Math.min(1, p) };
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
