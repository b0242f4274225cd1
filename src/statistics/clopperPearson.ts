import { betaQuantile } from "./distributions.ts";
import type { Interval } from "./wilson.ts";

/**
 * The exact 95 % interval of a share: never less than 95 % sure, and so wider than Wilson's. n > 0 independent trials.
 * @source Clopper and Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial.
 */
export function clopperPearsonInterval(successes: number, n: number): Interval {
  return {
    low: successes === 0 ? 0 : betaQuantile(0.025, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(0.975, successes + 1, n - successes),
  };
}
