/** So many exceedances settle that a p value is not small. */
const enough = 20;

/**
 * The p value of a statistic by permutation, drawn one by one until twenty permutations reached it: what is no finding costs
 * little, what is one gets all permutations. Exact in the sense that P(p ≤ α) ≤ α without an effect.
 *
 * @source Besag and Clifford 1991, Sequential Monte Carlo p-values.
 */
export function permutationP(observed: number, permuted: () => number, most: number): number {
  let reached = 0;
  for (let drawn = 1; drawn <= most; drawn++) {
    // The last digits of equal areas may differ by the order of summation.
    if (permuted() >= observed - 1e-9) reached++;
    if (reached === enough) return reached / drawn;
  }
  return (reached + 1) / (most + 1);
}
