import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readText, writeFileWhole } from "../base/files.ts";

/** How one epoch went: a line of RUN/history.jsonl. Lines of before a field existed lack it. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean cross entropy of the training images, as they were when they were learned from. */
  readonly trainingLoss: number;
  /** Mean cross entropy of the validation images after the epoch. */
  readonly validationLoss: number;
  /** Share of the validation images whose most probable class is theirs. */
  readonly validationAccuracy: number;
  /** The area under the ROC curve of validation images, each class against the rest, averaged; null with images of one class only. */
  readonly validationAuc?: number | null | undefined;
  /** The share of images called right in each class, averaged over the classes. */
  readonly validationBalancedAccuracy?: number | undefined;
  /** Shares of the first class's images, and of all others, that are called so; null where there are none. */
  readonly validationSensitivity?: number | null | undefined;
  readonly validationSpecificity?: number | null | undefined;
  /** Of the epoch's last step; of the weights before the head. */
  readonly learningRate?: number | undefined;
  /** The gradient's mean length over the steps, before it is clipped. */
  readonly gradientNorm?: number | undefined;
  /** Behind which stage the frozen part ended; null: nothing was frozen. */
  readonly frozen?: string | null | undefined;
  /** Where the network ran. */
  readonly device?: string | undefined;
  readonly seconds: number;
  /** Of the seconds, how many the network waited for images. */
  readonly waitedSeconds?: number | undefined;
  /** Whether no epoch before was better by what picks the epoch. */
  readonly isBest?: boolean | undefined;
}

const share = z.number().min(0).max(1);

/** In the order in which training writes them, so that a resumed run's lines are an uninterrupted one's. */
export const epochRecordSchema: z.ZodType<EpochRecord> = z.strictObject({
  epoch: z.int().min(1),
  trainingLoss: z.number(),
  validationLoss: z.number(),
  validationAccuracy: share,
  validationAuc: share.nullable().optional(),
  validationBalancedAccuracy: share.optional(),
  validationSensitivity: share.nullable().optional(),
  validationSpecificity: share.nullable().optional(),
  learningRate: z.number().nonnegative().optional(),
  gradientNorm: z.number().nonnegative().optional(),
  frozen: z.string().nullable().optional(),
  device: z.string().optional(),
  seconds: z.number().nonnegative(),
  waitedSeconds: z.number().nonnegative().optional(),
  isBest: z.boolean().optional(),
});

/** What of the validation can pick the epoch that is kept. */
export const bestByNames = ["accuracy", "balanced-accuracy", "auc", "loss", "sensitivity", "specificity"] as const;

export type BestBy = (typeof bestByNames)[number];

const scoreOf: Readonly<Record<BestBy, (record: EpochRecord) => number | null | undefined>> = {
  accuracy: (record) => record.validationAccuracy,
  "balanced-accuracy": (record) => record.validationBalancedAccuracy,
  auc: (record) => record.validationAuc,
  loss: (record) => -record.validationLoss,
  sensitivity: (record) => record.validationSensitivity,
  specificity: (record) => record.validationSpecificity,
};

/** What picks the epoch, the higher the better; −∞ where the validation cannot tell it. */
export function scoreBy(bestBy: BestBy, record: EpochRecord): number {
  return scoreOf[bestBy](record) ?? Number.NEGATIVE_INFINITY;
}

/** Whether a record is better than one before it: by what picks the epoch, ties by the lower loss. */
export function isBetter(record: EpochRecord, standing: EpochRecord | undefined, bestBy: BestBy): boolean {
  if (standing === undefined) return true;
  const [score, before] = [scoreBy(bestBy, record), scoreBy(bestBy, standing)];
  return score === before ? record.validationLoss < standing.validationLoss : score > before;
}

/**
 * The epoch that validation picks: the last that was best when it came; where records do not say, the highest accuracy, ties by the
 * lower loss, then the earlier one.
 * @source Chen et al. 2021: the validation set picks the best model; how is our reading.
 */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord | undefined {
  let best: EpochRecord | undefined;
  for (const record of history) {
    if (record.isBest ?? isBetter(record, best, "accuracy")) best = record;
  }
  return best;
}

/** Whether training ends before its last epoch: the best is so many epochs ago. */
export function isPatienceOver(history: readonly EpochRecord[], patience: number | null): boolean {
  const best = bestEpoch(history);
  return patience !== null && best !== undefined && history.length - best.epoch >= patience;
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
