import { describe, expect, it } from "vitest";
import { describeSettings, resolveTrainingSettings, trainingSettingsSchema } from "./trainingSettings.ts";

describe("resolveTrainingSettings", () => {
  it("gives the paper's recognition settings", () => {
    expect(resolveTrainingSettings({ preset: "chen2021" }, [100])).toMatchObject({
      epochs: 50,
      batchSize: 32,
      learningRate: 1e-4,
      headLearningRate: null,
      weightDecay: 0,
      schedule: "constant",
      classWeights: "none",
      slicesPerStudy: null,
    });
  });

  it("gives the paper's two learning rates for manifestations", () => {
    expect(resolveTrainingSettings({ preset: "chen2021-manifestation" }, [100])).toMatchObject({
      learningRate: 5e-5,
      headLearningRate: 5e-4,
    });
  });

  it("trains a small dataset for more epochs than a large one, within 5 and 50", () => {
    const epochs = (studies: number) => resolveTrainingSettings({}, Array(studies).fill(100)).epochs;
    expect([epochs(1), epochs(75), epochs(10_000)]).toEqual([50, 10, 5]);
  });

  it("lets what is asked for stand before the preset, and leaves out what is undefined", () => {
    const settings = resolveTrainingSettings({ preset: "chen2021", epochs: 3, seed: 9, batchSize: undefined }, [1]);
    expect(settings).toMatchObject({ epochs: 3, seed: 9, batchSize: 32 });
  });

  it("refuses a setting, a preset, a network and a value that it does not know", () => {
    const refused = (options: object) => () => resolveTrainingSettings(options, [1]);
    expect(refused({ learningrate: 1 })).toThrow(/"learningrate" is no training setting/);
    expect(refused({ preset: "chen" })).toThrow(/no training preset "chen"/);
    expect(refused({ network: "vgg16" })).toThrow(/network/);
    expect(refused({ epochs: 0 })).toThrow(/epochs/);
    expect(refused({ learningRate: Number.NaN })).toThrow(/learningRate/);
  });
});

describe("trainingSettingsSchema", () => {
  it("reads a run of before the newer settings as trained the paper's way", () => {
    const old = {
      ...{ preset: "default", network: "resnet18", pretrained: null, epochs: 5, batchSize: 16, learningRate: 1e-4 },
      ...{ headLearningRate: null, weightDecay: 0, schedule: "cosine", classWeights: "balanced" },
      ...{ slicesPerStudy: 32, seed: 1, threads: 0, fold: 0 },
    };
    expect(trainingSettingsSchema.parse(old)).toMatchObject({
      ...{ optimiser: "adam", decayed: "all", accumulate: 1, freeze: null, bestBy: "accuracy", warmUp: 0 },
      augmentation: { crop: "random", flip: 0.5, rotationDegrees: 0 },
    });
  });
});

describe("what the default preset chooses", () => {
  const settings = (options: object, images: number, memoryBytes = 64e9, inputPx = 224) =>
    resolveTrainingSettings(options, Array(images / 10).fill(10), { memoryBytes, inputPx });

  it("takes smaller batches for few images and for little memory, larger ones for many images", () => {
    expect([100, 1000, 20_000].map((images) => settings({}, images).batchSize)).toEqual([8, 16, 32]);
    // Three quarters of 4 GB: ResNet50 takes 2.1 GB and 83 MB an image, so 8 of them fit and 16 do not; at half the side, 16 do.
    expect(settings({ network: "resnet50" }, 1000, 4e9).batchSize).toBe(8);
    expect(settings({ network: "resnet50" }, 1000, 4e9, 112).batchSize).toBe(16);
    expect(settings({ network: "resnet50" }, 1000, 8e9).batchSize).toBe(16);
    expect(settings({}, 1000, 1e6).batchSize).toBe(2);
  });

  it("lets the learning rate follow the batch, the start and the optimiser", () => {
    const rate = (options: object) => settings(options, 1000).learningRate;
    expect(rate({ pretrained: "w.safetensors" })).toBe(1e-4);
    expect(rate({ pretrained: "w.safetensors", batchSize: 64 })).toBe(2e-4);
    expect(rate({ optimiser: "sgd", pretrained: "w.safetensors", batchSize: 32 })).toBe(0.02);
    expect(rate({ freeze: "layer4" })).toBe(1e-3);
  });

  it("says in a line what was chosen and why, and nothing where all was asked for", () => {
    const [asked, slices] = [{ pretrained: "w.safetensors" }, [400, 600]];
    const chosen = resolveTrainingSettings(asked, slices);
    expect(describeSettings(asked, slices, chosen)).toBe(
      "Chosen: batch 8 (64 images in an epoch, and the memory), learning rate 0.000071 (pretrained weights, batch 8), 50 epochs (about 24000 images in all).",
    );
    expect(describeSettings({ batchSize: 8, learningRate: 1, epochs: 2 }, slices, chosen)).toBeNull();
    expect(describeSettings({}, slices, resolveTrainingSettings({ preset: "chen2021" }, slices))).toBeNull();
  });
});
