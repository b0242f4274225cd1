import { z } from "zod";
import type { PredictionSet } from "../prediction/predictionSet.ts";
import { type Estimate, estimateSchema, shareOfSubjects } from "../statistics/estimate.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { countedStudies, type StudyCall } from "./items.ts";

export const answeredSchema = z.strictObject({
  /** Share of the studies that the classifier answers for. */
  share: estimateSchema,
  accuracy: estimateSchema,
  /** What it would have been right about of the others. */
  accuracyOfRefused: estimateSchema,
  /** How many studies have each reason; a study may have several. */
  reasons: z.array(z.strictObject({ code: z.string(), studies: z.int() })).readonly(),
  /** Overall accuracy when only so many are answered: those least unlike the training, or the surest, first. */
  curves: z
    .array(
      z.strictObject({
        by: z.enum(["novelty", "probability"]),
        points: z.array(z.strictObject({ share: z.number(), accuracy: estimateSchema })).readonly(),
      }),
    )
    .readonly(),
});

/** How many studies are answered, and how well, in all and as fewer and fewer are. */
export type Answered = z.infer<typeof answeredSchema>;

/** The shares of the curves; an estimate of fewer studies says little. */
const shares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5];

interface AskedStudy extends StudyCall {
  readonly reasons: readonly string[];
  readonly novelty: number;
  readonly surest: number;
}

/**
 * What it gains to be allowed to say no. calls: of the counted studies, in their order; null where studies were not asked
 * whether they are analysable.
 */
export function answeredOf(
  set: PredictionSet,
  calls: readonly StudyCall[],
  options: { readonly resamples: number; readonly seed: number },
): Answered | null {
  const counted = countedStudies(set);
  if (counted.length === 0 || counted.some(({ answerability }) => answerability === undefined)) return null;
  const studies = calls.map((call, i): AskedStudy => {
    const { reasons, novelty } = counted[i].answerability ?? { reasons: [], novelty: null };
    return { ...call, reasons, novelty: novelty ?? 0, surest: Math.max(...call.probabilities) };
  });
  const subjects = [...new Set(studies.map((study) => study.subjectId))];
  const resampling = resampleSubjects(subjects.length, options);
  const numberOf = new Map(subjects.map((subject, number) => [subject, number]));
  const shareOf = (
    among: readonly AskedStudy[],
    isCounted: (study: AskedStudy) => boolean,
    absent: string,
  ): Estimate => {
    const numerators = new Float64Array(subjects.length);
    const denominators = new Float64Array(subjects.length);
    for (const study of among) {
      const subject = numberOf.get(study.subjectId) ?? 0;
      denominators[subject]++;
      if (isCounted(study)) numerators[subject]++;
    }
    return shareOfSubjects(numerators, denominators, { resampling, absent });
  };
  const isRight = ({ finding, truth }: AskedStudy) => finding === truth;
  const isAnswered = ({ reasons }: AskedStudy) => reasons.length === 0;
  const refused = studies.filter((study) => !isAnswered(study));
  const codes = [...new Set(refused.flatMap(({ reasons }) => reasons))].sort();
  const curve = (by: "novelty" | "probability", order: readonly AskedStudy[]) => ({
    by,
    points: shares.map((share) => {
      const first = order.slice(0, Math.ceil(share * order.length));
      return { share, accuracy: shareOf(first, isRight, "there are no studies") };
    }),
  });
  const refusedLast = (a: AskedStudy, b: AskedStudy) => Number(!isAnswered(a)) - Number(!isAnswered(b));
  return {
    share: shareOf(studies, isAnswered, "there are no studies"),
    accuracy: shareOf(studies.filter(isAnswered), isRight, "no study is answered for"),
    accuracyOfRefused: shareOf(refused, isRight, "no study is refused"),
    reasons: codes.map((code) => ({ code, studies: refused.filter(({ reasons }) => reasons.includes(code)).length })),
    curves: [
      curve(
        "novelty",
        studies.toSorted((a, b) => refusedLast(a, b) || a.novelty - b.novelty),
      ),
      curve(
        "probability",
        studies.toSorted((a, b) => b.surest - a.surest),
      ),
    ],
  };
}
