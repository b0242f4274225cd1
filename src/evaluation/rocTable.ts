import { areaOf, aucStatistic, rankItems } from "../statistics/auc.ts";
import { aucEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import { obuchowskiAuc } from "../statistics/obuchowski.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { type RocPoint, rocCurve, thinCurve } from "../statistics/roc.ts";
import { type Draws, drawsOf, meanOfDraws } from "../statistics/statistic.ts";
import type { Items } from "./items.ts";

/** One class's curve against the rest. */
export interface ClassRoc {
  readonly class: string;
  readonly auc: Estimate;
  /** Thinned to at most about 400 points. */
  readonly points: readonly RocPoint[];
}

/** ROC curves of all classes and their means. */
export interface RocTable {
  readonly rows: readonly ClassRoc[];
  /** Mean of the classes' areas. */
  readonly macroAuc: Estimate;
  /** Area of all classes' scores pooled: each item is a positive of its class and a negative of each other. */
  readonly microAuc: Estimate;
}

/** ROC curve and area of each class against the rest, macro and micro, with 95 % intervals over subjects. */
export function rocTable(items: Items, resampling: Resampling, what: "images" | "studies"): RocTable {
  const { classes, subjects } = items;
  const kinds = classes.map((_, k) => Uint8Array.from(items.truth, (truth) => (truth === k ? 1 : 0)));
  const rankings = classes.map((_, k) => rankItems(items.scores[k], kinds[k], items.subjectOf, subjects));
  const draws = rankings.map((ranking) => drawsOf(aucStatistic(ranking), resampling));
  const rows = classes.map((name, k): ClassRoc => {
    const on = subjectsOfKinds(items, kinds[k]);
    const reason = missingKind(name, on, what);
    const auc = reason === null ? aucEstimate(areaOf(rankings[k]), on, draws[k]) : noEstimate(reason, on.n, subjects);
    return { class: name, auc, points: thinCurve(rocCurve(items.scores[k], kinds[k])) };
  });
  const n = items.truth.length;
  return {
    rows,
    macroAuc: macroEstimate(rows, draws, { n, subjects }),
    microAuc: microEstimate(items, kinds, { resampling, what }),
  };
}

/** With more subjects than this an area is as good as normal, and resampling all classes' scores would only cost time. */
const mostResampled = 500;

function microEstimate(
  items: Items,
  kinds: readonly Uint8Array[],
  { resampling, what }: { resampling: Resampling; what: string },
): Estimate {
  const { subjects } = items;
  const n = items.truth.length;
  if (n === 0) return noEstimate(`no ${what}`, n, subjects);
  const { scores, positive, subjectOf } = pool(items, kinds);
  if (subjects > mostResampled) {
    const { auc, low, high } = obuchowskiAuc(scores, positive, subjectOf);
    return { value: auc, n, subjects, low, high, method: "obuchowski" };
  }
  const ranking = rankItems(scores, positive, subjectOf, subjects);
  const on = { n, subjects, positives: subjects, negatives: subjects };
  return aucEstimate(areaOf(ranking), on, drawsOf(aucStatistic(ranking), resampling));
}

function pool(items: Items, kinds: readonly Uint8Array[]) {
  const n = items.truth.length;
  const k = items.classes.length;
  const scores = new Float64Array(n * k);
  const positive = new Uint8Array(n * k);
  const subjectOf = new Int32Array(n * k);
  for (let c = 0; c < k; c++) {
    scores.set(items.scores[c], c * n);
    positive.set(kinds[c], c * n);
    subjectOf.set(items.subjectOf, c * n);
  }
  return { scores, positive, subjectOf };
}

interface Kinds {
  readonly n: number;
  readonly subjects: number;
  /** Subjects with a positive, and with a negative. */
  readonly positives: number;
  readonly negatives: number;
}

function subjectsOfKinds(items: Items, positive: Uint8Array): Kinds {
  const subjects = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < positive.length; i++) subjects[positive[i]].add(items.subjectOf[i]);
  return {
    n: positive.length,
    subjects: items.subjects,
    positives: subjects[1].size,
    negatives: subjects[0].size,
  };
}

function missingKind(name: string, on: Kinds, what: string): string | null {
  if (on.n === 0) return `no ${what}`;
  if (on.positives === 0) return `no ${what} of ${name}`;
  return on.negatives === 0 ? `no ${what} of another class than ${name}` : null;
}

/** Mean over the classes; where resampling says nothing, the mean of the classes' intervals, which is the wider choice. */
function macroEstimate(
  rows: readonly ClassRoc[],
  draws: readonly Draws[],
  { n, subjects }: { n: number; subjects: number },
): Estimate {
  const missing = rows.find((row) => row.auc.value === null);
  if (missing !== undefined) return noEstimate(missing.auc.reason ?? "a class is missing", n, subjects);
  const mean = (of: (row: ClassRoc) => number | null) =>
    rows.reduce((sum, row) => sum + (of(row) ?? Number.NaN), 0) / rows.length;
  const value = mean((row) => row.auc.value);
  const estimate = aucEstimate(value, { n, subjects, positives: subjects, negatives: subjects }, meanOfDraws(draws));
  if (estimate.method !== "newcombe-subjects") return estimate;
  return { ...estimate, low: mean((row) => row.auc.low), high: mean((row) => row.auc.high) };
}
