import type { Classifier } from "../classifier/classifier.ts";
import { answerability, type StudyTraits } from "../prediction/analysable.ts";
import { attentionTo } from "../prediction/predictionSet.ts";
import { studyFinding } from "../prediction/studyFinding.ts";
import { type DiagnosedSlice, type Diagnosis, notAnalysable, shownClass } from "./diagnosis.ts";
import { explainRule } from "./explainRule.ts";
import { chooseKeySlices } from "./keySlices.ts";

type Answering = Diagnosis["answerability"];

/** What is said of a study. */
export type StudyWord = Pick<
  Diagnosis,
  "finding" | "explanation" | "probabilities" | "isCalibrated" | "fractions" | "keySlices"
>;

/** Whether a classifier answers for a study; one that was made before this was asked always does. */
export function weighAnswer(
  { analysable, ranges }: Pick<Classifier, "analysable" | "ranges">,
  study: StudyTraits,
  answerAnyway: boolean,
): Answering {
  if (analysable === null) return { isAnswered: true, reasons: [], novelty: null, limit: null, promisedRate: null };
  const { reasons, novelty } = answerability(analysable, study, ranges);
  return {
    isAnswered: reasons.length === 0 || answerAnyway,
    reasons,
    novelty,
    limit: analysable.novelty?.limit ?? null,
    promisedRate: analysable.novelty?.promisedRate ?? null,
  };
}

/** What the classifier says of a study that it answers for. @throws InputError NO_LUNG_SLICES. */
export function findingOf(classifier: Classifier, slices: readonly DiagnosedSlice[]): StudyWord {
  const found = studyFinding(
    classifier,
    slices.map((slice) => slice.probabilities),
    attentionTo(slices),
  );
  return {
    finding: found.finding,
    explanation: explainRule(classifier, found, slices),
    probabilities: found.probabilities,
    isCalibrated: found.isCalibrated,
    fractions: found.fractions,
    keySlices: chooseKeySlices(slices, shownClass(classifier.classes, found)),
  };
}

/** What is said of a study that is not answered for: why. */
export function noFinding({ reasons }: Answering): StudyWord {
  return {
    finding: notAnalysable,
    explanation: reasons.map(({ message }) => message).join(" "),
    probabilities: [],
    isCalibrated: false,
    fractions: [],
    keySlices: [],
  };
}
