import { chiSquareP } from "./distributions.ts";
import { binomialP } from "./exactTests.ts";

/**
 * McNemar's exact test of two classifiers on the same independent studies. onlyA, onlyB: how many studies only the one and
 * only the other called right; what both called alike says nothing. Two-sided; 1 if there are none.
 * @source McNemar 1947; the exact form is the binomial test of onlyA of onlyA + onlyB against a half.
 */
export function mcnemarExact(onlyA: number, onlyB: number): { p: number } {
  return { p: binomialP(onlyA, onlyA + onlyB) };
}

/**
 * McNemar's test where items belong to subjects: whether the shares of right calls of A and B differ, from each subject's
 * surplus of items that only A called right.
 *
 * rightA, rightB: 1 or 0 for each item; cluster: the item's subject. method: `yang`, with one item for each subject
 * McNemar's own; `obuchowski`, the same smaller by (subjects − 1) / subjects; `durkalski`, where each subject counts alike
 * however many items it has. statistic: chi-square with one degree of freedom, 0 where A and B differ nowhere.
 * @source Obuchowski 1998, On the comparison of correlated proportions for clustered data; Durkalski et al. 2003, Analysis
 * of clustered matched-pair data; Yang, Sun and Hardin 2010, A note on the tests for clustered matched-pair binary data.
 */
export function clusteredMcnemar(
  rightA: ArrayLike<number>,
  rightB: ArrayLike<number>,
  cluster: ArrayLike<number>,
  options: { readonly method?: "yang" | "obuchowski" | "durkalski" } = {},
): { difference: number; statistic: number; p: number; clusters: number } {
  const { method = "yang" } = options;
  const surplus = new Map<number, number>();
  const items = new Map<number, number>();
  for (let i = 0; i < cluster.length; i++) {
    surplus.set(cluster[i], (surplus.get(cluster[i]) ?? 0) + rightA[i] - rightB[i]);
    items.set(cluster[i], (items.get(cluster[i]) ?? 0) + 1);
  }
  let [total, sum, squares] = [0, 0, 0];
  for (const [subject, of] of surplus) {
    const own = method === "durkalski" ? of / (items.get(subject) ?? 1) : of;
    total += of;
    sum += own;
    squares += own ** 2;
  }
  const clusters = surplus.size;
  const factor = method === "obuchowski" ? (clusters - 1) / clusters : 1;
  const statistic = squares === 0 ? 0 : (factor * sum ** 2) / squares;
  return { difference: total / cluster.length, statistic, p: chiSquareP(statistic, 1), clusters };
}
