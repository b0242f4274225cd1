import { aucCovariance } from "./delong.ts";
import { fisherP, studentP, studentQuantile } from "./distributions.ts";
import { type Placements, placements } from "./placements.ts";
import type { Interval } from "./wilson.ts";

/** The error covariances of several readers' areas on the same cases, averaged over the pairs of each kind. */
export interface ReaderCovariances {
  /** Of one reader with one modality. */
  readonly variance: number;
  /** Of one reader between two modalities. */
  readonly cov1: number;
  /** Of one modality between two readers. */
  readonly cov2: number;
  /** Of different modalities and readers. */
  readonly cov3: number;
  /** `cov2` within each modality alone, [modalities]. */
  readonly cov2Within: readonly number[];
}

/** What the results should hold for: readers and cases like these, or these very ones. */
export type MrmcScope = "random-readers-and-cases" | "random-readers" | "random-cases";

/** A mean or a difference with its 95 % interval. */
export interface MrmcEstimate extends Interval {
  readonly value: number;
  readonly standardError: number;
  /** Degrees of freedom, by Hillis. */
  readonly degrees: number;
}

export interface MrmcResult {
  /** Of the hypothesis that all modalities have the same mean area. */
  readonly f: number;
  readonly degrees: readonly [number, number];
  readonly p: number;
  /** Each modality's mean over the readers, from its own data alone. */
  readonly means: readonly MrmcEstimate[];
  /** The first modality of each pair minus the second. */
  readonly differences: readonly (MrmcEstimate & { readonly pair: readonly [number, number]; readonly p: number })[];
}

/**
 * Whether modalities differ when several readers read the same cases with each: analysis of variance of the areas, with the
 * covariances that reading the same cases brings.
 *
 * areas: [modalities, readers], at least two of each. A single reader or fixed ones: scope `random-cases`.
 * @source Obuchowski and Rockette 1995, Hypothesis testing of the diagnostic accuracy for multiple diagnostic tests; Hillis
 * 2007, A comparison of denominator degrees of freedom methods for multiple observer ROC analysis; Hillis 2014, A marginal-
 * mean ANOVA approach for analyzing multireader multicase radiological imaging data.
 */
export function obuchowskiRockette(
  areas: readonly (readonly number[])[],
  covariances: ReaderCovariances,
  options: { readonly scope?: MrmcScope } = {},
): MrmcResult {
  const { scope = "random-readers-and-cases" } = options;
  const [modalities, readers] = [areas.length, areas[0]?.length ?? 0];
  const means = areas.map(mean);
  const grand = mean(means);
  const readerMeans = Array.from({ length: readers }, (_, j) => mean(areas.map((row) => row[j])));
  const betweenModalities = (readers * sumOf(means, (one) => (one - grand) ** 2)) / (modalities - 1);
  const interaction =
    sumOf(areas, (row, i) => sumOf(row, (area, j) => (area - means[i] - readerMeans[j] + grand) ** 2)) /
    ((modalities - 1) * (readers - 1));

  const degrees1 = modalities - 1;
  const spread = denominatorOf(scope, interaction, covariances, readers);
  const degrees2 =
    scope === "random-cases" ? Number.POSITIVE_INFINITY : hillis(spread, interaction, degrees1 * (readers - 1));
  const f = betweenModalities / spread;
  const ofDifference = Math.sqrt((2 / readers) * spread);
  return {
    f,
    degrees: [degrees1, degrees2],
    p: fisherP(f, degrees1, degrees2),
    means: areas.map((row, i) => {
      const own = sumOf(row, (area) => (area - means[i]) ** 2) / (readers - 1);
      const { variance, cov2Within } = covariances;
      const spreadOfOne =
        scope === "random-cases"
          ? variance + (readers - 1) * cov2Within[i]
          : own + (scope === "random-readers" ? 0 : Math.max(0, readers * cov2Within[i]));
      const degrees = scope === "random-cases" ? Number.POSITIVE_INFINITY : hillis(spreadOfOne, own, readers - 1);
      return estimate(means[i], Math.sqrt(spreadOfOne / readers), degrees);
    }),
    differences: pairsOf(modalities).map((pair) => {
      const value = means[pair[0]] - means[pair[1]];
      return { pair, ...estimate(value, ofDifference, degrees2), p: studentP(value / ofDifference, degrees2) };
    }),
  };
}

/**
 * `obuchowskiRockette` from the readers' scores. scores: [modalities, readers, cases]; positive: 1 or 0 for each case.
 * covariance: `delong`, or `unbiased` by U statistics, which takes the time of positives times negatives.
 */
export function mrmcOfScores(
  scores: readonly (readonly ArrayLike<number>[])[],
  positive: ArrayLike<number>,
  options: { readonly scope?: MrmcScope; readonly covariance?: "delong" | "unbiased" } = {},
): MrmcResult & { areas: number[][]; covariances: ReaderCovariances } {
  const { covariance = "delong" } = options;
  const all = scores.map((readers) => readers.map((one) => placements(one, positive)));
  const areas = all.map((row) => row.map((one) => one.auc));
  const between = (a: readonly [number, number], b: readonly [number, number]) =>
    covariance === "delong"
      ? aucCovariance(at(all, a), at(all, b))
      : unbiasedCovariance(at(scores, a), at(scores, b), at(all, a));
  const covariances = readerCovariances(areas.length, areas[0]?.length ?? 0, between);
  return { areas, covariances, ...obuchowskiRockette(areas, covariances, options) };
}

/** Means of the covariances over the pairs of each kind. between: of two areas, each given by its modality and reader. */
export function readerCovariances(
  modalities: number,
  readers: number,
  between: (a: readonly [number, number], b: readonly [number, number]) => number,
): ReaderCovariances {
  const cells = Array.from({ length: modalities * readers }, (_, i) => [Math.floor(i / readers), i % readers] as const);
  const lists = { variance: [] as number[], cov1: [] as number[], cov2: [] as number[], cov3: [] as number[] };
  const within = Array.from({ length: modalities }, () => [] as number[]);
  for (const [i, a] of cells.entries()) {
    for (const b of cells.slice(i)) {
      const value = between(a, b);
      const [isModality, isReader] = [a[0] === b[0], a[1] === b[1]];
      lists[isModality ? (isReader ? "variance" : "cov2") : isReader ? "cov1" : "cov3"].push(value);
      if (isModality && !isReader) within[a[0]].push(value);
    }
  }
  return {
    variance: mean(lists.variance),
    cov1: mean(lists.cov1),
    cov2: mean(lists.cov2),
    cov3: mean(lists.cov3),
    cov2Within: within.map(mean),
  };
}

function denominatorOf(scope: MrmcScope, interaction: number, of: ReaderCovariances, readers: number): number {
  if (scope === "random-readers") return interaction;
  const shared = Math.max(0, of.cov2 - of.cov3);
  if (scope === "random-cases") return of.variance - of.cov1 + (readers - 1) * shared;
  return interaction + readers * shared;
}

/** The degrees of freedom of a mean square with something known added to it. */
function hillis(total: number, meanSquare: number, degrees: number): number {
  return (total ** 2 / meanSquare ** 2) * degrees;
}

function estimate(value: number, standardError: number, degrees: number): MrmcEstimate {
  const half = studentQuantile(0.975, degrees) * standardError;
  return { value, standardError, degrees, low: value - half, high: value + half };
}

/**
 * An unbiased covariance of two areas of the same cases: the product of the areas minus its estimate from pairs that share
 * neither a positive nor a negative.
 * @source Gallas, Pennello and Myers 2007, Multireader multicase variance analysis for binary data.
 */
function unbiasedCovariance(a: ArrayLike<number>, b: ArrayLike<number>, { positives, negatives }: Placements): number {
  const [m, n] = [positives.length, negatives.length];
  const win = (of: ArrayLike<number>, p: number, q: number) => (of[p] > of[q] ? 1 : of[p] === of[q] ? 0.5 : 0);
  const [columnsA, columnsB] = [new Float64Array(n), new Float64Array(n)];
  let [same, rows, sumA, sumB] = [0, 0, 0, 0];
  for (const p of positives) {
    let [rowA, rowB] = [0, 0];
    for (const [j, q] of negatives.entries()) {
      const [wonA, wonB] = [win(a, p, q), win(b, p, q)];
      same += wonA * wonB;
      rowA += wonA;
      rowB += wonB;
      columnsA[j] += wonA;
      columnsB[j] += wonB;
    }
    rows += rowA * rowB;
    sumA += rowA;
    sumB += rowB;
  }
  const columns = columnsA.reduce((sum, one, j) => sum + one * columnsB[j], 0);
  const apart = (sumA * sumB - rows - columns + same) / (m * (m - 1) * n * (n - 1));
  return (sumA * sumB) / (m * n) ** 2 - apart;
}

function pairsOf(count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, j): [number, number] => [i, i + 1 + j]),
  );
}

function at<T>(rows: readonly (readonly T[])[], [i, j]: readonly [number, number]): T {
  return rows[i][j];
}

function sumOf<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((sum, item, i) => sum + of(item, i), 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
