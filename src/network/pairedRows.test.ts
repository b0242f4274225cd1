import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { encodeModel } from "../graph/encodeModel.ts";
import { add } from "../graph/ops/arithmetic.ts";
import { conv2d } from "../graph/ops/conv2d.ts";
import { relu } from "../graph/ops/pointwise.ts";
import { globalAveragePool } from "../graph/ops/pooling.ts";
import { flatten } from "../graph/ops/shape.ts";
import { constant, elementCount, input, type Tensor } from "../graph/tensor.ts";
import { openSession } from "../runtime/session.ts";
import { convOfPairs, isPaired, isWorthPairing, meanOfPairs, pairedConv } from "./pairedRows.ts";

const images = 3;

/** Runs a model built for one image on several; returns its results' numbers. */
async function run(x: Tensor, outputs: Readonly<Record<string, Tensor>>) {
  const session = await openSession(encodeModel({ inputs: [x], outputs, anyBatch: [x] }), { threads: 1 });
  const random = createRandom("paired rows");
  const data = Float32Array.from({ length: images * elementCount(x.shape) }, () => random.between(-1, 1));
  const results = await session.run({ x: { data, shape: [images, ...x.shape.slice(1)] } });
  await session.close();
  return (name: string) => [...(results[name]?.data ?? [])];
}

describe("convolutions by pairs of rows", () => {
  it.each([
    [7, 7],
    [6, 5],
    [3, 4],
    [2, 2],
  ])("give what the usual ones give, layer upon layer, on maps of %i × %i", async (height, width) => {
    const random = createRandom(`${height} × ${width}`);
    const numbers = (...shape: number[]) =>
      constant(
        Float32Array.from({ length: elementCount(shape) }, () => random.between(-0.2, 0.2)),
        shape,
      );
    const known = (kernel: number) => ({ weight: numbers(16, 16, kernel, kernel), bias: numbers(16) });
    const [first, second, third, fourth, strided, shortcut] = [3, 3, 3, 3, 3, 1].map(known);
    const x = input("x", [1, 16, height, width]);

    const usual = (maps: Tensor, { weight, bias }: ReturnType<typeof known>, stride = 1) =>
      conv2d(maps, weight, { bias, stride, padding: (weight.shape[2]! - 1) / 2 });
    const inner = relu(usual(x, first!));
    const block = relu(add(usual(inner, second!), x));
    const next = relu(add(usual(relu(usual(block, third!)), fourth!), block));

    const pairedInner = pairedConv(x, first!);
    const pairedBlock = pairedConv(pairedInner, second!, x);
    const pairedNext = pairedConv(pairedConv(pairedBlock, third!), fourth!, pairedBlock);
    expect([isPaired(x), isPaired(pairedNext), pairedNext.shape]).toEqual([false, true, next.shape]);

    const of = await run(x, {
      usualInner: inner,
      pairedInner,
      usualBlock: block,
      pairedBlock,
      usualNext: next,
      pairedNext,
      usualStrided: usual(next, strided!, 2),
      pairedStrided: convOfPairs(pairedNext, strided!),
      usualShortcut: usual(next, shortcut!, 2),
      pairedShortcut: convOfPairs(pairedNext, shortcut!),
      usualMean: flatten(globalAveragePool(next)),
      pairedMean: meanOfPairs(pairedNext),
    });
    for (const name of ["Inner", "Block", "Next", "Strided", "Shortcut", "Mean"]) {
      const [expected, found] = [of(`usual${name}`), of(`paired${name}`)];
      expect(found).toHaveLength(expected.length);
      expect(Math.max(...expected)).toBeGreaterThan(0.1);
      for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-5);
    }
  });

  it("are for maps of many channels and more than one row", () => {
    const worth = (channels: number, height: number, stride = 1) =>
      isWorthPairing(input("x", [1, channels, height, 7]), stride);
    expect([worth(128, 28), worth(64, 56), worth(512, 1), worth(256, 14, 2)]).toEqual([true, false, false, false]);
  });

  it("say when maps do not stand so", () => {
    expect(() => meanOfPairs(input("x", [1, 16, 4, 4]))).toThrow("do not stand as pairs of rows");
  });
});
