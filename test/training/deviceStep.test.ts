import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { initialStateDict } from "../../src/network/initialState.ts";
import type { StateDict } from "../../src/network/stateDict.ts";
import { openLearner } from "../../src/training/learner.ts";
import { putInDevice } from "./standInDevice.ts";

const spec = { name: "resnet18", classes: 2 } as const;
const batchSize = 8;
const state = initialStateDict(spec, createRandom(1));
const none: StateDict = new Map();
const start = { epoch: 0, steps: 0, state, firstMoments: none, secondMoments: none, history: [] };

let takeOut: () => void;
beforeEach(() => {
  takeOut = putInDevice();
});
afterEach(() => takeOut());

const common = {
  ...{
    batchSize,
    sizePx: 32,
    threads: 2,
    learningRate: 1e-5,
    headLearningRate: 1e-4,
    weightDecay: 1e-2,
    momentum: 0.9,
  },
  ...{ clipNorm: 1, rateShareAt: (step: number) => 1 / (1 + step) },
};

/** Two moves of two batches each. */
async function learn(device: "cpu" | "webgpu", settings: { optimiser: "adamw" | "sgd"; border: "layer2" | "layer3" }) {
  const learner = await openLearner(spec, start, { ...common, ...settings, device });
  const random = createRandom(2);
  const numbers: number[] = [];
  for (let step = 0; step < 2; step++) {
    for (let part = 0; part < 2; part++) {
      for (const i of learner.images.keys()) learner.images[i] = random.normal();
      numbers.push(await learner.gather(Array.from({ length: batchSize }, (_, i) => (i + step) % 2)));
    }
    numbers.push(await learner.move());
  }
  const { steps, ...parts } = await learner.snapshot();
  // The CPU's arrays are views that go with the learner.
  const arrays = Object.values(parts).map((part) => new Map([...part].map(([name, { data }]) => [name, data.slice()])));
  await learner.close();
  return { numbers, steps, arrays };
}

/** The L2 norm of a difference, as a share of the first one's. */
function relativeL2(a: Float32Array, b: Float32Array | undefined): number {
  let [squares, own] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    squares += (a[i]! - (b?.[i] ?? Number.NaN)) ** 2;
    own += a[i]! ** 2;
  }
  return Math.sqrt(squares) / (Math.sqrt(own) || 1);
}

describe("a training step whose arrays stay on a device", () => {
  it.each([
    { optimiser: "sgd", border: "layer2" },
    { optimiser: "adamw", border: "layer3" },
  ] as const)("learns what the CPU's step learns: $optimiser, frozen up to $border", async (settings) => {
    const [here, there] = [await learn("cpu", settings), await learn("webgpu", settings)];
    for (const [i, value] of here.numbers.entries())
      expect(Math.abs((there.numbers[i] ?? 0) / value - 1)).toBeLessThan(1e-4);
    expect(there.steps).toBe(2);
    for (const [k, part] of here.arrays.entries()) {
      const other = there.arrays[k];
      expect([...(other?.keys() ?? [])].sort()).toEqual([...part.keys()].sort());
      const apart = [...part].map(([name, data]) => ({ name, apart: relativeL2(data, other?.get(name)) }));
      expect(apart.filter((entry) => !(entry.apart < 1e-4))).toEqual([]);
    }
  });
});
