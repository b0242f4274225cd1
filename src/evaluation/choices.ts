import { describeStudyRule } from "../prediction/describeStudyRule.ts";
import { describeCriterion } from "../prediction/operatingPoint.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import type { Choice } from "./evaluation.ts";

/** What was chosen before anything was measured, and on which set: never on the test set. */
export function choicesOf(
  { studyRule, calibration, operatingPoint }: StudyDecision,
  level: "study" | "slice",
): Choice[] {
  const weights: Choice = {
    what: "weights",
    on: "validation",
    sentence: "The epoch whose weights are used was chosen by its accuracy on the validation images.",
  };
  if (level === "slice") return [weights];
  const rule: Choice = {
    what: "study rule",
    on: studyRule.chosenOn === "preset" ? "none" : studyRule.chosenOn,
    sentence: describeStudyRule(studyRule),
  };
  return [
    weights,
    rule,
    calibration === null
      ? { what: "calibration", on: "none", sentence: "Probabilities are the network's own and not calibrated." }
      : {
          what: "calibration",
          on: calibration.fittedOn.set,
          sentence: `Probabilities are calibrated, fitted on ${calibration.fittedOn.studies} validation studies of ${calibration.fittedOn.subjects} subjects.`,
        },
    operatingPoint === null
      ? { what: "operating point", on: "none", sentence: "No operating point was asked for: the study rule decides." }
      : {
          what: "operating point",
          on: operatingPoint.chosenOn,
          sentence: `A study is ${operatingPoint.class} from a probability of ${Number(operatingPoint.threshold.toPrecision(3))} on: ${describeCriterion(operatingPoint.criterion)}.`,
        },
  ];
}
