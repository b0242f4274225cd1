import { z } from "zod";
import { studyRuleKinds, studyRuleSchema } from "../prediction/studyRule.ts";
import { estimateSchema } from "../statistics/estimate.ts";
import { pairedTestSchema } from "./pairedTest.ts";

export const ruleComparisonSchema = z.strictObject({
  /** Which one the classifier decides by. */
  chosen: z.enum(studyRuleKinds),
  /** How it was chosen, in words. */
  choice: z.string(),
  rows: z
    .array(
      z.strictObject({
        rule: studyRuleSchema,
        isChosen: z.boolean(),
        /** Share of the validation studies that it gets right, on which it was fitted. */
        validationAccuracy: z.number(),
        /** The same of studies whose subjects were left out of the fit. */
        crossValidatedAccuracy: z.number().nullable(),
        overallAccuracy: estimateSchema,
        /** Of the class decided first, against the rest. */
        sensitivity: estimateSchema,
        specificity: estimateSchema,
        /** Overall accuracy minus the chosen rule's, over the same studies; null for the chosen rule itself. */
        difference: estimateSchema.nullable(),
        test: pairedTestSchema.nullable(),
      }),
    )
    .readonly(),
});

/** Study rules, all fitted on validation, side by side on the same studies. Which one is best here chooses nothing. */
export type RuleComparison = z.infer<typeof ruleComparisonSchema>;
