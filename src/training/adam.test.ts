import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { StateDict } from "../network/stateDict.ts";
import { createAdam } from "./adam.ts";

type Arrays = Record<string, number[]>;

interface Golden {
  readonly shapes: Record<string, number[]>;
  readonly cases: readonly {
    readonly learningRate: number;
    readonly headLearningRate: number | null;
    readonly weightDecay: number;
    readonly weights: Arrays;
    readonly gradients: readonly Arrays[];
    readonly after: readonly Arrays[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("./adam.golden.json", import.meta.url), "utf8"));

function stateOf(arrays: Arrays, shapes: Record<string, number[]>): StateDict {
  return new Map(
    Object.entries(arrays).map(([name, numbers]) => [name, { shape: shapes[name]!, data: Float32Array.from(numbers) }]),
  );
}

describe("createAdam", () => {
  for (const { weights, gradients, after, ...settings } of golden.cases) {
    it(`moves the weights as torch.optim.Adam does with ${JSON.stringify(settings)}`, () => {
      const adam = createAdam(stateOf(weights, golden.shapes), settings);
      for (const [step, arrays] of gradients.entries()) {
        for (const [name, { data }] of adam.gradients) data.set(arrays[name]!);
        adam.step();
        for (const [name, { data }] of adam.weights) {
          const expected = after[step]![name]!;
          for (const [i, weight] of data.entries()) {
            expect(Math.abs(weight - expected[i]!), `step ${step}, ${name}[${i}]`).toBeLessThanOrEqual(
              3e-7 * Math.max(1, Math.abs(expected[i]!)),
            );
          }
        }
      }
    });
  }

  it("moves a weight by the learning rate in the first step, whatever the gradient's size", () => {
    const state: StateDict = new Map([["conv1.weight", { shape: [2], data: new Float32Array([1, 1]) }]]);
    const adam = createAdam(state, { learningRate: 0.25, headLearningRate: null, weightDecay: 0 });
    adam.gradients.get("conv1.weight")!.data.set([100, -0.01]);
    adam.step();
    expect(adam.weights.get("conv1.weight")!.data[0]).toBeCloseTo(0.75, 6);
    expect(adam.weights.get("conv1.weight")!.data[1]).toBeCloseTo(1.25, 5);
  });

  it("leaves the state it was made from and its running statistics alone", () => {
    const data = new Float32Array([1, 2, 3]);
    const adam = createAdam(
      new Map([
        ["bn1.weight", { shape: [3], data }],
        ["bn1.running_mean", { shape: [3], data: data.slice() }],
      ]),
      { learningRate: 1, headLearningRate: null, weightDecay: 0 },
    );
    adam.gradients.get("bn1.weight")!.data.fill(1);
    adam.step();
    expect([...data]).toEqual([1, 2, 3]);
    expect([...adam.weights.keys()]).toEqual(["bn1.weight"]);
  });
});
