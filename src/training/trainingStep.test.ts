import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { initialStateDict } from "../network/initialState.ts";
import { copyState, isTrainable, type StateDict } from "../network/stateDict.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { openTrainingStep, type TrainingStep } from "./trainingStep.ts";

const network = { name: "resnet18", classes: 2 } as const;
const settings = {
  batchSize: 4,
  sizePx: 32,
  threads: 1,
  rateShareAt: () => 1,
  learningRate: 1e-3,
  headLearningRate: 2e-3,
  weightDecay: 1e-4,
};

function untrained(): Checkpoint {
  const none: StateDict = new Map();
  const state = initialStateDict(network, createRandom(1));
  return { epoch: 0, steps: 0, state, firstMoments: none, secondMoments: none, history: [] };
}

/** Fills a batch with noise; the images of class 1 are brighter. Returns their classes. */
function noise(step: TrainingStep, seed: number): number[] {
  const random = createRandom(seed);
  const labels = [0, 1, 1, 0];
  const imageSize = step.images.length / labels.length;
  for (let i = 0; i < step.images.length; i++) {
    step.images[i] = random.normal() + labels[Math.floor(i / imageSize)]!;
  }
  return labels;
}

function learn(step: TrainingStep, seed: number): Promise<number> {
  return step.learn(noise(step, seed));
}

describe("openTrainingStep", () => {
  it("learns: the loss falls from chance, and the running statistics leave 0 and 1", async () => {
    const step = await openTrainingStep(network, untrained(), settings);
    const losses: number[] = [];
    for (let seed = 0; seed < 8; seed++) losses.push(await learn(step, seed));
    expect(losses[0]).toBeGreaterThan(0.3);
    expect(Math.max(...losses.slice(-2))).toBeLessThan(0.15);
    expect(step.state().get("bn1.running_mean")?.data[0]).not.toBe(0);
    expect([...step.state().keys()]).toEqual([...untrained().state.keys()]);
    await step.close();
  });

  it("goes on from a checkpoint with the very bits of a run that never stopped", async () => {
    const folder = await mkdtemp(join(tmpdir(), "step-"));
    const whole = await openTrainingStep(network, untrained(), settings);
    await learn(whole, 1);
    const record = { epoch: 1, trainingLoss: 1, validationLoss: 1, validationAccuracy: 0, seconds: 1 };
    await writeCheckpoint(folder, { ...whole.snapshot(), epoch: 1, history: [record] });
    await learn(whole, 2);
    const expected = copyState(whole.state());
    await whole.close();

    const checkpoint = await readCheckpoint(folder);
    const resumed = await openTrainingStep(network, checkpoint!, settings);
    await learn(resumed, 2);
    for (const [name, { data }] of resumed.state()) {
      expect(Buffer.compare(bytesOf(data), bytesOf(expected.get(name)!.data)), name).toBe(0);
    }
    await resumed.close();
    await rm(folder, { recursive: true });
  });

  it("moves by the mean of the gradients that it gathered, shortened to the length asked for", async () => {
    const sgd = { ...settings, optimiser: "sgd", learningRate: 1, headLearningRate: null, weightDecay: 0 } as const;
    const start = untrained().state;
    const changeBy = async (seeds: readonly number[], clipNorm: number | null) => {
      const step = await openTrainingStep(network, untrained(), { ...sgd, clipNorm });
      for (const seed of seeds) await step.gather(noise(step, seed));
      const norm = step.move();
      const change = [...step.state()]
        .filter(([name]) => isTrainable(name))
        .flatMap(([name, { data }]) => Array.from(data.subarray(0, 50), (v, i) => v - start.get(name)!.data[i]!));
      await step.close();
      return { change, norm };
    };
    const [one, other, both] = [await changeBy([1], null), await changeBy([2], null), await changeBy([1, 2], null)];
    const mean = one.change.map((value, i) => (value + other.change[i]!) / 2);
    for (const [i, value] of both.change.entries()) expect(Math.abs(value - mean[i]!)).toBeLessThan(1e-5);
    expect(both.norm).toBeLessThan((one.norm + other.norm) / 2);
    const clipped = await changeBy([1], one.norm / 4);
    expect(clipped.norm).toBe(one.norm);
    for (const [i, value] of clipped.change.entries()) expect(value).toBeCloseTo(one.change[i]! / 4, 5);
  });
});

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
