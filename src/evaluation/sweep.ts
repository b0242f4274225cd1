import { classFractions } from "../prediction/pooling/means.ts";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import { decideByFraction, type StudyRule } from "../prediction/studyRule.ts";
import { countShare, type Estimate, shareEstimate } from "../statistics/estimate.ts";
import { type Resampling, weightsOf } from "../statistics/resampling.ts";
import { jackknifeValues, ratioStatistic } from "../statistics/statistic.ts";
import { addUp, type Counts, classShares, countsOfSubjects, overallShare, ratio, shareOfEach } from "./confusion.ts";
import { countedStudies, type Items } from "./items.ts";

/** What the fraction rule would give at one threshold. */
export interface SweepRow {
  /** Share of images, 0 … 1. */
  readonly threshold: number;
  /** Of the class that is decided first, against the rest. */
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  readonly accuracy: Estimate;
  /** Of all classes. */
  readonly overallAccuracy: Estimate;
}

/** The fraction rule at every threshold from 0 to 100 %, one row for each percent (the paper's Fig. 6). */
export function sweepThreshold(
  set: PredictionSet,
  rule: StudyRule,
  studies: Items,
  resampling: Resampling,
): SweepRow[] {
  const { classes } = studies;
  const thresholds = Array.from({ length: 101 }, (_, percent) => percent / 100);
  const findings = findingsAt(set, rule, thresholds);
  const first = classes.indexOf(rule.classes[0]);
  const shares = [...classShares(classes, first, "studies"), overallShare(classes, "studies")];
  const resampled = thresholds.map(() => shares.map(() => new Float64Array(resampling.resamples)));

  const start = countsOfSubjects({ ...studies, predicted: findings[0] });
  const changes = thresholds.map((_, t) => changesBetween(studies, findings[Math.max(0, t - 1)], findings[t]));
  for (let r = 0; r < resampling.resamples; r++) {
    const weights = weightsOf(resampling, r);
    const sum = addUp(start, classes.length, weights);
    for (let t = 0; t < thresholds.length; t++) {
      for (const { subject, from, to } of changes[t]) {
        sum[from] -= weights[subject];
        sum[to] += weights[subject];
      }
      for (let s = 0; s < shares.length; s++) resampled[t][s][r] = ratio(shares[s].of(sum));
    }
  }

  return thresholds.map((threshold, t) => {
    const counts: Counts = countsOfSubjects({ ...studies, predicted: findings[t] });
    const estimates = shares.map((share, s) => {
      const { numerators, denominators } = shareOfEach(share, counts, classes.length);
      const jackknife = jackknifeValues(ratioStatistic(numerators, denominators));
      return shareEstimate(
        countShare(numerators, denominators),
        { resampled: resampled[t][s], jackknife },
        share.absent,
      );
    });
    const [sensitivity, specificity, accuracy, overallAccuracy] = estimates;
    return { threshold, sensitivity, specificity, accuracy, overallAccuracy };
  });
}

interface Change {
  readonly subject: number;
  /** Cells of the confusion matrix. */
  readonly from: number;
  readonly to: number;
}

/** Which studies another finding moves to another cell. */
function changesBetween(studies: Items, before: Int32Array, after: Int32Array): Change[] {
  const changes: Change[] = [];
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue;
    const row = studies.truth[i] * studies.classes.length;
    changes.push({ subject: studies.subjectOf[i], from: row + before[i], to: row + after[i] });
  }
  return changes;
}

/** The finding of each study, as the index of its class, at each threshold: [thresholds][studies]. */
function findingsAt(set: PredictionSet, rule: StudyRule, thresholds: readonly number[]): Int32Array[] {
  const studies = countedStudies(set).map((study) => study.slices.map((slice) => slice.probabilities));
  const findings = thresholds.map(() => new Int32Array(studies.length));
  for (const [i, slices] of studies.entries()) {
    const fractions = classFractions(slices);
    const known = new Map<string, number>();
    for (const [t, threshold] of thresholds.entries()) {
      const whichAreLarger = fractions.map((fraction) => (fraction > threshold ? 1 : 0)).join("");
      let finding = known.get(whichAreLarger);
      if (finding === undefined) {
        finding = set.classes.indexOf(rule.classes[decideByFraction(fractions, threshold)]);
        known.set(whichAreLarger, finding);
      }
      findings[t][i] = finding;
    }
  }
  return findings;
}
