import { type AucTest, type AucVariance, testDifference, withInterval } from "./delong.ts";
import { type Placements, placements } from "./placements.ts";

/**
 * The area under the ROC curve of items that belong to subjects, with a variance that lets a subject's items depend on each
 * other, its positives on its negatives too. With one item for each subject it is DeLong's.
 *
 * scores, positive, cluster: one for each item; positive is 1 or 0, cluster the item's subject. The variance is NaN where
 * fewer than two subjects have a positive, or a negative.
 * @source Obuchowski 1997, Nonparametric analysis of clustered ROC curve data.
 */
export function obuchowskiAuc(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  cluster: ArrayLike<number>,
): AucVariance {
  const one = placements(scores, positive);
  return withInterval(one.auc, clusteredVariance(excessOf(one, cluster), one));
}

/** Whether two scores of the same items, a and b, have different areas, where items belong to subjects. */
export function obuchowskiTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  positive: ArrayLike<number>,
  cluster: ArrayLike<number>,
): AucTest {
  const [one, other] = [placements(a, positive), placements(b, positive)];
  const excess = excessOf(one, cluster);
  for (const [subject, of] of excessOf(other, cluster)) {
    const own = excess.get(subject);
    if (own === undefined) continue;
    own.positives -= of.positives;
    own.negatives -= of.negatives;
  }
  return testDifference(one.auc - other.auc, clusteredVariance(excess, one));
}

/** By how much a subject's placements exceed what as many mean ones would be, and whether it has items of each kind. */
interface Excess {
  positives: number;
  negatives: number;
  hasPositives: boolean;
  hasNegatives: boolean;
}

function excessOf(one: Placements, cluster: ArrayLike<number>): Map<number, Excess> {
  const excess = new Map<number, Excess>();
  const of = (item: number) => {
    const known = excess.get(cluster[item]);
    if (known !== undefined) return known;
    const added = { positives: 0, negatives: 0, hasPositives: false, hasNegatives: false };
    excess.set(cluster[item], added);
    return added;
  };
  for (const [at, item] of one.positives.entries()) {
    const own = of(item);
    own.positives += one.ofPositives[at] - one.auc;
    own.hasPositives = true;
  }
  for (const [at, item] of one.negatives.entries()) {
    const own = of(item);
    own.negatives += one.ofNegatives[at] - one.auc;
    own.hasNegatives = true;
  }
  return excess;
}

/** S₁₀/m + S₀₁/n + 2 S₁₁/(mn) of the paper, its sums of squares divided by m and n once more. */
function clusteredVariance(excess: ReadonlyMap<number, Excess>, { positives, negatives }: Placements): number {
  const [m, n] = [positives.length, negatives.length];
  let [ofPositives, ofNegatives, ofBoth, withPositives, withNegatives] = [0, 0, 0, 0, 0];
  for (const own of excess.values()) {
    ofPositives += own.positives ** 2;
    ofNegatives += own.negatives ** 2;
    ofBoth += own.positives * own.negatives;
    if (own.hasPositives) withPositives++;
    if (own.hasNegatives) withNegatives++;
  }
  const unbiased = (clusters: number) => clusters / (clusters - 1);
  const variance =
    (unbiased(withPositives) * ofPositives) / m ** 2 +
    (unbiased(withNegatives) * ofNegatives) / n ** 2 +
    (2 * unbiased(excess.size) * ofBoth) / (m * n);
  return Math.max(0, variance);
}
