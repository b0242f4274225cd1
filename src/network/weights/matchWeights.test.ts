import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/random.ts";
import { initialStateDict } from "../initialState.ts";
import { fitWeights } from "../loadPretrained.ts";
import type { NetworkSpec } from "../networkSpec.ts";
import type { StateDict } from "../stateDict.ts";
import { describeReport } from "./describeReport.ts";
import type { WeightsFile } from "./readWeights.ts";
import type { StoredArray, StoredDict } from "./storedArray.ts";

const spec: NetworkSpec = { name: "resnet18", classes: 3 };
const donor = initialStateDict({ name: "resnet18", classes: 1000 }, createRandom("donor"));
for (const [name, { data }] of donor) if (name.endsWith("running_mean")) data.fill(2);

const stored = (shape: readonly number[], data: Float32Array): StoredArray => ({
  shape,
  type: "F32",
  // Not a copy, so that a test can see by identity that nothing was changed.
  read: () => data as Float32Array<ArrayBuffer>,
});

/** The donor's arrays, each under the name that `rename` gives it; null leaves it out. */
function renamed(rename: (name: string) => string | null, state: StateDict = donor): Map<string, StoredArray> {
  const arrays = [...state].map(([name, { shape, data }]) => [rename(name), stored(shape, data)] as const);
  return new Map(arrays.filter((entry): entry is [string, StoredArray] => entry[0] !== null));
}

const fileOf = (...dicts: StoredDict[]): WeightsFile => ({
  path: "weights.pth",
  sizeBytes: 0,
  sha256: "0".repeat(64),
  format: "pytorch",
  dicts,
});

const fitted = (arrays: ReadonlyMap<string, StoredArray>, target = spec) =>
  fitWeights(target, fileOf({ path: "", arrays }));

const everything = donor.size - 2; // all but the last layer

describe("matchWeights", () => {
  it.each([
    "",
    "module.",
    "encoder.",
    "backbone.",
    "model.",
    "base_model.",
    "_orig_mod.",
    "module.encoder_q.",
    "net.0.",
  ])('finds the network behind "%s"', (prefix) => {
    const { state, report } = fitted(renamed((name) => prefix + name));
    expect(report).toMatchObject({ prefix, layout: "torchvision" });
    expect(report.loaded).toHaveLength(everything);
    expect(state.get("layer4.1.conv2.weight")!.data).toBe(donor.get("layer4.1.conv2.weight")!.data);
  });

  it.each(["fc", "head", "head.fc", "last_linear", "classifier", "fc.1"])("finds the last layer as %s", (head) => {
    const { report } = fitted(
      renamed((name) => name.replace(/^fc\b/, head)),
      { name: "resnet18", classes: 1000 },
    );
    expect(report.missing).toEqual([]);
    expect(report.loaded.at(-1)).toEqual({ name: "fc.bias", shape: [1000], from: `${head}.bias` });
  });

  it("reads RadImageNet's numbered layout: 0 conv1, 1 bn1, 4 to 7 the layers", () => {
    const numbers: Record<string, string> = {
      conv1: "0",
      bn1: "1",
      layer1: "4",
      layer2: "5",
      layer3: "6",
      layer4: "7",
    };
    const { state, report } = fitted(
      renamed((name) => {
        const [first = "", ...rest] = name.split(".");
        return first === "fc" ? null : ["backbone", numbers[first], ...rest].join(".");
      }),
    );
    expect(report).toMatchObject({ prefix: "backbone.", layout: "sequential", leftOver: [] });
    expect(report.loaded).toHaveLength(everything);
    expect(report.loaded[0]).toEqual({ name: "conv1.weight", shape: [64, 3, 7, 7], from: "backbone.0.weight" });
    expect(state.get("layer3.0.downsample.1.running_mean")!.data[0]).toBe(2);
  });

  it("reads the layout of Hugging Face transformers", () => {
    // As in microsoft/resnet-18: three names written by hand, the others by their pattern.
    const byHand: Record<string, string> = {
      "conv1.weight": "resnet.embedder.embedder.convolution.weight",
      "layer2.0.conv1.weight": "resnet.encoder.stages.1.layers.0.layer.0.convolution.weight",
      "layer2.0.downsample.1.running_var": "resnet.encoder.stages.1.layers.0.shortcut.normalization.running_var",
    };
    const arrays = new Map(
      Object.entries(byHand).map(([name, from]) => [from, stored(donor.get(name)!.shape, donor.get(name)!.data)]),
    );
    const { report } = fitted(arrays);
    expect(report).toMatchObject({ prefix: "resnet.", layout: "transformers", leftOver: [] });
    expect(Object.fromEntries(report.loaded.map(({ name, from }) => [name, from]))).toEqual(byHand);
  });

  it("takes MoCo's query encoder, not its momentum copy, wherever it stands, and names the other", () => {
    const arrays = new Map([
      ...renamed((name) => `module.encoder_k.${name}`),
      ...renamed((name) => `module.encoder_q.${name}`),
      ["module.queue", stored([2], Float32Array.of(1, 2))],
    ]);
    const { report } = fitWeights(spec, fileOf({ path: "state_dict", arrays }));
    expect(report).toMatchObject({
      dictionary: "state_dict",
      prefix: "module.encoder_q.",
      alsoAt: ["state_dict.module.encoder_k"],
    });
    expect(report.leftOver.map(({ name }) => name)).toContain("module.queue");
  });

  it("takes a checkpoint's model, not its optimiser's state or its moving average", () => {
    const model = renamed((name) => name);
    const moments = new Map([["exp_avg", stored([64], new Float32Array(64))]]);
    const { report } = fitWeights(
      spec,
      fileOf(
        { path: "optimizer.state.0", arrays: moments },
        { path: "state_dict_ema", arrays: model },
        { path: "state_dict", arrays: model },
      ),
    );
    expect(report).toMatchObject({ dictionary: "state_dict", alsoAt: ["state_dict_ema"] });
    expect(report.loaded).toHaveLength(everything);
  });

  it("repeats a grey first layer and divides it, so that a grey image gives what it gave", () => {
    const grey = Float32Array.from({ length: 64 * 49 }, (_, i) => i % 7);
    const arrays = new Map([...renamed((name) => name), ["conv1.weight", stored([64, 1, 7, 7], grey)]]);
    const { state, report } = fitted(arrays);
    const weight = state.get("conv1.weight")!;
    expect(weight.shape).toEqual([64, 3, 7, 7]);
    for (const [output, pixel] of [
      [0, 0],
      [5, 12],
      [63, 48],
    ] as const) {
      const sum = [0, 1, 2].reduce((total, channel) => total + weight.data[(output * 3 + channel) * 49 + pixel]!, 0);
      expect(sum).toBeCloseTo(grey[output * 49 + pixel]!, 5);
    }
    expect(report.changes).toEqual([expect.stringMatching(/^conv1.weight: 1 channel repeated/)]);
  });

  it("works the biases of convolutions before batch norms into the running means", () => {
    // norm(x + b) = g (x + b − m) / s + h = g (x − (m − b)) / s + h.
    const biases = new Map([
      ...renamed((name) => name),
      ["layer1.0.conv2.bias", stored([64], new Float32Array(64).fill(0.5))],
    ]);
    const { state, report } = fitted(biases);
    expect(state.get("layer1.0.bn2.running_mean")!.data[0]).toBe(1.5);
    expect(state.get("layer1.0.bn1.running_mean")!.data[0]).toBe(2);
    expect(report.leftOver.map(({ name }) => name)).toEqual(["fc.weight", "fc.bias"]);
    expect(report.changes).toEqual(["1 bias of a convolution worked into the running mean of its norm."]);
  });

  const deeper = new Map([
    ...renamed((name) => name),
    ["layer1.2.conv1.weight", stored([64, 64, 3, 3], new Float32Array(1))],
  ]);
  const cifar = new Map([...renamed((name) => name), ["conv1.weight", stored([64, 3, 3, 3], new Float32Array(1))]]);
  const foldedArrays = new Map([
    ...renamed((name) => (/(bn\d|downsample\.1)\./.test(name) ? null : name)),
    ["conv1.bias", stored([64], new Float32Array(64))],
  ]);
  const groupNorm = renamed((name) => (name.includes("running") ? null : name));

  it.each([
    ["of a deeper network", deeper, "WEIGHTS_DO_NOT_FIT", /1 arrays more in its layers, such as layer1.2.conv1.weight/],
    ["with another first layer", cifar, "WEIGHTS_DO_NOT_FIT", /conv1.weight is \[64,3,3,3\], not \[64,3,7,7\]/],
    ["whose norms were folded", foldedArrays, "WEIGHTS_FOLDED", /bias for conv1 and no batch norm/],
    ["whose norms are no batch norms", groupNorm, "WEIGHTS_DO_NOT_FIT", /bn1 has no running statistics/],
    [
      "of something else",
      new Map([["embedding", stored([1], new Float32Array(1))]]),
      "WEIGHTS_DO_NOT_FIT",
      /none of its/,
    ],
    ["of nothing", new Map(), "WEIGHTS_DO_NOT_FIT", /none of its/],
  ])("refuses a file %s", (_, arrays, code, words) => {
    expect(() => fitted(arrays)).toThrow(expect.objectContaining({ code }));
    expect(() => fitted(arrays)).toThrow(words);
  });

  it("names the network that the weights do fit", () => {
    expect(() =>
      fitted(
        renamed((name) => name),
        { name: "resnet50", classes: 3 },
      ),
    ).toThrow(/They fit resnet18\./);
  });

  it.each([
    ["conv1.weight", Number.NaN, /holds NaN, where finite numbers belong/],
    ["bn1.running_var", -1, /holds -1, where variances belong/],
  ])("refuses %s with %d in it", (name, value, words) => {
    const { shape, data } = donor.get(name)!;
    const arrays = new Map([...renamed((one) => one), [name, stored(shape, data.with(7, value))]]);
    expect(() => fitted(arrays)).toThrow(words);
  });

  it("is quick with names of thousands of parts", () => {
    const arrays = new Map(
      Array.from({ length: 500 }, (_, i) => [`${"a.".repeat(5000)}${i}`, stored([1], new Float32Array(1))] as const),
    );
    expect(() => fitted(arrays)).toThrow(expect.objectContaining({ code: "WEIGHTS_DO_NOT_FIT" }));
  });
});

describe("describeReport", () => {
  it("says what was loaded, missing and left over, with shapes", () => {
    const { report } = fitted(renamed((name) => (name.startsWith("layer4.1.") ? null : `module.${name}`)));
    expect(describeReport(report)).toEqual([
      'resnet18 from pytorch (F32), behind "module.": 90 of 102 arrays loaded.',
      "The last layer is drawn anew: the file's has other outputs, or none.",
      "Missing, so drawn at random: layer4.1.conv1.weight [512, 512, 3, 3], layer4.1.bn1.weight [512], layer4.1.bn1.bias [512], layer4.1.bn1.running_mean [512], layer4.1.bn1.running_var [512], layer4.1.conv2.weight [512, 512, 3, 3] and 4 more.",
      "Left over in the file: module.fc.weight [1000, 512], module.fc.bias [1000].",
    ]);
  });
});
