import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeModel } from "../graph/encodeModel.ts";
import { gradient } from "../graph/gradient.ts";
import { binaryCrossEntropy } from "../graph/ops/binaryCrossEntropy.ts";
import { input } from "../graph/tensor.ts";
import { openSession } from "../runtime/session.ts";
import { measureSeveral } from "./metrics.ts";
import { fillPresences } from "./targets.ts";

interface Golden {
  readonly shown: readonly (readonly number[])[];
  readonly partners: readonly number[];
  readonly cases: readonly {
    readonly weights: readonly number[] | null;
    readonly labelSmoothing: number;
    readonly share: number;
    readonly logits: readonly number[];
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("./presences.golden.json", import.meta.url), "utf8"));
const { shown, partners } = golden;

describe("fillPresences", () => {
  for (const { weights, labelSmoothing, share, logits, loss, gradient: expected } of golden.cases) {
    it(`makes the loss PyTorch's with weights ${weights}, smoothing ${labelSmoothing}, share ${share}`, async () => {
      const targets = new Float32Array(logits.length).fill(7);
      fillPresences(targets, shown, { labelSmoothing }, share < 1 ? { partners, share } : undefined);
      const shape = [shown.length, 3];
      const [x, t] = [input("x", shape), input("t", shape)];
      const value = binaryCrossEntropy(x, t, weights ?? undefined);
      const [dx] = gradient(value, [x]);
      const session = await openSession(encodeModel({ inputs: [x, t], outputs: { value, dx: dx! } }));
      const results = await session.run({
        x: { data: Float32Array.from(logits), shape },
        t: { data: targets, shape },
      });
      await session.close();
      expect(results.value!.data[0]).toBeCloseTo(loss, 5);
      for (const [i, dy] of expected.entries()) expect(results.dx!.data[i]).toBeCloseTo(dy, 6);
    });
  }
});

describe("measureSeveral", () => {
  it("counts an image as right only if it is called what it shows and nothing else", () => {
    const logits = [
      [1, -1],
      [1, 1],
      [-1, -1],
    ];
    const found = measureSeveral(logits, [[0], [0], []]);
    expect(found.accuracy).toBeCloseTo(2 / 3, 12);
    // Class 0 is found twice of two and spared once of once; class 1 is never there and spared twice of three times.
    expect(found.sensitivity).toBe(1);
    expect(found.specificity).toBe(3 / 4);
    expect(found.balancedAccuracy).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(found.auc).toBe(1);
    const [near, far] = [Math.log1p(Math.exp(-1)), Math.log1p(Math.exp(1))];
    expect(found.loss).toBeCloseTo((5 * near + far) / 6, 12);
  });
});
