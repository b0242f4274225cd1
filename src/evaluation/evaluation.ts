import { z } from "zod";
import { operatingPointSchema } from "../prediction/operatingPoint.ts";
import { studyRuleSchema } from "../prediction/studyRule.ts";
import { estimateSchema } from "../statistics/estimate.ts";
import { answeredSchema } from "./answered.ts";
import { evidenceSchema } from "./evidence/evidence.ts";
import { failuresSchema } from "./failures.ts";
import { readerResultsSchema } from "./readerSchema.ts";
import { classTableSchema, resultsSchema, rocTableSchema } from "./results.ts";
import { ruleComparisonSchema } from "./ruleComparison.ts";
import { subgroupsSchema } from "./subgroups.ts";

const countsSchema = z.strictObject({ subjects: z.int(), studies: z.int(), images: z.int() });

const setCountsSchema = z.strictObject({
  total: countsSchema,
  classes: z.array(countsSchema.extend({ class: z.string() })).readonly(),
  /** Studies that no study table counts: their truth is not known, or no image of them was kept. */
  studiesLeftOut: z.int(),
});

const studyResultsSchema = resultsSchema.extend({
  rule: studyRuleSchema,
  /** What decides instead of the rule where one was asked for. */
  operatingPoint: operatingPointSchema.nullable(),
  /** The fraction rule at every threshold, whether the classifier decides by it or not. */
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
  /** The other rules that were fitted on validation, each compared with the one in use; null where none were kept. */
  rules: ruleComparisonSchema.nullable(),
});

/** Results on one set of predictions. */
export const setResultsSchema = z.strictObject({
  /** What the set holds, by truth; a subject with two labels counts in both classes. */
  counts: setCountsSchema,
  images: resultsSchema,
  /** null where the labels belong to images; `studiesReason` says so. */
  studies: studyResultsSchema.nullable(),
  studiesReason: z.string().nullable(),
  /** What it gains to be allowed to say no; null where studies were not asked whether they are analysable. */
  answered: answeredSchema.nullable().default(null),
  /** Of studies, or of images where labels belong to those. */
  subgroups: subgroupsSchema,
  failures: failuresSchema,
  /** What a reader must know of how far the numbers carry: one sentence each. */
  sizeNotes: z.array(z.string()).readonly(),
});

/** A choice that was made before anything was measured. */
const choiceSchema = z.strictObject({
  what: z.enum(["weights", "study rule", "calibration", "operating point"]),
  /** Never the test set: the program refuses to choose there. */
  on: z.enum(["validation", "training", "paper", "user", "none"]),
  /** The choice as a sentence. */
  sentence: z.string(),
});

/** The file evaluation.json: everything that the report shows of a classifier's results. */
export const evaluationSchema = setResultsSchema.extend({
  format: z.literal("groundglass-evaluation/2"),
  groundglassVersion: z.string(),
  classifierId: z.string(),
  classes: z.array(z.string()).readonly(),
  level: z.enum(["study", "slice"]),
  /** Which predictions were measured. */
  set: z.enum(["train", "validation", "test", "external"]),
  /** Whether the set took part in choosing weights or threshold, so that its results flatter. */
  usedForChoosing: z.boolean(),
  choices: z.array(choiceSchema).readonly(),
  /** How the intervals were made. */
  intervals: z.strictObject({
    confidence: z.literal(0.95),
    unit: z.literal("subject"),
    resamples: z.int(),
    seed: z.int(),
  }),
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
  /** Whether heat maps lie where they should; null where the images or the weights are not at hand. */
  evidence: evidenceSchema.nullable().default(null),
  /** Readers of the same studies, where they are given. */
  readers: readerResultsSchema.nullable(),
  /** The same classifier on other data sets, side by side with the first. */
  external: z.array(setResultsSchema.extend({ name: z.string() })).readonly(),
});

/** A classifier's results. */
export type Evaluation = z.infer<typeof evaluationSchema>;
export type SetResults = z.infer<typeof setResultsSchema>;
export type SetCounts = z.infer<typeof setCountsSchema>;
export type Choice = z.infer<typeof choiceSchema>;
