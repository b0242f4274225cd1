import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import { calibrationTableSchema } from "./calibrationTable.ts";
import { subgroupComparisonSchema } from "./compareSubgroups.ts";
import { pairedTestSchema } from "./pairedTest.ts";
import { classTableSchema, rocTableSchema } from "./results.ts";

const runSchema = z.strictObject({
  /** The run's folder. */
  run: z.string(),
  /** Such as P-ResNet18: runs of the same network differ in fold or seed only. */
  network: z.string(),
  fold: z.int(),
  seed: z.number(),
  classifierId: z.string(),
  bestEpoch: z.int(),
  /** Share of the validation images that the best epoch got right. */
  validationAccuracy: z.number(),
  subjects: z.int(),
});

/** A number over runs: mean and, of two or more, the standard deviation. */
const spreadSchema = z.strictObject({ mean: z.number(), deviation: z.number().nullable(), runs: z.int() });

const networkSchema = z.strictObject({
  network: z.string(),
  /** Over the test sets of all its folds together, each case once, from the first seed of each fold. */
  table: classTableSchema,
  roc: rocTableSchema,
  /** Of the probabilities as the classifier states them, after its calibration. */
  calibration: calibrationTableSchema,
  /** Each run on its own test set. */
  runs: z
    .array(
      z.strictObject({
        run: z.string(),
        fold: z.int(),
        seed: z.number(),
        n: z.int(),
        overallAccuracy: estimateSchema,
        /** Of each class. */
        sensitivity: z.array(estimateSchema).readonly(),
        specificity: z.array(estimateSchema).readonly(),
        macroAuc: estimateSchema,
      }),
    )
    .readonly(),
  /** Over the runs: fold to fold and seed to seed. */
  spread: z.strictObject({ overallAccuracy: spreadSchema.nullable(), macroAuc: spreadSchema.nullable() }),
});

const brierDifferenceSchema = z.strictObject({
  /** Brier score over all classes of the first minus the second's: below 0, the first is nearer to the truth. */
  difference: estimateSchema,
  /** By exchanging the two networks' probabilities of whole subjects. */
  p: z.number().nullable(),
  adjustedP: z.number().nullable(),
});

const comparisonOfTwoSchema = z.strictObject({
  first: z.string(),
  second: z.string(),
  /** Whether the two differ in pretraining alone (the first is pretrained). */
  isPretraining: z.boolean(),
  /** Items that both were asked about. */
  n: z.int(),
  subjects: z.int(),
  /** Overall accuracy of the first minus the second's. */
  difference: estimateSchema,
  test: pairedTestSchema,
  /** By exchanging the two networks' calls of whole subjects. */
  permutation: z.strictObject({ p: z.number().nullable(), adjustedP: z.number().nullable() }),
  areas: z
    .array(
      z.strictObject({
        class: z.string(),
        /** Area of the first minus the second's. */
        difference: estimateSchema,
        p: z.number().nullable(),
        adjustedP: z.number().nullable(),
      }),
    )
    .readonly(),
  brier: brierDifferenceSchema,
});

export const levelComparisonSchema = z.strictObject({
  networks: z.array(networkSchema).readonly(),
  /** Each two networks over the same items; Holm's correction over all pairs (of areas, over all pairs and classes). */
  comparisons: z.array(comparisonOfTwoSchema).readonly(),
});

const sideBySideSchema = z.strictObject({
  caseId: z.string(),
  studyUid: z.string(),
  subjectId: z.string(),
  sliceIndex: z.int(),
  truth: z.string(),
  calls: z
    .array(
      z.strictObject({ network: z.string(), predicted: z.string(), probabilities: z.array(z.number()).readonly() }),
    )
    .readonly(),
});

/** The file comparison.json: several networks, folds and seeds on the same data set. */
export const comparisonSchema = z.strictObject({
  format: z.literal("groundglass-comparison/1"),
  groundglassVersion: z.string(),
  classes: z.array(z.string()).readonly(),
  level: z.enum(["study", "slice"]),
  /** What was measured: validation only where no run has a test set, and then the results flatter. */
  set: z.enum(["test", "validation"]),
  runs: z.array(runSchema).readonly(),
  /** The network that validation prefers. Results on the test set choose nothing. */
  chosen: z.strictObject({ network: z.string(), validationAccuracy: z.number(), sentence: z.string() }),
  intervals: z.strictObject({
    confidence: z.literal(0.95),
    unit: z.literal("subject"),
    resamples: z.int(),
    seed: z.int(),
  }),
  images: levelComparisonSchema,
  /** null where the labels belong to images. */
  studies: levelComparisonSchema.nullable(),
  /** Of studies, or of images where those are labelled. */
  subgroups: subgroupComparisonSchema,
  /** Images that all networks were asked about: those asked for, or the hardest. */
  sideBySide: z.array(sideBySideSchema).readonly(),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type LevelComparison = z.infer<typeof levelComparisonSchema>;
export type SideBySide = z.infer<typeof sideBySideSchema>;
