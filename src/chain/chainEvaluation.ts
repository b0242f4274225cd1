import { z } from "zod";
import { classTableSchema, rocTableSchema } from "../evaluation/results.ts";
import { estimateSchema } from "../statistics/estimate.ts";

/** One class by itself, where an image may show several. */
const labelRowSchema = z.strictObject({
  label: z.string(),
  sensitivity: estimateSchema,
  specificity: estimateSchema,
  accuracy: estimateSchema,
  /** null where a stage before decides too, so that there is no one probability. */
  auc: estimateSchema.nullable(),
});

const stageTablesSchema = z.strictObject({
  /** Where each item has one class; null where it may have several. */
  table: classTableSchema.nullable(),
  /** Areas under the curves; null in the chain, where a stage before decides too. */
  roc: rocTableSchema.nullable(),
  /** Where an item may have several classes: each by itself; null where it has one. */
  labels: z.array(labelRowSchema).readonly().nullable(),
  /** Share of the items that are called all that they are and nothing else. */
  accuracy: estimateSchema,
});

/** The file chain-evaluation.json: each stage by itself and in the chain, and the chain as a whole. */
export const chainEvaluationSchema = z.strictObject({
  format: z.literal("groundglass-chain-evaluation/1"),
  groundglassVersion: z.string(),
  chainId: z.string(),
  set: z.enum(["validation", "test"]),
  /** Whether the set took part in choosing weights or rules, so that its results flatter. */
  usedForChoosing: z.boolean(),
  intervals: z.strictObject({
    confidence: z.literal(0.95),
    unit: z.literal("subject"),
    resamples: z.int(),
    seed: z.int(),
  }),
  counts: z.strictObject({ subjects: z.int(), studies: z.int(), images: z.int() }),
  stages: z
    .array(
      z.strictObject({
        name: z.string(),
        classes: z.array(z.string()).readonly(),
        /** On what it runs, as a sentence. */
        condition: z.string(),
        /** Whether its labels belong to studies or to images. */
        unit: z.enum(["studies", "images"]),
        /** Given the truth of the stages before it. */
        alone: stageTablesSchema,
        /** On what the stages before it passed on, what is kept from it wrongly counted too; null of the first stage. */
        inChain: stageTablesSchema.nullable(),
      }),
    )
    .readonly(),
  whole: z.strictObject({
    /** Share of the images of which every stage says what is true. */
    images: estimateSchema,
    /** Share of the studies of which every stage with labels of studies does. */
    studies: estimateSchema,
    /** Of the images that are wrong, where the first error was made. */
    firstErrors: z.array(z.strictObject({ stage: z.string(), images: z.int() })).readonly(),
  }),
  /** What a reader must know of how far the numbers carry. */
  notes: z.array(z.string()).readonly(),
});

export type ChainEvaluation = z.infer<typeof chainEvaluationSchema>;
export type StageTables = z.infer<typeof stageTablesSchema>;
