import { countShare, type Estimate, shareEstimate } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { jackknifeValues, ratioStatistic } from "../statistics/statistic.ts";
import type { Items } from "./items.ts";
import { resampleValues } from "./resampleValues.ts";

/** One class against the rest. */
export interface ClassRow {
  readonly class: string;
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  readonly accuracy: Estimate;
}

/** The paper's table of a classifier, and the confusion matrix that it follows from. */
export interface ClassTable {
  readonly rows: readonly ClassRow[];
  /** Share of items whose predicted class is the true one. */
  readonly overallAccuracy: Estimate;
  /** Counts, [truth, predicted], in the order of the classes. */
  readonly confusion: readonly (readonly number[])[];
  /** The same as shares of each true class. */
  readonly rates: readonly (readonly Estimate[])[];
}

/** Counts as a flat matrix, [truth, predicted]; or one such matrix for each subject, one after the other. */
export type Counts = Float64Array;

/** A share of a confusion matrix, and what is missing where its denominator is 0. */
export interface Share {
  readonly of: (counts: Counts) => { numerator: number; denominator: number };
  readonly absent: string;
}

/** How many items of each subject fall in each cell, [subjects, truth, predicted]. */
export function countsOfSubjects(items: Items): Counts {
  const k = items.classes.length;
  const counts = new Float64Array(items.subjects * k * k);
  for (let i = 0; i < items.truth.length; i++) {
    counts[(items.subjectOf[i] * k + items.truth[i]) * k + items.predicted[i]]++;
  }
  return counts;
}

/** The subjects' matrices added up, [truth, predicted], each as often as its weight says (once without weights). */
export function addUp(counts: Counts, classes: number, weights?: Uint16Array): Counts {
  const cells = classes * classes;
  const sum = new Float64Array(cells);
  for (let subject = 0, at = 0; at < counts.length; subject++) {
    const weight = weights === undefined ? 1 : weights[subject];
    if (weight === 0) {
      at += cells;
      continue;
    }
    for (let cell = 0; cell < cells; cell++, at++) sum[cell] += weight * counts[at];
  }
  return sum;
}

/** Sensitivity, specificity and accuracy of class `index` against the rest. what: "images" or "studies", for reasons. */
export function classShares(classes: readonly string[], index: number, what: string): [Share, Share, Share] {
  const k = classes.length;
  const cellsOf = (counts: Counts) => {
    let [all, row, column] = [0, 0, 0];
    for (let truth = 0; truth < k; truth++) {
      for (let predicted = 0; predicted < k; predicted++) {
        const count = counts[truth * k + predicted];
        all += count;
        if (truth === index) row += count;
        if (predicted === index) column += count;
      }
    }
    const right = counts[index * k + index];
    return { all, row, right, rightRest: all - row - column + right };
  };
  const sensitivity: Share = {
    of: (counts) => {
      const { row, right } = cellsOf(counts);
      return { numerator: right, denominator: row };
    },
    absent: `no ${what} of ${classes[index]}`,
  };
  const specificity: Share = {
    of: (counts) => {
      const { all, row, rightRest } = cellsOf(counts);
      return { numerator: rightRest, denominator: all - row };
    },
    absent: `no ${what} of another class than ${classes[index]}`,
  };
  const accuracy: Share = {
    of: (counts) => {
      const { all, right, rightRest } = cellsOf(counts);
      return { numerator: right + rightRest, denominator: all };
    },
    absent: `no ${what}`,
  };
  return [sensitivity, specificity, accuracy];
}

/** Share of items on the diagonal. */
export function overallShare(classes: readonly string[], what: string): Share {
  const k = classes.length;
  return {
    of: (counts) => {
      let numerator = 0;
      for (let i = 0; i < k; i++) numerator += counts[i * k + i];
      return { numerator, denominator: counts.reduce((sum, count) => sum + count, 0) };
    },
    absent: `no ${what}`,
  };
}

/** Sensitivity, specificity and accuracy of each class and the overall accuracy, with 95 % intervals over subjects. */
export function classTable(items: Items, resampling: Resampling, what: "images" | "studies"): ClassTable {
  const { classes } = items;
  const k = classes.length;
  const shares = [
    ...classes.flatMap((_, index) => classShares(classes, index, what)),
    overallShare(classes, what),
    ...classes.flatMap((_, truth) => rateShares(classes, truth, what)),
  ];
  const counts = countsOfSubjects(items);
  const total = addUp(counts, k);
  const { draws } = resampleValues((weights) => {
    const sum = addUp(counts, k, weights);
    return shares.map((share) => ratio(share.of(sum)));
  }, resampling);
  const estimates = shares.map((share, s) => {
    const { numerators, denominators } = shareOfEach(share, counts, k);
    const jackknife = jackknifeValues(ratioStatistic(numerators, denominators));
    return shareEstimate(countShare(numerators, denominators), { ...draws[s], jackknife }, share.absent);
  });
  return {
    rows: classes.map((name, index) => ({
      class: name,
      sensitivity: estimates[3 * index],
      specificity: estimates[3 * index + 1],
      accuracy: estimates[3 * index + 2],
    })),
    overallAccuracy: estimates[3 * k],
    confusion: classes.map((_, truth) => [...total.subarray(truth * k, (truth + 1) * k)]),
    rates: classes.map((_, truth) => estimates.slice(3 * k + 1 + truth * k, 3 * k + 1 + (truth + 1) * k)),
  };
}

/** Of the items of one true class, the share that is called each class. */
function rateShares(classes: readonly string[], truth: number, what: string): Share[] {
  const k = classes.length;
  return classes.map((_, predicted) => ({
    of: (counts) => {
      let row = 0;
      for (let cell = truth * k; cell < (truth + 1) * k; cell++) row += counts[cell];
      return { numerator: counts[truth * k + predicted], denominator: row };
    },
    absent: `no ${what} of ${classes[truth]}`,
  }));
}

/** What each subject brings to a share, [subjects] each. counts: [subjects, truth, predicted]. */
export function shareOfEach(
  share: Share,
  counts: Counts,
  classes: number,
): { numerators: Float64Array; denominators: Float64Array } {
  const cells = classes * classes;
  const subjects = counts.length / cells;
  const numerators = new Float64Array(subjects);
  const denominators = new Float64Array(subjects);
  for (let s = 0; s < subjects; s++) {
    const { numerator, denominator } = share.of(counts.subarray(s * cells, (s + 1) * cells));
    numerators[s] = numerator;
    denominators[s] = denominator;
  }
  return { numerators, denominators };
}

/** numerator / denominator, NaN where that is 0 / 0: only for lists of resamples, which leave NaN out. */
export function ratio({ numerator, denominator }: { numerator: number; denominator: number }): number {
  return denominator === 0 ? Number.NaN : numerator / denominator;
}
