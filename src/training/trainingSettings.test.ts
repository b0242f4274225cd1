import { describe, expect, it } from "vitest";
import { resolveTrainingSettings } from "./trainingSettings.ts";

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
