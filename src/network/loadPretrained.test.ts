import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isThere, writeFileWhole } from "../base/files.ts";
import { createRandom } from "../base/random.ts";
import { initialStateDict } from "./initialState.ts";
import { loadPretrained } from "./loadPretrained.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { encodeSafetensors } from "./safetensors.ts";
import type { StateDict } from "./stateDict.ts";

const spec: NetworkSpec = { name: "resnet18", classes: 3 };
const weights = new URL("../../../shared/data/weights/", import.meta.url);
const hasWeights = await isThere(weights.pathname);

let folder = "";
let donor: StateDict = new Map();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-"));
  donor = initialStateDict({ name: "resnet18", classes: 5 }, createRandom("donor"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(state: StateDict, target: NetworkSpec = spec) {
  const path = join(folder, "weights.safetensors");
  await writeFileWhole(path, encodeSafetensors(state));
  return loadPretrained(target, createRandom(1), path);
}

describe("loadPretrained", () => {
  it("takes what fits and draws another head anew, saying both", async () => {
    const { state, report } = await load(donor);
    expect(state.get("layer4.1.conv2.weight")!.data).toEqual(donor.get("layer4.1.conv2.weight")!.data);
    expect(state.get("fc.weight")!.shape).toEqual([3, 512]);
    expect(report.loaded).toHaveLength(donor.size - 2);
    expect(report.missing).toEqual([
      { name: "fc.weight", shape: [3, 512] },
      { name: "fc.bias", shape: [3] },
    ]);
    expect(report.leftOver).toEqual([
      { name: "fc.weight", shape: [5, 512] },
      { name: "fc.bias", shape: [5] },
    ]);
  });

  it("finds the names behind a prefix and passes over batch counters and strangers", async () => {
    const renamed: StateDict = new Map([...donor].map(([name, entry]) => [`module.encoder.${name}`, entry]));
    renamed.set("module.encoder.bn1.num_batches_tracked", { shape: [], data: Float32Array.of(9) });
    renamed.set("module.projector.weight", { shape: [1], data: Float32Array.of(9) });
    const { state, report } = await load(renamed);
    expect(state.get("conv1.weight")!.data).toEqual(donor.get("conv1.weight")!.data);
    expect(report.leftOver.map(({ name }) => name)).toContain("module.projector.weight");
    expect(report.leftOver.map(({ name }) => name)).not.toContain("module.encoder.bn1.num_batches_tracked");
  });

  it("refuses weights of another network", async () => {
    await expect(load(donor, { name: "resnet50", classes: 3 })).rejects.toMatchObject({ code: "WEIGHTS_DO_NOT_FIT" });
  });

  it("refuses a file in which no array fits", async () => {
    const stranger: StateDict = new Map([["embedding", { shape: [2], data: Float32Array.of(1, 2) }]]);
    await expect(load(stranger)).rejects.toMatchObject({ code: "WEIGHTS_DO_NOT_FIT" });
  });

  it.skipIf(!hasWeights)("fills both networks up to layer3 from weights stored as float32 and float16", async () => {
    for (const name of ["resnet18", "resnet50"] as const) {
      const path = new URL(`${name}-imagenet-to-layer3.safetensors`, weights).pathname;
      const { report } = await loadPretrained({ name, classes: 3 }, createRandom(1), path);
      expect(report.leftOver).toEqual([]);
      expect(new Set(report.missing.map((entry) => entry.name.split(".")[0]))).toEqual(new Set(["layer4", "fc"]));
    }
  });
});
