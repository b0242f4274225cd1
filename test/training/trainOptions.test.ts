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
});
