import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { readDataset } from "../../src/dataset/readDataset.ts";
import { initialStateDict } from "../../src/network/initialState.ts";
import { isBehind } from "../../src/network/stages.ts";
import type { StateDict } from "../../src/network/stateDict.ts";
import { readBestWeights, readCheckpoint, writeCheckpoint } from "../../src/training/checkpoint.ts";
import type { EpochRecord } from "../../src/training/history.ts";
import { readHistory } from "../../src/training/history.ts";
import { trainNetwork } from "../../src/training/train.ts";
import { resolveTrainingSettings, type TrainingOptions } from "../../src/training/trainingSettings.ts";
import { drawDataset } from "./drawDataset.ts";

const spec = { name: "resnet18", classes: 2 } as const;
const first = initialStateDict(spec, createRandom(1));
const common: TrainingOptions = { epochs: 2, batchSize: 8, learningRate: 1e-3, seed: 5, threads: 1 };

let root: string;
let dataset: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "habits-"));
  dataset = join(root, "dataset");
  await drawDataset(dataset, { subjects: 7 });
});
afterAll(() => rm(root, { recursive: true }));

interface Trained {
  readonly state: StateDict;
  readonly history: readonly EpochRecord[];
}

/** Trains beside the dataset; stopAfter: how many progress updates until it is stopped and started again, each time. */
async function train(
  name: string,
  options: TrainingOptions,
  { cacheBytes = 2 ** 30, stopAfter = [] as number[] } = {},
): Promise<Trained> {
  const { dataset: read } = await readDataset(dataset);
  const settings = resolveTrainingSettings({ ...common, ...options }, [6]);
  const checkpoints = join(root, name);
  const none: StateDict = new Map();
  const start = { epoch: 0, steps: 0, state: first, firstMoments: none, secondMoments: none, history: [] };
  await writeCheckpoint(checkpoints, start);
  const labelled = read.cases.map(({ caseId, subjectId, label }) => ({
    caseId,
    subjectId,
    labels: Array<number>(6).fill(read.classes.indexOf(label ?? "")),
  }));
  const job = {
    ...{ network: spec, settings, recipe: read.recipe, dataset, checkpoints },
    ...{ training: labelled.slice(0, 4), validation: labelled.slice(4) },
    historyPath: join(root, `${name}.jsonl`),
  };
  for (const updates of [...stopAfter, Number.POSITIVE_INFINITY]) {
    let seen = 0;
    const around = { progress: () => seen++, isStopped: () => seen >= updates, nowMs: () => 0, cacheBytes };
    const training = trainNetwork(job, around);
    if (Number.isFinite(updates)) await expect(training).rejects.toMatchObject({ code: "TRAINING_STOPPED" });
    else await training;
  }
  const last = await readCheckpoint(checkpoints);
  return { state: last!.state, history: await readHistory(job.historyPath) };
}

const isSame = (a: StateDict, b: StateDict) =>
  [...a].every(([name, { data }]) => Buffer.compare(bytesOf(data), bytesOf(b.get(name)!.data)) === 0);

describe("training", () => {
  it.each([
    [
      "sgd",
      {
        optimiser: "sgd",
        learningRate: 1e-2,
        isNesterov: true,
        weightDecay: 1e-3,
        sampling: "subjects",
        accumulate: 2,
      },
    ],
    [
      "adamw",
      {
        optimiser: "adamw",
        layerDecay: 0.7,
        clipNorm: 1,
        schedule: "one-cycle",
        labelSmoothing: 0.1,
        mixup: 0.4,
        augmentation: "more",
      },
    ],
    ["unfrozen", { freeze: "layer4", unfreezeEvery: 1, augmentation: "flips", warmUp: "1" }],
  ] as const)(
    "goes on after stops with the very bits of a run that never stopped: %s",
    async (name, options) => {
      const whole = await train(name, options);
      const stopped = await train(`${name}-stopped`, options, { stopAfter: [9] });
      expect(isSame(whole.state, stopped.state)).toBe(true);
      expect(stopped.history).toEqual(whole.history);
      expect(isSame(whole.state, first)).toBe(false);
      expect(whole.history.every(({ gradientNorm, learningRate }) => gradientNorm! > 0 && learningRate! >= 0)).toBe(
        true,
      );
    },
    120_000,
  );

  it("leaves what is frozen alone, statistics too, and keeps no other bits than it would compute again", async () => {
    const options = { freeze: "layer3", augmentation: "flips" };
    const { state, history } = await train("kept", options);
    for (const [name, { data }] of state) {
      const isLeft = Buffer.compare(bytesOf(data), bytesOf(first.get(name)!.data)) === 0;
      expect(isLeft, name).toBe(!isBehind(name, "layer3"));
    }
    expect(history.map(({ frozen }) => frozen)).toEqual(["layer3", "layer3"]);
    const halfKept = await train("half-kept", options, { cacheBytes: 20 * 256 * 2 * 2 * 4 });
    expect(isSame(halfKept.state, state)).toBe(true);
  }, 120_000);

  it("stops when its patience is over, and keeps the best epoch by what was asked for", async () => {
    const { history } = await train("patient", {
      epochs: 12,
      patience: 2,
      bestBy: "loss",
      learningRate: 1,
      freeze: "layer4",
    });
    const losses = history.map(({ validationLoss }) => validationLoss);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(history.length).toBeLessThan(12);
    expect(history.length).toBe(best + 2);
    expect((await readBestWeights(join(root, "patient")))?.epoch).toBe(best);
    await cp(join(root, "patient"), join(root, "patient-again"), { recursive: true });
    expect((await readCheckpoint(join(root, "patient-again")))?.history).toEqual(history);
  }, 120_000);
});

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
