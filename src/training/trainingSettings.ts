import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { type AugmentationSettings, augmentationSchema, augmentations, paperAugmentation } from "../dataset/augment.ts";
import { type NetworkName, networkNames } from "../network/networkSpec.ts";
import { type Border, borders } from "../network/stages.ts";
import { type BestBy, bestByNames } from "./history.ts";
import { type OptimiserName, optimiserNames } from "./optimiser.ts";
import type { ScheduleSettings } from "./schedule.ts";
import { describeChoice, type Machine, sensibleSettings, type Task } from "./sensibleSettings.ts";

/** All that decides how a network is trained; kept in RUN/run.json. docs/training.md says what each does, and its source. */
export interface TrainingSettings {
  readonly preset: TrainingPreset;
  readonly network: NetworkName;
  /** A file with weights to start from; null starts from random ones. */
  readonly pretrained: string | null;
  readonly epochs: number;
  /** Images in one batch, at least 2 for batch normalisation. A smaller training set lowers it to its size. */
  readonly batchSize: number;
  /** Batches whose gradients are averaged before the weights move. Batch normalisation still sees each batch by itself. */
  readonly accumulate: number;
  readonly optimiser: OptimiserName;
  readonly learningRate: number;
  /** Learning rate of the last, fully connected layer; null: as everything else. */
  readonly headLearningRate: number | null;
  /** What a stage's rate is multiplied by for each stage between it and the head. */
  readonly layerDecay: number;
  readonly weightDecay: number;
  /** all: every weight decays; weights: not those of norms, nor biases. */
  readonly decayed: "all" | "weights";
  /** Of sgd. */
  readonly momentum: number;
  readonly isNesterov: boolean;
  /** The gradients are shortened to this length where they are longer; null: never. */
  readonly clipNorm: number | null;
  readonly schedule: ScheduleSettings["schedule"];
  /** The share of all steps in which the rate rises to the whole. */
  readonly warmUp: number;
  /** The network is frozen up to and with this stage, batch norm in inference mode; null: all of it learns. */
  readonly freeze: Border | null;
  /** One more stage learns after each so many epochs; null: what is frozen stays so. */
  readonly unfreezeEvery: number | null;
  /** balanced: each class counts the same in the loss, however many images it has. */
  readonly classWeights: "none" | "balanced";
  /** subjects: each class, and in it each subject, gives an epoch as many images as the others. */
  readonly sampling: "images" | "subjects";
  /** At most so many images of one study in an epoch, drawn anew each epoch; null: all. */
  readonly slicesPerStudy: number | null;
  /** The share of each image that counts for all classes alike. */
  readonly labelSmoothing: number;
  /** Images are mixed by shares from Beta(this, this); 0: they are not. */
  readonly mixup: number;
  readonly augmentation: AugmentationSettings;
  /** What of the validation picks the epoch that is kept. */
  readonly bestBy: BestBy;
  /** Training ends when so many epochs were no better; null: never. */
  readonly patience: number | null;
  /** Decides the first weights, the order of the images, crops and flips. */
  readonly seed: number;
  /** Threads of one step. Another number can change the last digits of the weights. */
  readonly threads: number;
  /** Which fold of the dataset's splits; 0 is the single split. */
  readonly fold: number;
}

export const trainingPresets = ["default", "chen2021", "chen2021-manifestation"] as const;

export type TrainingPreset = (typeof trainingPresets)[number];

const schedules = ["constant", "cosine", "one-cycle"] as const;

/** What runs of before a setting existed were trained with: the paper's way. */
const before = {
  accumulate: 1,
  optimiser: "adam",
  layerDecay: 1,
  decayed: "all",
  momentum: 0.9,
  isNesterov: false,
  clipNorm: null,
  warmUp: 0,
  freeze: null,
  unfreezeEvery: null,
  sampling: "images",
  labelSmoothing: 0,
  mixup: 0,
  augmentation: paperAugmentation,
  bestBy: "accuracy",
  patience: null,
} as const;

export const trainingSettingsSchema: z.ZodType<TrainingSettings> = z.strictObject({
  preset: z.enum(trainingPresets),
  network: z.enum(networkNames),
  pretrained: z.string().min(1).nullable(),
  epochs: z.int().min(1).max(10_000),
  batchSize: z.int().min(2).max(4096),
  accumulate: z.int().min(1).max(4096).default(before.accumulate),
  optimiser: z.enum(optimiserNames).default(before.optimiser),
  learningRate: z.number().positive().max(10),
  headLearningRate: z.number().positive().max(10).nullable(),
  layerDecay: z.number().positive().max(1).default(before.layerDecay),
  weightDecay: z.number().min(0).max(10),
  decayed: z.enum(["all", "weights"]).default(before.decayed),
  momentum: z.number().min(0).lt(1).default(before.momentum),
  isNesterov: z.boolean().default(before.isNesterov),
  clipNorm: z.number().positive().nullable().default(before.clipNorm),
  schedule: z.enum(schedules),
  warmUp: z.number().min(0).max(1).default(before.warmUp),
  freeze: z.enum(borders).nullable().default(before.freeze),
  unfreezeEvery: z.int().min(1).nullable().default(before.unfreezeEvery),
  classWeights: z.enum(["none", "balanced"]),
  sampling: z.enum(["images", "subjects"]).default(before.sampling),
  slicesPerStudy: z.int().min(1).nullable(),
  labelSmoothing: z.number().min(0).lt(1).default(before.labelSmoothing),
  mixup: z.number().min(0).max(100).default(before.mixup),
  augmentation: augmentationSchema.default(before.augmentation),
  bestBy: z.enum(bestByNames).default(before.bestBy),
  patience: z.int().min(1).nullable().default(before.patience),
  seed: z.int().nonnegative(),
  threads: z.int().min(0).max(1024),
  fold: z.int().nonnegative(),
});

/** What a user may ask for, by name; the preset fills in the rest. Words are checked where they meet the preset. */
export type TrainingOptions = {
  readonly [K in keyof Omit<TrainingSettings, "warmUp" | "augmentation">]?: Loose<TrainingSettings[K]> | undefined;
} & {
  /** Epochs in which the learning rate rises, or with a % the share of all steps; a number is that share. */
  readonly warmUp?: string | number | undefined;
  /** One of `augmentations` by name, or single settings in place of the preset's. */
  readonly augmentation?: string | Partial<AugmentationSettings> | undefined;
};

type Loose<T> = T extends string ? string : T;

type PresetValues = Omit<TrainingSettings, "preset" | "epochs" | "pretrained" | "seed" | "threads" | "fold">;

/** @source Chen et al. 2021, recognition; batch and weight decay are not given there and are our reading. */
const chen2021: PresetValues = {
  ...before,
  network: "resnet18",
  batchSize: 32,
  learningRate: 1e-4,
  headLearningRate: null,
  weightDecay: 0,
  schedule: "constant",
  classWeights: "none",
  slicesPerStudy: null,
};

/** Batch, learning rate and epochs of the default preset are chosen from the data, here from none. */
const presetValues: Readonly<Record<TrainingPreset, PresetValues>> = {
  chen2021,
  "chen2021-manifestation": { ...chen2021, learningRate: 5e-5, headLearningRate: 5e-4 },
  default: {
    ...chen2021,
    batchSize: 16,
    schedule: "cosine",
    decayed: "weights",
    classWeights: "balanced",
    slicesPerStudy: 32,
  },
};

const paperEpochs = 50;

/** What PyTorch decays by where nothing is said (AdamW), and what is usual (SGD). */
const usualDecay: Readonly<Record<OptimiserName, number>> = { adam: 0, adamw: 0.01, sgd: 1e-4 };

/**
 * A preset's settings with the user's own in their place.
 *
 * slicesOfStudies: how many images each training study has; the default preset's batch, learning rate and epochs follow from it
 * and from the machine.
 * @throws InputError PRESET_UNKNOWN, SETTING_UNKNOWN, SETTING_INVALID.
 */
export function resolveTrainingSettings(
  options: TrainingOptions,
  slicesOfStudies: readonly number[],
  machine?: Machine,
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
  const others = { pretrained: null, seed: 1, threads: 0, fold: 0, epochs: paperEpochs };
  const chosen = preset === "default" ? chosenFor(given, slicesOfStudies, machine) : {};
  const base = { ...others, ...presetValues[preset], ...chosen, ...given, preset };
  const parsed = trainingSettingsSchema.safeParse({
    ...base,
    augmentation: augmentationOf(presetValues[preset].augmentation, options.augmentation),
    warmUp: warmUpOf(base.warmUp, Number(base.epochs)),
  });
  if (parsed.success) return checked(parsed.data, options);
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    const known = Object.keys(base).sort().join(", ");
    throw new InputError("SETTING_UNKNOWN", `"${issue.keys[0]}" is no training setting. Known: ${known}.`);
  }
  throw refused(base, issue);
}

/** What does not fit, with what was found and what may stand there. */
function refused(base: object, issue: z.core.$ZodIssue | undefined): InputError {
  const name = String(issue?.path[0] ?? "");
  const found = JSON.stringify(Object.entries(base).find(([key]) => key === name)?.[1]);
  if (issue?.code === "invalid_value") return invalid(name, `is ${found}; it may be ${issue.values.join(", ")}`);
  return invalid(name, `is ${found}: ${issue?.message ?? "it does not fit"}`);
}

/** One line on what the default preset chose and why; null where another preset or the user decided all of it. */
export function describeSettings(
  options: TrainingOptions,
  slicesOfStudies: readonly number[],
  settings: TrainingSettings,
): string | null {
  if (settings.preset !== "default") return null;
  return describeChoice(taskOf(options, slicesOfStudies), settings, options);
}

/** What the default preset takes from the data, the machine and what else was asked for. */
function chosenFor(given: TrainingOptions, slicesOfStudies: readonly number[], machine?: Machine) {
  const task = taskOf(given, slicesOfStudies);
  const classWeights = given.sampling === "subjects" ? "none" : presetValues.default.classWeights;
  return { ...sensibleSettings(task, machine), weightDecay: usualDecay[task.optimiser], classWeights };
}

function taskOf(given: TrainingOptions, slicesOfStudies: readonly number[]): Task {
  const { slicesPerStudy = presetValues.default.slicesPerStudy } = given;
  const cap = typeof slicesPerStudy === "number" ? slicesPerStudy : Number.POSITIVE_INFINITY;
  return {
    imagesInEpoch: slicesOfStudies.reduce((sum, slices) => sum + Math.min(slices, cap), 0),
    network: given.network === "resnet50" ? "resnet50" : "resnet18",
    isPretrained: typeof given.pretrained === "string",
    isProbe: given.freeze === "layer4" && (given.unfreezeEvery ?? null) === null,
    optimiser: optimiserNames.find((name) => name === given.optimiser) ?? "adam",
    batchSize: typeof given.batchSize === "number" ? given.batchSize : undefined,
  };
}

function augmentationOf(usual: AugmentationSettings, asked: TrainingOptions["augmentation"]): object {
  if (asked === undefined) return usual;
  if (typeof asked !== "string") return { ...usual, ...asked };
  const named = augmentations[asked];
  if (named !== undefined) return named;
  throw invalid("augmentation", `is "${asked}"; it may be ${Object.keys(augmentations).join(", ")}`);
}

/** The share of all steps that a text asks for: "2" epochs or "10%". */
function warmUpOf(asked: unknown, epochs: number): unknown {
  if (typeof asked !== "string") return asked;
  const isShare = asked.endsWith("%");
  const value = Number(isShare ? asked.slice(0, -1) : asked);
  const share = isShare ? value / 100 : value / epochs;
  if (asked.trim() !== "" && share >= 0 && share <= 1) return share;
  throw invalid("warmUp", `is "${asked}", neither a number of epochs, at most ${epochs}, nor a share such as 10%`);
}

/** Settings that fit by themselves but not together are refused. */
function checked(settings: TrainingSettings, asked: TrainingOptions): TrainingSettings {
  if (settings.unfreezeEvery !== null && settings.freeze === null) {
    throw invalid("unfreezeEvery", "has nothing to unfreeze: say up to which stage with freeze");
  }
  if (settings.isNesterov && (settings.optimiser !== "sgd" || settings.momentum === 0)) {
    throw invalid("isNesterov", "needs the optimiser sgd with a momentum above 0");
  }
  if (asked.momentum !== undefined && settings.optimiser !== "sgd") {
    throw invalid("momentum", `is of sgd alone, and the optimiser is ${settings.optimiser}`);
  }
  return settings;
}

/** How the command line calls settings whose option is not their name in kebab case. */
const optionNames: Readonly<Record<string, string>> = {
  batchSize: "batch",
  isNesterov: "nesterov",
  augmentation: "augment",
  decayed: "decay-all",
};

function invalid(name: string, what: string): InputError {
  const option = optionNames[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new InputError("SETTING_INVALID", `Training setting ${name} (--${option}) ${what}.`);
}
