import { InputError } from "../../base/errors.ts";
import type { OperatingCriterion, OperatingPoint } from "../operatingPoint.ts";

/** A study's probability of the class, and whether it is that class. */
export interface ScoredStudy {
  readonly subjectId: string;
  readonly score: number;
  readonly isPositive: boolean;
}

/** One threshold and what it gives. */
interface Candidate {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/**
 * The threshold on the probability of a class that serves the criterion best on the (validation) studies.
 *
 * Thresholds are the middles between neighbouring probabilities, 0, and one above all; of equally good ones the lowest is
 * taken, which misses least.
 * @throws InputError OPERATING_POINT_UNKNOWN if the studies lack the class or the rest.
 * @source youden: Youden 1950; net benefit: Vickers and Elkin 2006.
 */
export function chooseOperatingPoint(
  studies: readonly ScoredStudy[],
  wish: { readonly class: string; readonly criterion: OperatingCriterion },
): OperatingPoint {
  const positives = studies.filter((study) => study.isPositive).length;
  const negatives = studies.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new InputError(
      "OPERATING_POINT_UNKNOWN",
      `Validation has ${positives} studies of ${wish.class} and ${negatives} of the rest; an operating point needs both. Add subjects, or leave it out.`,
    );
  }
  const values = [...new Set(studies.map((study) => study.score))].sort((a, b) => a - b);
  const middles = values.slice(1).map((value, i) => (value + values[i]) / 2);
  const candidates = [0, ...middles, 1.000001].map((threshold): Candidate => {
    const called = studies.filter((study) => study.score >= threshold);
    const right = called.filter((study) => study.isPositive).length;
    return {
      threshold,
      sensitivity: right / positives,
      specificity: (negatives - (called.length - right)) / negatives,
    };
  });
  const worth = worthOf(wish.criterion, positives / studies.length);
  const best = candidates.reduce((a, b) => (worth(b) > worth(a) + 1e-12 ? b : a));
  return {
    class: wish.class,
    threshold: Number(best.threshold.toPrecision(6)),
    criterion: wish.criterion,
    chosenOn: "validation",
    reached: {
      studies: studies.length,
      subjects: new Set(studies.map((study) => study.subjectId)).size,
      sensitivity: best.sensitivity,
      specificity: best.specificity,
    },
  };
}

/** How good a candidate is by the criterion. prevalence: among the studies. */
function worthOf(criterion: OperatingCriterion, prevalence: number): (candidate: Candidate) => number {
  const misses = ({ sensitivity }: Candidate) => prevalence * (1 - sensitivity);
  const falseAlarms = ({ specificity }: Candidate) => (1 - prevalence) * (1 - specificity);
  switch (criterion.kind) {
    case "sensitivity":
      return ({ sensitivity, specificity }) => (sensitivity >= criterion.atLeast ? 2 + specificity : sensitivity);
    case "specificity":
      return ({ sensitivity, specificity }) => (specificity >= criterion.atLeast ? 2 + sensitivity : specificity);
    case "youden":
      return ({ sensitivity, specificity }) => sensitivity + specificity - 1;
    case "cost":
      return (candidate) => -(criterion.miss * misses(candidate) + criterion.falseAlarm * falseAlarms(candidate));
    case "netBenefit": {
      const odds = criterion.threshold / (1 - criterion.threshold);
      return (candidate) => -(misses(candidate) + odds * falseAlarms(candidate));
    }
  }
}
