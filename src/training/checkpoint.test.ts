import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StateDict } from "../network/stateDict.ts";
import {
  bestWeightsPath,
  type Checkpoint,
  lastCheckpointPath,
  readBestWeights,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import type { EpochRecord } from "./history.ts";

const record = (epoch: number, validationAccuracy: number): EpochRecord => ({
  epoch,
  trainingLoss: 0.1 + 0.2,
  validationLoss: 1 / 3,
  validationAccuracy,
  seconds: 1.5,
});

const state = (value: number): StateDict =>
  new Map([["fc.bias", { shape: [2], data: new Float32Array([value, 1e-38 * value]) }]]);

function checkpointAt(epoch: number, history: readonly EpochRecord[]): Checkpoint {
  return { epoch, steps: 7 * epoch, state: state(epoch), firstMoments: state(0.1), secondMoments: state(0.2), history };
}

describe("checkpoints", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("come back exactly as they were written", async () => {
    const written = checkpointAt(2, [record(1, 0.5), record(2, 0.75)]);
    await writeCheckpoint(folder, written);
    expect(await readCheckpoint(folder)).toEqual(written);
  });

  it("keep the best epoch's weights, not the last's", async () => {
    await writeCheckpoint(folder, checkpointAt(1, [record(1, 0.9)]));
    await writeCheckpoint(folder, checkpointAt(2, [record(1, 0.9), record(2, 0.8)]));
    expect(await readBestWeights(folder)).toEqual({ epoch: 1, state: state(1) });
    expect((await readCheckpoint(folder))?.epoch).toBe(2);
  });

  it("mend the best weights after a kill between the two files, and remove what it left", async () => {
    await writeCheckpoint(folder, checkpointAt(1, [record(1, 0.5)]));
    await writeCheckpoint(folder, checkpointAt(2, [record(1, 0.5), record(2, 0.9)]));
    await rm(bestWeightsPath(folder));
    await writeFile(join(folder, "best.safetensors.0a1b2c3d.part"), "half");
    await readCheckpoint(folder);
    expect(await readBestWeights(folder)).toEqual({ epoch: 2, state: state(2) });
    expect((await readdir(folder)).sort()).toEqual(["best.safetensors", "last.safetensors"]);
  });

  it("are refused when something else cut them short", async () => {
    await writeFile(lastCheckpointPath(folder), "short");
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
  });

  it("are none in a folder that is not there", async () => {
    expect(await readCheckpoint(join(folder, "none"))).toBeUndefined();
  });
});
