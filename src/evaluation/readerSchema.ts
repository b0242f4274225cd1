import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import { pairedTestSchema } from "./pairedTest.ts";

const rowSchema = z.strictObject({
  name: z.string(),
  isClassifier: z.boolean(),
  /** Of the class decided first, against the rest. */
  sensitivity: estimateSchema,
  specificity: estimateSchema,
  accuracy: estimateSchema,
  overallAccuracy: estimateSchema,
  /** Area under the curve of the reader's confidence in the class decided first; null without confidences. */
  auc: estimateSchema.nullable(),
  /** Time for a study; null where it was not taken. */
  seconds: z
    .strictObject({ n: z.int(), median: z.number(), lowerQuartile: z.number(), upperQuartile: z.number() })
    .nullable(),
});

/** Readers and the classifier on the same studies (the paper's Table 5). */
export const readerResultsSchema = z.strictObject({
  /** Name of the file. */
  file: z.string(),
  /** Studies that every reader called and whose truth is known: all comparisons are made on these. */
  studies: z.int(),
  subjects: z.int(),
  /** Studies that some reader left out, and studies of the file that this set does not hold. */
  leftOut: z.int(),
  unknown: z.int(),
  /** The classifier comes first. */
  rows: z.array(rowSchema).readonly(),
  /** Each reader against the classifier. */
  comparisons: z
    .array(
      z.strictObject({
        reader: z.string(),
        /** Overall accuracy of the reader minus the classifier's. */
        difference: estimateSchema,
        test: pairedTestSchema,
      }),
    )
    .readonly(),
  agreement: z.strictObject({
    /** Cohen's kappa of each two, the classifier among them. */
    pairs: z.array(z.strictObject({ first: z.string(), second: z.string(), kappa: estimateSchema })).readonly(),
    /** Fleiss' kappa of all readers, without the classifier; null with one reader. */
    all: estimateSchema.nullable(),
  }),
  /** Readers against the classifier over readers and cases, where at least two readers gave confidences. */
  mrmc: z
    .strictObject({
      /** Those with a confidence for every study. */
      readers: z.int(),
      /** Mean of the readers' areas, for readers and cases like these. */
      readersAuc: estimateSchema,
      classifierAuc: z.number(),
      /** Mean area of the readers minus the classifier's. */
      difference: estimateSchema,
      p: z.number().nullable(),
    })
    .nullable(),
});

export type ReaderResults = z.infer<typeof readerResultsSchema>;
