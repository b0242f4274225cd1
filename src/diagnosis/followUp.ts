import { z } from "zod";
import { scopeSchema } from "../scope/scope.ts";

const changeSchema = z.strictObject({
  /** Of the later study less the earlier one, as a share of the lungs: 0.05 is 5 points more. */
  value: z.number(),
  /** The ends of its 95 % interval, by the error measured on drawn studies. */
  low: z.number(),
  high: z.number(),
  /** Whether the interval leaves out 0. */
  isBeyondError: z.boolean(),
});

/** What lies between two studies of a subject. */
const changesSchema = z.strictObject({
  days: z.number(),
  affected: changeSchema,
  groundGlass: changeSchema,
  consolidation: changeSchema,
  /** Points of the severity score. */
  score: z.int(),
  lungMl: z.number(),
});

/** What changed since an earlier study of the same subject. It holds no date, only the days between. */
export const sincePriorSchema = changesSchema.extend({
  prior: z.strictObject({
    studyUid: z.string(),
    /** What the same classifier said of it; null where it was not asked. */
    finding: z.string().nullable(),
    probabilities: z.array(z.number()).readonly().nullable(),
  }),
  /** One sentence: what became of it. */
  summary: z.string(),
});

/** The file follow-up.json: a subject's studies in the order of time. It holds no date, only days since the first study. */
export const followUpSchema = z.strictObject({
  format: z.literal("groundglass-follow-up/1"),
  groundglassVersion: z.string(),
  /** Of the classifier that was asked; null: none was, or the studies were diagnosed by several. */
  classes: z.array(z.string()).readonly().nullable(),
  studies: z
    .array(
      z.strictObject({
        studyUid: z.string(),
        daysAfterFirst: z.number().nonnegative(),
        slices: z.int().nonnegative(),
        scope: scopeSchema,
        /** What the classifier said; null where none was asked. */
        finding: z.string().nullable(),
        /** In the order of the classes; null where nothing is said of them. */
        probabilities: z.array(z.number()).readonly().nullable(),
        /** Share of the slices called each class. */
        fractions: z.array(z.number()).readonly().nullable(),
        warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })).readonly(),
      }),
    )
    .min(2)
    .readonly(),
  /** From each study to the next, and last from the first to the last where there are more than two. */
  changes: z
    .array(z.strictObject({ from: z.int().nonnegative(), to: z.int().nonnegative(), ...changesSchema.shape }))
    .readonly(),
  /** The same height of the lungs in every study: affected share, in the order of the studies. */
  levels: z
    .array(z.strictObject({ from: z.number(), to: z.number(), affectedShares: z.array(z.number()).readonly() }))
    .readonly(),
  /** One sentence: what became of it. */
  summary: z.string(),
  notice: z.string(),
});

/** A subject's studies in the order of time. */
export type FollowUp = Readonly<z.infer<typeof followUpSchema>>;
export type FollowedStudy = FollowUp["studies"][number];
export type Change = z.infer<typeof changeSchema>;
export type SincePrior = Readonly<z.infer<typeof sincePriorSchema>>;
