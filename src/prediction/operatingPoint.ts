import { z } from "zod";

/** What an operating point is chosen for. */
export type OperatingCriterion =
  /** The most specific point whose sensitivity is at least this. */
  | { readonly kind: "sensitivity"; readonly atLeast: number }
  /** The most sensitive point whose specificity is at least this. */
  | { readonly kind: "specificity"; readonly atLeast: number }
  /** Sensitivity + specificity − 1 at its highest. */
  | { readonly kind: "youden" }
  /** The lowest mean cost; costs of a miss and of a false alarm. */
  | { readonly kind: "cost"; readonly miss: number; readonly falseAlarm: number }
  /** The highest net benefit where a probability of at least this would be acted on. */
  | { readonly kind: "netBenefit"; readonly threshold: number };

/** From which probability on a study is called a class, whatever the study rule says. */
export interface OperatingPoint {
  /** Against the rest. */
  readonly class: string;
  /** On the study's (calibrated) probability of the class; at least this is the class. */
  readonly threshold: number;
  readonly criterion: OperatingCriterion;
  readonly chosenOn: "validation";
  /** What it reached where it was chosen, which flatters it. */
  readonly reached: {
    readonly studies: number;
    readonly subjects: number;
    readonly sensitivity: number;
    readonly specificity: number;
  };
}

const share = z.number().min(0).max(1);

const criterionSchema: z.ZodType<OperatingCriterion> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sensitivity"), atLeast: share }),
  z.strictObject({ kind: z.literal("specificity"), atLeast: share }),
  z.strictObject({ kind: z.literal("youden") }),
  z.strictObject({ kind: z.literal("cost"), miss: z.number().positive(), falseAlarm: z.number().positive() }),
  z.strictObject({ kind: z.literal("netBenefit"), threshold: share }),
]);

export const operatingPointSchema: z.ZodType<OperatingPoint> = z.strictObject({
  class: z.string(),
  threshold: z.number(),
  criterion: criterionSchema,
  chosenOn: z.literal("validation"),
  reached: z.strictObject({ studies: z.int(), subjects: z.int(), sensitivity: share, specificity: share }),
});
