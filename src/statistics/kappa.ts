import { normalP } from "./distributions.ts";
import type { Statistic } from "./statistic.ts";
import { type Interval, z95 } from "./wilson.ts";

/** Agreement beyond chance: 1 is perfect, 0 what chance alone would give. */
export interface Kappa extends Interval {
  readonly kappa: number;
  /** low … high is kappa ± 1.96 of these. */
  readonly standardError: number;
  /** Of the hypothesis of no agreement beyond chance, two-sided. */
  readonly p: number;
}

/**
 * How disagreements count: `none`: one is as bad as another; `linear` and `quadratic`: by the distance of ordered
 * categories or its square.
 */
export type KappaWeights = "none" | "linear" | "quadratic";

/**
 * Cohen's kappa of two readers of the same independent items. a, b: each reader's category, 0 … categories − 1. NaN where
 * both always call one and the same category.
 * @source Cohen 1960 and 1968; Fleiss, Cohen and Everitt 1969, Large sample standard errors of kappa and weighted kappa.
 */
export function cohenKappa(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { readonly weights?: KappaWeights } = {},
): Kappa {
  const { weights = "none" } = options;
  const n = a.length;
  const categories = categoriesOf(a, b);
  const joint = new Float64Array(categories ** 2);
  for (let i = 0; i < n; i++) joint[a[i] * categories + b[i]] += 1 / n;
  const { agreement, ofA, ofB, observed, expected } = agreementOf(joint, categories, weights);
  const kappa = (observed - expected) / (1 - expected);
  const all = Array.from({ length: categories }, (_, k) => k);
  const weightOfA = all.map((i) => all.reduce((sum, j) => sum + ofB[j] * agreement(i, j), 0));
  const weightOfB = all.map((j) => all.reduce((sum, i) => sum + ofA[i] * agreement(i, j), 0));
  let [spread, spreadByChance] = [0, 0];
  for (const i of all) {
    for (const j of all) {
      const both = weightOfA[i] + weightOfB[j];
      spread += joint[i * categories + j] * (agreement(i, j) - both * (1 - kappa)) ** 2;
      spreadByChance += ofA[i] * ofB[j] * (agreement(i, j) - both) ** 2;
    }
  }
  const scale = Math.sqrt(n) * (1 - expected);
  const standardError = Math.sqrt(Math.max(0, spread - (kappa - expected * (1 - kappa)) ** 2)) / scale;
  const byChance = Math.sqrt(spreadByChance - expected ** 2) / scale;
  return withInterval(kappa, standardError, byChance);
}

/** Cohen's kappa for any weights of the subjects, for its interval where a subject has several items. */
export function kappaStatistic(
  items: {
    readonly a: ArrayLike<number>;
    readonly b: ArrayLike<number>;
    /** The item's subject, 0 … subjects − 1. */
    readonly cluster: ArrayLike<number>;
    readonly subjects: number;
  },
  options: { readonly weights?: KappaWeights } = {},
): Statistic {
  const { weights: disagreement = "none" } = options;
  const { a, b, cluster, subjects } = items;
  const categories = categoriesOf(a, b);
  const cells = categories ** 2;
  const counts = new Float64Array(subjects * cells);
  for (let i = 0; i < a.length; i++) counts[cluster[i] * cells + a[i] * categories + b[i]]++;
  return {
    subjects,
    value: (weights) => {
      const joint = new Float64Array(cells);
      for (let s = 0; s < subjects; s++) {
        for (let cell = 0; cell < cells; cell++) joint[cell] += weights[s] * counts[s * cells + cell];
      }
      const n = joint.reduce((sum, count) => sum + count, 0);
      const shares = joint.map((count) => count / n);
      const { observed, expected } = agreementOf(shares, categories, disagreement);
      return expected === 1 ? Number.NaN : (observed - expected) / (1 - expected);
    },
  };
}

/**
 * Fleiss' kappa of several readers: counts [items, categories], how many readers put an item in each category; the same
 * number of readers, at least two, for each of at least two items.
 * @source Fleiss 1971, Measuring nominal scale agreement among many raters; the standard error is Gwet's (2021, Large-sample
 * variance of Fleiss generalized kappa), that of p is of Fleiss, Nee and Landis 1979.
 */
export function fleissKappa(counts: readonly (readonly number[])[]): Kappa {
  const n = counts.length;
  const readers = counts[0].reduce((sum, count) => sum + count, 0);
  const shares = counts[0].map((_, k) => counts.reduce((sum, row) => sum + row[k], 0) / (n * readers));
  const agreements = counts.map(
    (row) => row.reduce((sum, count) => sum + count * (count - 1), 0) / (readers * (readers - 1)),
  );
  const observed = agreements.reduce((sum, one) => sum + one, 0) / n;
  const expected = shares.reduce((sum, share) => sum + share ** 2, 0);
  const kappa = (observed - expected) / (1 - expected);
  // What each item adds, its share in the expected agreement included.
  const linear = counts.map((row, i) => {
    const own = row.reduce((sum, count, k) => sum + (count / readers) * shares[k], 0);
    return (agreements[i] - expected - 2 * (1 - kappa) * (own - expected)) / (1 - expected);
  });
  const squares = linear.reduce((sum, one) => sum + (one - kappa) ** 2, 0);
  const standardError = Math.sqrt(squares / (n * (n - 1)));
  const pq = shares.reduce((sum, share) => sum + share * (1 - share), 0);
  const cubes = shares.reduce((sum, share) => sum + share * (1 - share) * (1 - 2 * share), 0);
  const byChance = Math.sqrt((2 * (pq ** 2 - cubes)) / (n * readers * (readers - 1))) / pq;
  return withInterval(kappa, standardError, byChance);
}

function withInterval(kappa: number, standardError: number, byChance: number): Kappa {
  const half = z95 * standardError;
  return {
    kappa,
    standardError,
    p: normalP(kappa / byChance),
    low: Math.max(-1, kappa - half),
    high: Math.min(1, kappa + half),
  };
}

/** joint: share of items in each pair of categories, [a, b]. */
function agreementOf(joint: Float64Array, categories: number, weights: KappaWeights) {
  const furthest = Math.max(1, categories - 1);
  const agreement = (i: number, j: number) => {
    if (weights === "none") return i === j ? 1 : 0;
    const distance = Math.abs(i - j) / furthest;
    return 1 - (weights === "linear" ? distance : distance ** 2);
  };
  const ofA = new Float64Array(categories);
  const ofB = new Float64Array(categories);
  let [observed, expected] = [0, 0];
  for (let i = 0; i < categories; i++) {
    for (let j = 0; j < categories; j++) {
      ofA[i] += joint[i * categories + j];
      ofB[j] += joint[i * categories + j];
      observed += joint[i * categories + j] * agreement(i, j);
    }
  }
  for (let i = 0; i < categories; i++) {
    for (let j = 0; j < categories; j++) expected += ofA[i] * ofB[j] * agreement(i, j);
  }
  return { agreement, ofA, ofB, observed, expected };
}

function categoriesOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, a[i], b[i]);
  return most + 1;
}
