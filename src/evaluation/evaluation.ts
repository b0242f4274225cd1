import { z } from "zod";
import { type StudyRule, studyRuleSchema } from "../prediction/studyRule.ts";
import { estimateSchema } from "../statistics/estimate.ts";

const classTableSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        class: z.string(),
        sensitivity: estimateSchema,
        specificity: estimateSchema,
        accuracy: estimateSchema,
      }),
    )
    .readonly(),
  overallAccuracy: estimateSchema,
  confusion: z.array(z.array(z.number()).readonly()).readonly(),
});

const rocTableSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        class: z.string(),
        auc: estimateSchema,
        points: z
          .array(
            z.strictObject({
              falsePositiveRate: z.number(),
              sensitivity: z.number(),
              threshold: z.number().nullable(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  macroAuc: estimateSchema,
  microAuc: estimateSchema,
});

const countsSchema = z.strictObject({ subjects: z.int(), studies: z.int(), images: z.int() });

/** The file evaluation.json: everything that the report shows of a classifier's results on one set. */
export const evaluationSchema = z.strictObject({
  format: z.literal("groundglass-evaluation/1"),
  groundglassVersion: z.string(),
  classifierId: z.string(),
  classes: z.array(z.string()).readonly(),
  level: z.enum(["study", "slice"]),
  /** Which predictions were measured. */
  set: z.enum(["train", "validation", "test"]),
  /** Whether the set took part in choosing weights or threshold, so that its results flatter. */
  usedForChoosing: z.boolean(),
  /** How the intervals were made. */
  intervals: z.strictObject({
    confidence: z.literal(0.95),
    unit: z.literal("subject"),
    resamples: z.int(),
    seed: z.int(),
  }),
  /** What the set holds, by truth; a subject with two labels counts in both classes. */
  counts: z.strictObject({
    total: countsSchema,
    classes: z.array(countsSchema.extend({ class: z.string() })).readonly(),
    /** Studies that no study table counts: their truth is not known, or no image of them was kept. */
    studiesLeftOut: z.int(),
  }),
  images: z.strictObject({ table: classTableSchema, roc: rocTableSchema }),
  /** null where the labels belong to images; `studiesReason` says so. */
  studies: z
    .strictObject({
      rule: studyRuleSchema as z.ZodType<StudyRule>,
      table: classTableSchema,
      /** By the mean probability of a study's images. */
      roc: rocTableSchema,
      sweep: z
        .array(
          z.strictObject({
            threshold: z.number(),
            sensitivity: estimateSchema,
            specificity: estimateSchema,
            accuracy: estimateSchema,
            overallAccuracy: estimateSchema,
          }),
        )
        .readonly(),
    })
    .nullable(),
  studiesReason: z.string().nullable(),
  /** What mean lung density and slice count alone reach on the same studies. */
  baseline: z
    .strictObject({
      attributes: z.array(z.string()).readonly(),
      fittedOn: z.strictObject({ set: z.string(), studies: z.int() }),
      table: classTableSchema,
      roc: rocTableSchema,
      /** Overall accuracy of the classifier minus the baseline's, over the same studies. */
      difference: estimateSchema,
    })
    .nullable(),
  baselineReason: z.string().nullable(),
});

/** A classifier's results on one set of predictions. */
export type Evaluation = z.infer<typeof evaluationSchema>;
export type SetCounts = Evaluation["counts"];
