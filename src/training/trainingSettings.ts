import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { type NetworkName, networkNames } from "../network/networkSpec.ts";

/** All that decides how a network is trained; kept in RUN/run.json. */
export interface TrainingSettings {
  readonly preset: TrainingPreset;
  readonly network: NetworkName;
  /** A safetensors file with weights to start from; null starts from random ones. */
  readonly pretrained: string | null;
  readonly epochs: number;
  /** Images in one step, at least 2 for batch normalisation. A smaller training set lowers it to its size. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Learning rate of the last, fully connected layer; null: as everything else. */
  readonly headLearningRate: number | null;
  readonly weightDecay: number;
  /** constant, or cosine: from the learning rate down to 0 over all steps, along half a cosine. */
  readonly schedule: "constant" | "cosine";
  /** balanced: each class counts the same in the loss, however many images it has. */
  readonly classWeights: "none" | "balanced";
  /** At most so many images of one study in an epoch, drawn anew each epoch; null: all. */
  readonly slicesPerStudy: number | null;
  /** Decides the first weights, the order of the images, crops and flips. */
  readonly seed: number;
  /** Threads of one step. Another number can change the last digits of the weights. */
  readonly threads: number;
  /** Which fold of the dataset's splits; 0 is the single split. */
  readonly fold: number;
}

export const trainingPresets = ["default", "chen2021", "chen2021-manifestation"] as const;

export type TrainingPreset = (typeof trainingPresets)[number];

/** What a user may ask for, by name; the preset fills in the rest. */
export interface TrainingOptions
  extends Partial<Omit<TrainingSettings, "preset" | "network" | "schedule" | "classWeights">> {
  readonly preset?: string | undefined;
  readonly network?: string | undefined;
  readonly schedule?: string | undefined;
  readonly classWeights?: string | undefined;
}

export const trainingSettingsSchema: z.ZodType<TrainingSettings> = z.strictObject({
  preset: z.enum(trainingPresets),
  network: z.enum(networkNames),
  pretrained: z.string().min(1).nullable(),
  epochs: z.int().min(1).max(10_000),
  batchSize: z.int().min(2).max(4096),
  learningRate: z.number().positive().max(10),
  headLearningRate: z.number().positive().max(10).nullable(),
  weightDecay: z.number().min(0).max(10),
  schedule: z.enum(["constant", "cosine"]),
  classWeights: z.enum(["none", "balanced"]),
  slicesPerStudy: z.int().min(1).nullable(),
  seed: z.int().nonnegative(),
  threads: z.int().min(0).max(1024),
  fold: z.int().nonnegative(),
});

type PresetValues = Omit<TrainingSettings, "preset" | "epochs" | "pretrained" | "seed" | "threads" | "fold">;

/** @source Chen et al. 2021, recognition; batch and weight decay are not given there and are our reading. */
const chen2021: PresetValues = {
  network: "resnet18",
  batchSize: 32,
  learningRate: 1e-4,
  headLearningRate: null,
  weightDecay: 0,
  schedule: "constant",
  classWeights: "none",
  slicesPerStudy: null,
};

const presetValues: Readonly<Record<TrainingPreset, PresetValues>> = {
  chen2021,
  "chen2021-manifestation": { ...chen2021, learningRate: 5e-5, headLearningRate: 5e-4 },
  default: { ...chen2021, batchSize: 16, schedule: "cosine", classWeights: "balanced", slicesPerStudy: 32 },
};

const paperEpochs = 50;

/** How many images the default preset shows the network in all, within 5 … 50 epochs. */
const imagesInAll = 24_000;

/**
 * A preset's settings with the user's own in their place.
 *
 * slicesOfStudies: how many images each training study has; the default preset's epochs follow from it.
 * @throws InputError PRESET_UNKNOWN, SETTING_UNKNOWN, SETTING_INVALID.
 */
export function resolveTrainingSettings(
  options: TrainingOptions,
  slicesOfStudies: readonly number[],
): TrainingSettings {
  const asked = options.preset ?? "default";
  const preset = trainingPresets.find((name) => name === asked);
  if (preset === undefined) {
    throw new InputError(
      "PRESET_UNKNOWN",
      `There is no training preset "${asked}". Known: ${trainingPresets.join(", ")}.`,
    );
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const base = { pretrained: null, seed: 1, threads: 0, fold: 0, epochs: 1, ...presetValues[preset], ...given, preset };
  const cap = typeof base.slicesPerStudy === "number" ? base.slicesPerStudy : Number.POSITIVE_INFINITY;
  const imagesInEpoch = slicesOfStudies.reduce((sum, slices) => sum + Math.min(slices, cap), 0);
  const presetEpochs = preset === "default" ? defaultEpochs(imagesInEpoch) : paperEpochs;
  const parsed = trainingSettingsSchema.safeParse({ ...base, epochs: options.epochs ?? presetEpochs });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    const known = Object.keys(base).sort().join(", ");
    throw new InputError("SETTING_UNKNOWN", `"${issue.keys[0]}" is no training setting. Known: ${known}.`);
  }
  throw new InputError("SETTING_INVALID", `Training setting ${issue?.path.join(".")}: ${issue?.message}.`);
}

function defaultEpochs(imagesInEpoch: number): number {
  return Math.min(paperEpochs, Math.max(5, Math.round(imagesInAll / Math.max(1, imagesInEpoch))));
}
