import { z } from "zod";
import { InputError } from "../base/errors.ts";

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

export const criterionSchema: z.ZodType<OperatingCriterion> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sensitivity"), atLeast: share }),
  z.strictObject({ kind: z.literal("specificity"), atLeast: share }),
  z.strictObject({ kind: z.literal("youden") }),
  z.strictObject({ kind: z.literal("cost"), miss: z.number().positive(), falseAlarm: z.number().positive() }),
  z.strictObject({ kind: z.literal("netBenefit"), threshold: z.number().positive().max(0.99) }),
]);

export const operatingPointSchema: z.ZodType<OperatingPoint> = z.strictObject({
  class: z.string(),
  threshold: z.number(),
  criterion: criterionSchema,
  chosenOn: z.literal("validation"),
  reached: z.strictObject({ studies: z.int(), subjects: z.int(), sensitivity: share, specificity: share }),
});

/**
 * What a user wrote: sensitivity=0.95, specificity=0.9, youden, cost=5:1 (a miss against a false alarm) or net-benefit=0.2.
 * @throws InputError OPERATING_POINT_INVALID.
 */
export function parseOperatingCriterion(text: string): OperatingCriterion {
  const [name, ...values] = text.split(/[=:]/).map((part) => part.trim());
  const [first, second] = values.map((value) => (value === "" ? Number.NaN : Number(value)));
  const kinds: Readonly<Record<string, { parts: number; criterion: unknown }>> = {
    sensitivity: { parts: 1, criterion: { kind: "sensitivity", atLeast: first } },
    specificity: { parts: 1, criterion: { kind: "specificity", atLeast: first } },
    youden: { parts: 0, criterion: { kind: "youden" } },
    cost: { parts: 2, criterion: { kind: "cost", miss: first, falseAlarm: second } },
    "net-benefit": { parts: 1, criterion: { kind: "netBenefit", threshold: first } },
  };
  const found = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const parsed = criterionSchema.safeParse(found?.parts === values.length ? found.criterion : undefined);
  if (parsed.success) return parsed.data;
  throw new InputError(
    "OPERATING_POINT_INVALID",
    `"${text}" is no operating point. Give sensitivity=0.95, specificity=0.9, youden, cost=5:1 (a miss against a false alarm) or net-benefit=0.2.`,
  );
}

/** A criterion in words. */
export function describeCriterion(criterion: OperatingCriterion): string {
  switch (criterion.kind) {
    case "sensitivity":
    case "specificity":
      return `${criterion.kind} of at least ${criterion.atLeast}`;
    case "youden":
      return "highest sum of sensitivity and specificity (Youden)";
    case "cost":
      return `lowest cost where a miss costs ${criterion.miss} and a false alarm ${criterion.falseAlarm}`;
    case "netBenefit":
      return `highest net benefit for acting from a probability of ${criterion.threshold} on`;
  }
}
