import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeJson } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import { encodeModel } from "../../graph/encodeModel.ts";
import { add, mul, scale, sub } from "../../graph/ops/arithmetic.ts";
import { sigmoid } from "../../graph/ops/pointwise.ts";
import { concat, permute, reshape } from "../../graph/ops/shape.ts";
import { apply, constant, input, type Tensor } from "../../graph/tensor.ts";
import type { Volume } from "../../study/volume.ts";
import { drawThorax } from "../drawnThorax.fixture.ts";
import { isolateLungs } from "../isolateLungs.ts";
import { labelsOf } from "../lungMask.ts";

const size = 128;
const batch = 5;
const small = { slices: 12, lungSlices: [2, 10] } as const;

/** Above 0 where a value of 0 … 1 (of −1000 … 0 HU) is near 0.2, the drawn lungs' −800 HU. */
function lungLogits(x: Tensor): Tensor {
  const off = sub(x, constant(0.2));
  return scale(sub(constant(0.01), mul(off, off)), 1e4);
}

/** The logits, and what makes sides of them: 40 at the columns of the right lung for its map, else of the left lung's. */
function sideLogits(x: Tensor): Tensor {
  const columns = Float32Array.from({ length: size }, (_, i) => (i < 64 ? 40 : -40));
  const onRight = constant(columns, [1, 1, 1, size]);
  const lungs = lungLogits(x);
  return concat([scale(lungs, -1), add(lungs, onRight), sub(lungs, onRight)], 1);
}

const images = input("images", [batch, 1, size, size]);
const lastImages = input("images", [batch, size, size, 1]);
const flatImages = input("images", [batch, size, size]);

const models = {
  logits: encodeModel({ inputs: [images], outputs: { maps: lungLogits(images) }, anyBatch: [images] }),
  probabilities: encodeModel({ inputs: [flatImages], outputs: { maps: sigmoid(lungLogits(flatImages)) } }),
  sides: encodeModel({ inputs: [images], outputs: { maps: sideLogits(images) } }),
  lastSides: encodeModel({
    inputs: [lastImages],
    outputs: { maps: permute(sideLogits(reshape(lastImages, [batch, 1, size, size])), [0, 2, 3, 1]) },
  }),
  labels: encodeModel({
    inputs: [images],
    outputs: {
      labels: apply(
        "ArgMax",
        [sideLogits(images)],
        { shape: [batch, size, size], type: "int64" },
        { axis: 1, keepdims: 0 },
      ),
    },
  }),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-learned-"));
  for (const [name, bytes] of Object.entries(models)) await writeFile(join(folder, `${name}.onnx`), bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Changes {
  readonly input?: object;
  readonly output?: object;
  readonly labels?: object;
  readonly [field: string]: unknown;
}

async function describeModel(name: keyof typeof models, changes: Changes): Promise<string> {
  const path = join(folder, `${name}.json`);
  await writeJson(path, {
    format: "groundglass-lung-model/1",
    file: `${name}.onnx`,
    sha256: sha256Hex(models[name]),
    labels: { right: 1, left: 2 },
    ...changes,
    input: { sizePx: size, lowHu: -1000, highHu: 0, ...changes.input },
    output: { kind: "logits", ...changes.output },
  });
  return path;
}

/** 1 and 2 where a voxel is lung by its value, at the right and at the left. */
function drawnLabels({ voxels }: Volume): Uint8Array {
  return Uint8Array.from(voxels, (hu, i) => (hu !== -800 ? 0 : i % size < 64 ? 1 : 2));
}

describe("the learned isolation", () => {
  const volume = drawThorax(small);
  const drawn = drawnLabels(volume);

  it.each<[string, keyof typeof models, Changes]>([
    ["logits of a single map, for a model of any batch", "logits", { labels: { lungs: 1 } }],
    [
      "probabilities of a single map without a channel axis, for a model of a fixed batch",
      "probabilities",
      { input: { layout: "NHW" }, output: { kind: "probabilities", layout: "NHW" }, labels: { lungs: 1 } },
    ],
    ["a map for each label", "sides", {}],
    ["a map for each label, channels last", "lastSides", { input: { layout: "NHWC" }, output: { layout: "NHWC" } }],
    ["labels of whole numbers", "labels", { output: { kind: "labels" } }],
    [
      "labels whose sides are named the other way round",
      "labels",
      { output: { kind: "labels" }, labels: { right: 2, left: [1] } },
    ],
  ])("reads %s", async (_, name, changes) => {
    const mask = await isolateLungs(volume, { method: "learned", model: await describeModel(name, changes) });
    const isSwapped = JSON.stringify(changes.labels) === '{"right":2,"left":[1]}';
    const expected = isSwapped ? drawn.map((label) => (label === 0 ? 0 : 3 - label)) : drawn;
    expect(labelsOf(mask)).toEqual(expected);
    expect(mask.warnings).toEqual([]);
  });

  it("looks at the body alone where it is told to, and puts the lungs back where they were", async () => {
    const model = await describeModel("logits", { input: { crop: "body" }, labels: { lungs: [1] } });
    const labels = labelsOf(await isolateLungs(volume, { method: "learned", model }));
    let [both, sum] = [0, 0];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === drawn[i] && drawn[i] !== 0) both++;
      sum += Number(labels[i] !== 0) + Number(drawn[i] !== 0);
    }
    expect((2 * both) / sum).toBeGreaterThan(0.95);
  });

  it("leaves out pieces that are too small", async () => {
    const { voxels, ...rest } = drawThorax(small);
    const speck = voxels.slice();
    speck[(6 * size + 64) * size + 64] = -800;
    const labels = async (smallestMl: number) => {
      const model = await describeModel("sides", { smallestMl });
      return labelsOf(await isolateLungs({ ...rest, voxels: speck }, { method: "learned", model }));
    };
    const at = (6 * size + 64) * size + 64;
    expect((await labels(1))[at]).toBe(0);
    expect((await labels(0))[at]).toBe(2);
  });

  it("shows what the network said", async () => {
    const seen: string[] = [];
    const model = await describeModel("sides", {});
    await isolateLungs(volume, { method: "learned", model }, (name) => seen.push(name));
    expect(seen).toEqual(["model", "lungs"]);
  });

  it.each<[string, keyof typeof models, Changes, string]>([
    ["another size", "sides", { input: { sizePx: 64 } }, "LUNG_MODEL_MISMATCH"],
    ["more channels", "sides", { input: { channels: 3 } }, "LUNG_MODEL_MISMATCH"],
    ["an input that it has not", "sides", { input: { name: "ct" } }, "LUNG_MODEL_MISMATCH"],
    ["an output that it has not", "sides", { output: { name: "masks" } }, "LUNG_MODEL_MISMATCH"],
    ["labels that it has no map for", "sides", { labels: { right: 1, left: 3 } }, "LUNG_MODEL_MISMATCH"],
    ["labels where it gives maps", "sides", { output: { kind: "labels" } }, "LUNG_MODEL_MISMATCH"],
    ["logits where it gives labels", "labels", {}, "LUNG_MODEL_MISMATCH"],
    ["a window upside down", "sides", { input: { highHu: -2000 } }, "LUNG_MODEL_INVALID"],
    ["no known field", "sides", { softmax: true }, "LUNG_MODEL_INVALID"],
    ["a file that is not there", "sides", { file: "gone.onnx" }, "LUNG_MODEL_MISSING"],
    ["another file", "sides", { file: "labels.onnx" }, "LUNG_MODEL_CHANGED"],
  ])("refuses a description of %s", async (_, name, changes, code) => {
    const model = await describeModel(name, changes);
    await expect(isolateLungs(volume, { method: "learned", model })).rejects.toMatchObject({ code });
  });

  it("refuses a file that is no model", async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    await writeFile(join(folder, "torn.onnx"), bytes);
    const model = await describeModel("sides", { file: "torn.onnx", sha256: sha256Hex(bytes) });
    await expect(isolateLungs(volume, { method: "learned", model })).rejects.toMatchObject({
      code: "LUNG_MODEL_UNREADABLE",
    });
  });
});
