import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { encodeModel } from "../graph/encodeModel.ts";
import { gradient } from "../graph/gradient.ts";
import { mul, neg } from "../graph/ops/arithmetic.ts";
import { sum } from "../graph/ops/reduce.ts";
import { logSoftmax } from "../graph/ops/softmax.ts";
import { input } from "../graph/tensor.ts";
import { openSession } from "../runtime/session.ts";
import { drawMixture, fillTargets, mixImages } from "./targets.ts";

interface Golden {
  readonly labels: readonly number[];
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

const golden: Golden = JSON.parse(readFileSync(new URL("./targets.golden.json", import.meta.url), "utf8"));
const { labels, partners } = golden;

describe("fillTargets", () => {
  for (const { weights, labelSmoothing, share, logits, loss, gradient: expected } of golden.cases) {
    it(`makes the loss PyTorch's with weights ${weights}, smoothing ${labelSmoothing}, share ${share}`, async () => {
      const targets = new Float32Array(logits.length).fill(7);
      const mixture = share < 1 ? { partners, share } : undefined;
      fillTargets(targets, labels, { classWeights: weights ?? undefined, labelSmoothing }, mixture);
      const shape = [labels.length, 3];
      const [x, t] = [input("x", shape), input("t", shape)];
      const value = neg(sum(mul(t, logSoftmax(x))));
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

it("mixes each image with its partner as it was before", () => {
  const values = Float32Array.of(0, 10, 100, 200, 1000, 2000);
  mixImages(values, { partners: [2, 0, 1], share: 0.75 });
  expect([...values]).toEqual([250, 507.5, 75, 152.5, 775, 1550]);
});

describe("drawMixture", () => {
  it.each([0.2, 1, 4])(
    "draws shares with the mean and variance of Beta(%s, same), within five standard errors",
    (alpha) => {
      const random = createRandom(`mixtures ${alpha}`);
      const shares = Array.from({ length: 4000 }, () => drawMixture(2, alpha, random).share);
      const variance = 1 / (4 * (2 * alpha + 1));
      const mean = shares.reduce((total, share) => total + share, 0) / shares.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(variance / shares.length));
      const squares = shares.map((share) => (share - 0.5) ** 2);
      const found = squares.reduce((total, square) => total + square, 0) / squares.length;
      const spread = Math.sqrt(squares.reduce((total, square) => total + (square - found) ** 2, 0) / squares.length);
      expect(Math.abs(found - variance)).toBeLessThan(5 * (spread / Math.sqrt(squares.length)));
    },
  );

  it("gives each image one partner", () => {
    const { partners: drawn } = drawMixture(9, 1, createRandom(1));
    expect(drawn.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
