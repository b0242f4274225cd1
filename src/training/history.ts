import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readText, writeFileWhole } from "../base/files.ts";

/** How one epoch went: a line of RUN/history.jsonl. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean cross entropy of the training images, as they were when they were learned from. */
  readonly trainingLoss: number;
  /** Mean cross entropy of the validation images after the epoch. */
  readonly validationLoss: number;
  /** Share of the validation images whose most probable class is theirs. */
  readonly validationAccuracy: number;
  readonly seconds: number;
}

export const epochRecordSchema: z.ZodType<EpochRecord> = z.strictObject({
  epoch: z.int().min(1),
  trainingLoss: z.number(),
  validationLoss: z.number(),
  validationAccuracy: z.number().min(0).max(1),
  seconds: z.number().nonnegative(),
});

/**
 * The epoch that validation picks: the highest accuracy, ties by the lower loss, then the earlier one.
 * @source Chen et al. 2021: the validation set picks the best model; how is our reading.
 */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord | undefined {
  let best = history[0];
  for (const record of history) {
    if (best === undefined || isBetter(record, best)) best = record;
  }
  return best;
}

/** Writes the history whole, one epoch on a line. */
export function writeHistory(path: string, history: readonly EpochRecord[]): Promise<void> {
  return writeFileWhole(path, history.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

/** The history in a file. @throws InputError FILE_MISSING, FILE_INVALID. */
export async function readHistory(path: string): Promise<EpochRecord[]> {
  const lines = (await readText(path)).split("\n").filter((line) => line !== "");
  try {
    return lines.map((line) => epochRecordSchema.parse(JSON.parse(line)));
  } catch (error) {
    throw new InputError("FILE_INVALID", `${path} is no training history. Run the training's command again.`, {
      cause: error,
    });
  }
}

function isBetter(a: EpochRecord, b: EpochRecord): boolean {
  if (a.validationAccuracy !== b.validationAccuracy) return a.validationAccuracy > b.validationAccuracy;
  return a.validationLoss < b.validationLoss;
}
