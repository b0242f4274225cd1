import { z } from "zod";
import { readJson } from "../base/files.ts";
import { type StudyRule, type StudyRuleKind, studyRuleKinds, studyRuleSchema } from "./studyRule.ts";

/** RUN/study-rules.json: every study rule, fitted on validation, and how each did there. */
export interface StudyRules {
  readonly format: "groundglass-study-rules/1";
  readonly fittedOn: { readonly set: "validation"; readonly subjects: number; readonly studies: number };
  /** Which one the classifier decides by. */
  readonly chosen: StudyRuleKind;
  /** How it was chosen, in words. */
  readonly choice: string;
  /** From the simplest to the most flexible. */
  readonly rules: readonly FittedRule[];
}

/** A rule fitted on all validation studies. */
export interface FittedRule {
  readonly rule: StudyRule;
  /** Share of the validation studies that it gets right: on the studies it was fitted on, which flatters it. */
  readonly validationAccuracy: number;
  /** The same of studies whose subject was left out of the fit; null where there are too few subjects. */
  readonly crossValidated: CrossValidated | null;
}

/** How rules of a kind do on validation studies whose subjects were left out when they were fitted. */
export interface CrossValidated {
  readonly folds: number;
  readonly accuracy: number;
  /** Mean −log of the probability that the rule gave the truth. */
  readonly logLoss: number;
}

const share = z.number().min(0).max(1);

const studyRulesSchema: z.ZodType<StudyRules> = z.strictObject({
  format: z.literal("groundglass-study-rules/1"),
  fittedOn: z.strictObject({ set: z.literal("validation"), subjects: z.int(), studies: z.int() }),
  chosen: z.enum(studyRuleKinds),
  choice: z.string(),
  rules: z.array(
    z.strictObject({
      rule: studyRuleSchema,
      validationAccuracy: share,
      crossValidated: z.strictObject({ folds: z.int(), accuracy: share, logLoss: z.number() }).nullable(),
    }),
  ),
});

/** The rules in a file of a run. @throws InputError FILE_MISSING, FILE_INVALID. */
export function readStudyRules(path: string): Promise<StudyRules> {
  return readJson(path, studyRulesSchema);
}
