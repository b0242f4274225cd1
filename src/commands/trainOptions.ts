import type { ArgsDef } from "citty";
import { InputError } from "../base/errors.ts";
import { augmentations } from "../dataset/augment.ts";
import { borders } from "../network/stages.ts";
import { bestByNames } from "../training/history.ts";
import { optimiserNames } from "../training/optimiser.ts";
import type { TrainingOptions } from "../training/trainingSettings.ts";
import { numberOption } from "./verb.ts";

/** The options of `train` that decide how a network learns, by what they are about. */
export const trainOptionGroups = {
  "What is trained": {
    preset: {
      type: "string",
      description: "Settings to begin with: default, chosen from the data; chen2021; chen2021-manifestation (default)",
      valueHint: "NAME",
    },
    network: { type: "string", description: "resnet18, resnet50, or both with a comma (resnet18)", valueHint: "NAME" },
    pretrained: {
      type: "string",
      description:
        "Weights to start from: a file (safetensors, PyTorch, ONNX), or a name that groundglass weights lists; in a plan a list of none and NETWORK=FILE (none: random ones)",
      valueHint: "FILE|NAME",
    },
    train: {
      type: "string",
      description: "What learns: all, head (the last layer), layer4, layer3 or layer2 and what comes behind (all)",
      valueHint: "STAGE",
    },
    freeze: {
      type: "string",
      description: `The same the other way round: frozen up to and with ${borders.join(", ")} (nothing)`,
      valueHint: "STAGE",
    },
    "unfreeze-every": {
      type: "string",
      description: "One more stage learns after each N epochs (never)",
      valueHint: "N",
    },
  },
  "How long and how fast": {
    epochs: {
      type: "string",
      description: "Passes over the training set (5 to 50 by its size; presets: 50)",
      valueHint: "N",
    },
    batch: {
      type: "string",
      description: "Images in a batch (8, 16 or 32 by the set's size, less where memory is short; presets: 32)",
      valueHint: "N",
    },
    accumulate: { type: "string", description: "Batches whose gradients make one step (1)", valueHint: "N" },
    "learning-rate": {
      type: "string",
      description:
        "Of all weights, but for what the next options say; --find-lr suggests one (at a batch of 16: 1e-4 from pretrained weights, 3e-4 from random ones, 1e-3 of the head alone, sgd 100 times that; presets chen2021: 1e-4, 5e-5)",
      valueHint: "RATE",
    },
    "head-learning-rate": {
      type: "string",
      description:
        "Learning rate of the fully connected layer (as --learning-rate; preset chen2021-manifestation: 5e-4)",
      valueHint: "RATE",
    },
    "layer-decay": {
      type: "string",
      description: "What each stage's rate is multiplied by for each stage up to the head (1)",
      valueHint: "SHARE",
    },
    schedule: {
      type: "string",
      description: "Learning rate over the steps: constant, cosine or one-cycle (cosine; presets chen2021: constant)",
      valueHint: "NAME",
    },
    "warm-up": {
      type: "string",
      description:
        "The rate rises to the whole in so many epochs, or with a % in that share of all steps (0; one-cycle: 30%)",
      valueHint: "N|N%",
    },
    patience: { type: "string", description: "End when the best epoch is so many epochs ago (never)", valueHint: "N" },
    "best-by": {
      type: "string",
      description: `What of the validation picks the epoch: ${bestByNames.join(", ")} (accuracy)`,
      valueHint: "METRIC",
    },
  },
  "The optimiser": {
    optimiser: { type: "string", description: `${optimiserNames.join(", ")} (adam)`, valueHint: "NAME" },
    momentum: { type: "string", description: "Of sgd (0.9)", valueHint: "SHARE" },
    nesterov: { type: "boolean", description: "Nesterov's step, of sgd" },
    "weight-decay": {
      type: "string",
      description: "Share of the weights that goes in a step (adam: 0, adamw: 0.01, sgd: 1e-4)",
      valueHint: "SHARE",
    },
    "decay-all": { type: "boolean", description: "Norms and biases decay too, as in the presets chen2021" },
    "clip-norm": {
      type: "string",
      description: "Gradients longer than this are shortened to it (never)",
      valueHint: "LENGTH",
    },
  },
  "Which images, and how they look": {
    "slices-per-study": {
      type: "string",
      description: "Slices drawn of each study in an epoch, at most (32; presets chen2021: all)",
      valueHint: "N",
    },
    sampling: {
      type: "string",
      description: "images, or subjects: each class, and in it each subject, comes as often as the others (images)",
      valueHint: "NAME",
    },
    "class-weights": {
      type: "string",
      description:
        "Classes in the loss: none or balanced (balanced; with --sampling subjects and in presets chen2021: none)",
      valueHint: "NAME",
    },
    augment: {
      type: "string",
      description: `${Object.keys(augmentations).join(", ")}; with none and flips, what is frozen is computed once (paper)`,
      valueHint: "NAME",
    },
    rotate: { type: "string", description: "Turned by up to so many degrees (0)", valueHint: "DEGREES" },
    scale: { type: "string", description: "Larger or smaller by up to this share (0)", valueHint: "SHARE" },
    intensity: { type: "string", description: "Brightness and contrast by up to this share (0)", valueHint: "SHARE" },
    noise: {
      type: "string",
      description: "Deviation of noise, as a share of the range of grey (0)",
      valueHint: "SHARE",
    },
    "label-smoothing": {
      type: "string",
      description: "Share of an image that counts for all classes (0)",
      valueHint: "SHARE",
    },
    mixup: { type: "string", description: "Mix images by shares from Beta(ALPHA, ALPHA) (0: not)", valueHint: "ALPHA" },
  },
} as const satisfies Readonly<Record<string, ArgsDef>>;

/** All of them by name. */
export const trainOptionArgs = {
  ...trainOptionGroups["What is trained"],
  ...trainOptionGroups["How long and how fast"],
  ...trainOptionGroups["The optimiser"],
  ...trainOptionGroups["Which images, and how they look"],
} as const satisfies ArgsDef;

type Texts = Readonly<Partial<Record<Exclude<keyof typeof trainOptionArgs, "nesterov" | "decay-all">, string>>> & {
  readonly nesterov?: boolean;
  readonly "decay-all"?: boolean;
};

/**
 * What the options ask for; but for network and pretrained, which can be lists.
 * @throws InputError OPTION_INVALID, ARGUMENTS.
 */
export function trainingOptionsOf(args: Texts): TrainingOptions {
  const whole = (name: keyof Texts & string, min: number, max = 1e9) =>
    numberOption(name, args[name] as string | undefined, { min, max });
  const real = (name: keyof Texts & string, min: number, max: number) =>
    numberOption(name, args[name] as string | undefined, { min, max, whole: false });
  return {
    preset: args.preset,
    freeze: freezeOf(args),
    unfreezeEvery: whole("unfreeze-every", 1),
    epochs: whole("epochs", 1),
    batchSize: whole("batch", 2, 4096),
    accumulate: whole("accumulate", 1, 4096),
    learningRate: real("learning-rate", 1e-12, 10),
    headLearningRate: real("head-learning-rate", 1e-12, 10),
    layerDecay: real("layer-decay", 1e-6, 1),
    schedule: args.schedule,
    warmUp: args["warm-up"],
    patience: whole("patience", 1),
    bestBy: args["best-by"],
    optimiser: args.optimiser,
    momentum: real("momentum", 0, 0.999999),
    isNesterov: args.nesterov === true ? true : undefined,
    weightDecay: real("weight-decay", 0, 10),
    decayed: args["decay-all"] === true ? "all" : undefined,
    clipNorm: real("clip-norm", 1e-12, 1e12),
    slicesPerStudy: whole("slices-per-study", 1),
    sampling: args.sampling,
    classWeights: args["class-weights"],
    augmentation: augmentationOf(args),
    labelSmoothing: real("label-smoothing", 0, 0.999999),
    mixup: real("mixup", 0, 100),
  };
}

function freezeOf({ train, freeze }: Texts): string | null | undefined {
  if (train === undefined) return freeze;
  if (freeze !== undefined) {
    throw new InputError("ARGUMENTS", "--train and --freeze say the same the other way round. Leave one out.");
  }
  if (train === "all") return null;
  // What learns begins behind the border.
  const first = ["layer2", "layer3", "layer4", "head"].indexOf(train);
  const border = borders[first];
  if (border !== undefined) return border;
  throw new InputError("OPTION_INVALID", `--train is "${train}"; it may be all, head, layer4, layer3 or layer2.`);
}

function augmentationOf(args: Texts): TrainingOptions["augmentation"] {
  const { augment } = args;
  const single = {
    rotationDegrees: numberOption("rotate", args.rotate, { min: 0, max: 180, whole: false }),
    scale: numberOption("scale", args.scale, { min: 0, max: 0.9, whole: false }),
    intensity: numberOption("intensity", args.intensity, { min: 0, max: 0.9, whole: false }),
    noise: numberOption("noise", args.noise, { min: 0, max: 1, whole: false }),
  };
  const asked = Object.fromEntries(Object.entries(single).filter(([, value]) => value !== undefined));
  if (Object.keys(asked).length === 0) return augment;
  if (augment === undefined) return asked;
  const named = augmentations[augment];
  return named === undefined ? augment : { ...named, ...asked };
}
