import { parseArgs } from "citty";
import { describe, expect, it } from "vitest";
import { trainingOptionsOf, trainOptionArgs } from "../../src/commands/trainOptions.ts";
import { settingsAsOptions } from "../../src/training/settingsAsOptions.ts";
import { resolveTrainingSettings, type TrainingOptions } from "../../src/training/trainingSettings.ts";

const optionsOf = (line: string) =>
  trainingOptionsOf(parseArgs<typeof trainOptionArgs>(line.split(" ").filter(Boolean), trainOptionArgs));

describe("the options of train", () => {
  it.each([
    ["--train head", { freeze: "layer4" }],
    ["--train layer4", { freeze: "layer3" }],
    ["--train layer2", { freeze: "layer1" }],
    ["--train all", { freeze: null }],
    ["--freeze layer3 --unfreeze-every 2", { freeze: "layer3", unfreezeEvery: 2 }],
    [
      "--optimiser sgd --nesterov --momentum 0.8",
      { optimiser: "sgd", isNesterov: true, momentum: 0.8, weightDecay: 1e-4 },
    ],
    ["--optimiser adamw", { optimiser: "adamw", weightDecay: 0.01, decayed: "weights" }],
    ["--decay-all", { decayed: "all" }],
    ["--warm-up 2 --epochs 8", { warmUp: 0.25 }],
    ["--warm-up 10%", { warmUp: 0.1 }],
    [
      "--augment flips",
      { augmentation: { crop: "centre", flip: 0.5, rotationDegrees: 0, scale: 0, intensity: 0, noise: 0 } },
    ],
    [
      "--augment none --noise 0.1",
      { augmentation: { crop: "centre", flip: 0, rotationDegrees: 0, scale: 0, intensity: 0, noise: 0.1 } },
    ],
    [
      "--rotate 5",
      { augmentation: { crop: "random", flip: 0.5, rotationDegrees: 5, scale: 0, intensity: 0, noise: 0 } },
    ],
    ["--sampling subjects", { sampling: "subjects", classWeights: "none" }],
    ["--best-by auc --patience 3 --clip-norm 1", { bestBy: "auc", patience: 3, clipNorm: 1 }],
    ["--preset chen2021", { learningRate: 1e-4, batchSize: 32, optimiser: "adam", decayed: "all", warmUp: 0 }],
  ])("read %s", (line, expected) => {
    expect(resolveTrainingSettings(optionsOf(line), [400])).toMatchObject(expected);
  });

  it.each([
    ["--train head --freeze layer3", "ARGUMENTS"],
    ["--train neck", "OPTION_INVALID"],
    ["--warm-up soon", "SETTING_INVALID"],
    ["--warm-up 60 --epochs 8", "SETTING_INVALID"],
    ["--augment lots", "SETTING_INVALID"],
    ["--nesterov", "SETTING_INVALID"],
    ["--unfreeze-every 2", "SETTING_INVALID"],
    ["--best-by luck", "SETTING_INVALID"],
    ["--momentum 0.5", "SETTING_INVALID"],
  ])("refuse %s with %s", (line, code) => {
    expect(() => resolveTrainingSettings(optionsOf(line), [400])).toThrow(expect.objectContaining({ code }));
  });

  it.each<TrainingOptions>([
    {},
    { preset: "chen2021-manifestation" },
    { optimiser: "sgd", isNesterov: true, momentum: 0.5, clipNorm: 2, accumulate: 4, warmUp: 0.25 },
    { optimiser: "adamw", layerDecay: 0.8, schedule: "one-cycle", labelSmoothing: 0.1, mixup: 0.2, decayed: "all" },
    { freeze: "layer4", augmentation: "flips", sampling: "subjects", bestBy: "auc", patience: 4 },
    { freeze: "layer3", unfreezeEvery: 2, augmentation: "more", batchSize: 4, learningRate: 0.5 },
  ])("give the settings again that %j resolved to", (asked) => {
    const settings = resolveTrainingSettings(asked, [400, 500]);
    const options = optionsOf(
      `--preset ${settings.preset} --epochs ${settings.epochs} ${settingsAsOptions(settings).join(" ")}`,
    );
    expect(resolveTrainingSettings(options, [7])).toEqual(settings);
  });

  it("are refused with what was found, what may stand there and the option's name", () => {
    const messageOf = (line: string) => {
      try {
        resolveTrainingSettings(optionsOf(line), [400]);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(messageOf("--schedule linear")).toBe(
      'Training setting schedule (--schedule) is "linear"; it may be constant, cosine, one-cycle.',
    );
    expect(messageOf("--best-by f1")).toContain('bestBy (--best-by) is "f1"; it may be accuracy, balanced-accuracy,');
    expect(messageOf("--momentum 0.5")).toBe(
      "Training setting momentum (--momentum) is of sgd alone, and the optimiser is adam.",
    );
    expect(messageOf("--augment lots")).toContain('augmentation (--augment) is "lots"; it may be none,');
  });

  it("say the defaults that hold", () => {
    const usual = resolveTrainingSettings({}, [400]);
    const { augmentation } = usual;
    const said: Readonly<Partial<Record<keyof typeof trainOptionArgs, string | number | null>>> = {
      accumulate: usual.accumulate,
      "layer-decay": usual.layerDecay,
      schedule: usual.schedule,
      "warm-up": usual.warmUp,
      "best-by": usual.bestBy,
      optimiser: usual.optimiser,
      sampling: usual.sampling,
      network: usual.network,
      "slices-per-study": usual.slicesPerStudy,
      "class-weights": usual.classWeights,
      "label-smoothing": usual.labelSmoothing,
      mixup: usual.mixup,
      rotate: augmentation.rotationDegrees,
      scale: augmentation.scale,
      intensity: augmentation.intensity,
      noise: augmentation.noise,
      momentum: usual.momentum,
    };
    for (const [name, value] of Object.entries(said)) {
      const { description } = trainOptionArgs[name as keyof typeof trainOptionArgs];
      expect(/\(([^():;]+)[^()]*\)$/.exec(description)?.[1], name).toBe(String(value));
    }
    expect([usual.patience, usual.clipNorm, usual.freeze, usual.unfreezeEvery, usual.headLearningRate]).toEqual(
      Array(5).fill(null),
    );
  });
});
