import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { calibrationTable, calibrationTableSchema } from "./calibrationTable.ts";
import { classTable } from "./confusion.ts";
import { decisionTable, decisionTableSchema } from "./decisionTable.ts";
import type { Items } from "./items.ts";
import { precisionRecallTable, precisionRecallTableSchema } from "./precisionRecallTable.ts";
import { predictiveTable, predictiveTableSchema } from "./predictiveTable.ts";
import { rocTable } from "./rocTable.ts";

export const classTableSchema = z.strictObject({
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
  /** Shares of each true class, as estimates; null in a row without items. */
  rates: z.array(z.array(estimateSchema).readonly()).readonly(),
});

export const rocTableSchema = z.strictObject({
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

/** Tables and curves of images, or of studies. */
export const resultsSchema = z.strictObject({
  table: classTableSchema,
  roc: rocTableSchema,
  precisionRecall: precisionRecallTableSchema,
  predictiveValues: predictiveTableSchema,
  calibration: calibrationTableSchema,
  /** As the network gave the probabilities, where the classifier calibrates them. */
  uncalibrated: calibrationTableSchema.nullable(),
  decisions: decisionTableSchema,
});

export type Results = z.infer<typeof resultsSchema>;

/** A table or a set of curves, as a job that needs nothing else. */
export type TableName = "table" | "roc" | "precisionRecall" | "predictiveValues" | "calibration" | "decisions";

export interface TableOptions {
  readonly resampling: Resampling;
  readonly what: "images" | "studies";
  readonly prevalences?: readonly number[] | undefined;
}

/** One of the tables of some items. */
export function tableOf<Name extends TableName>(name: Name, items: Items, options: TableOptions): Results[Name] {
  const { resampling, what, prevalences } = options;
  const makers: { readonly [N in TableName]: () => Results[N] } = {
    table: () => classTable(items, resampling, what),
    roc: () => rocTable(items, resampling, what),
    precisionRecall: () => precisionRecallTable(items, resampling, what),
    predictiveValues: () => predictiveTable(items, resampling, prevalences),
    calibration: () => calibrationTable(items, resampling, what),
    decisions: () => decisionTable(items, resampling),
  };
  return makers[name]();
}
