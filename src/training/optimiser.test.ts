import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { depthOf } from "../network/stages.ts";
import type { StateDict } from "../network/stateDict.ts";
import { createOptimiser, gradientNorm, type OptimiserSettings } from "./optimiser.ts";

type Arrays = Record<string, number[]>;

interface Golden {
  readonly shapes: Record<string, number[]>;
  readonly cases: readonly {
    readonly settings: OptimiserSettings;
    readonly clip: number | null;
    readonly accumulate: number;
    /** Steps before conv1 and bn1 begin to learn. */
    readonly thawed: number;
    readonly weights: Arrays;
    /** By step, by part of an accumulated gradient. */
    readonly gradients: readonly (readonly Arrays[])[];
    readonly norms: readonly number[];
    readonly after: readonly Arrays[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("./optimiser.golden.json", import.meta.url), "utf8"));

function stateOf(arrays: Arrays, keep: (name: string) => boolean = () => true): StateDict {
  return new Map(
    Object.entries(arrays)
      .filter(([name]) => keep(name))
      .map(([name, numbers]) => [name, { shape: golden.shapes[name]!, data: Float32Array.from(numbers) }]),
  );
}

describe("createOptimiser", () => {
  for (const { settings, clip, accumulate, thawed, weights, gradients, norms, after } of golden.cases) {
    const how = JSON.stringify({ ...settings, clip, accumulate, thawed });
    it(`moves the weights as PyTorch's optimisers do with ${how}`, () => {
      let state = stateOf(weights);
      let optimiser = createOptimiser(
        stateOf(weights, (name) => thawed === 0 || depthOf(name) > 0),
        settings,
      );
      for (const [step, parts] of gradients.entries()) {
        if (step === thawed && step > 0) {
          // All learn from here on, as training opens a new step where weights thaw: what was learned goes on.
          const before = optimiser;
          optimiser = createOptimiser(new Map([...state, ...before.weights]), settings, (name) =>
            depthOf(name) > 0 ? 0 : thawed,
          );
          optimiser.steps = before.steps;
          for (const kind of ["firstMoments", "secondMoments"] as const) {
            for (const [name, { data }] of before[kind]) optimiser[kind].get(name)!.data.set(data);
          }
        }
        for (const { data } of optimiser.gradients.values()) data.fill(0);
        for (const part of parts) {
          for (const [name, { data }] of optimiser.gradients) {
            for (const [i, value] of part[name]!.entries()) data[i]! += value;
          }
        }
        const norm = gradientNorm(optimiser.gradients) / accumulate;
        expect(Math.abs(norm / norms[step]! - 1)).toBeLessThan(1e-6);
        const share = clip === null ? 1 : Math.min(1, clip / (norm + 1e-6));
        optimiser.step(1, share / accumulate);
        state = new Map([...state, ...optimiser.weights]);
        for (const [name, { data }] of state) {
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
    const adam = createOptimiser(state, { learningRate: 0.25, headLearningRate: null, weightDecay: 0 });
    adam.gradients.get("conv1.weight")!.data.set([100, -0.01]);
    adam.step();
    expect(adam.weights.get("conv1.weight")!.data[0]).toBeCloseTo(0.75, 6);
    expect(adam.weights.get("conv1.weight")!.data[1]).toBeCloseTo(1.25, 5);
  });

  it("leaves the state it was made from and its running statistics alone", () => {
    const data = new Float32Array([1, 2, 3]);
    const adam = createOptimiser(
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

  it("takes no more arrays of sgd than the momentum", () => {
    const state: StateDict = new Map([["fc.bias", { shape: [1], data: new Float32Array(1) }]]);
    const sgd = createOptimiser(state, {
      optimiser: "sgd",
      learningRate: 1,
      headLearningRate: null,
      weightDecay: 0,
    });
    expect([...sgd.firstMoments.keys(), ...sgd.secondMoments.keys()]).toEqual(["fc.bias"]);
  });
});
