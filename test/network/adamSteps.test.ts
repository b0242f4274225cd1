import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openTrainingStep } from "../../src/training/trainingStep.ts";
import { type Golden, goldenImages, goldenState, hashed } from "./resnetGolden.ts";

/** Ten steps of PyTorch's Adam in float64; made by adamSteps.golden.py. */
interface AdamGolden extends Pick<Golden, "network" | "batch" | "sizePx" | "classes" | "margin" | "biases"> {
  readonly learningRate: number;
  /** Before each step. */
  readonly losses: readonly number[];
  /** Of each array's change: its length, and its product with ±1 by a formula. */
  readonly moved: Readonly<Record<string, readonly [number, number]>>;
  readonly float32LossError: number;
  readonly float32MovedError: number;
}

const goldens: AdamGolden[] = JSON.parse(readFileSync(new URL("./adamSteps.golden.json", import.meta.url), "utf8"));

describe("ten steps of training", () => {
  for (const golden of goldens) {
    const { network, classes, batch, sizePx, learningRate } = golden;
    it(`move ${network} as PyTorch's do, as far as float32 can tell`, async () => {
      const start = goldenState(golden);
      const checkpoint = { epoch: 0, steps: 0, state: start, firstMoments: new Map(), secondMoments: new Map() };
      const step = await openTrainingStep(
        { name: network, classes },
        { ...checkpoint, history: [] },
        {
          ...{ batchSize: batch, sizePx, threads: 1, rateShareAt: () => 1 },
          ...{ learningRate, headLearningRate: null, weightDecay: 0 },
        },
      );
      step.images.set(goldenImages(golden).data);
      const labels = Array.from({ length: batch }, (_, i) => i % classes);
      const lossErrors: number[] = [];
      for (const loss of golden.losses) lossErrors.push(Math.abs((await step.learn(labels)) - loss));
      let [missed, total] = [0, 0];
      for (const [i, [name, { data }]] of [...step.state()].entries()) {
        const before = start.get(name)!.data;
        const change = Float64Array.from(data, (value, k) => value - before[k]!);
        const direction = hashed(change.length, i + 1);
        const length = Math.sqrt(change.reduce((sum, value) => sum + value * value, 0));
        const along = change.reduce((sum, value, k) => sum + value * Math.sign(direction[k]!), 0);
        const expected = golden.moved[name]!;
        missed += (length - expected[0]) ** 2 + (along - expected[1]) ** 2;
        total += expected[0] ** 2 + expected[1] ** 2;
      }
      await step.close();
      // Rounding grows from step to step, in PyTorch's float32 as in ours; twice its error is the same kind of error.
      expect(Math.max(...lossErrors)).toBeLessThan(2 * golden.float32LossError + 1e-6);
      expect(Math.sqrt(missed / total)).toBeLessThan(2 * golden.float32MovedError);
    }, 120_000);
  }
});
