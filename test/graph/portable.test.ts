import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { encodeModel, gradient, input, mul, sum, type Tensor } from "../../src/graph/index.ts";
import { batchNorm } from "../../src/graph/ops/batchNorm.ts";
import { maxPool2d } from "../../src/graph/ops/pooling.ts";
import { elementCount } from "../../src/graph/tensor.ts";
import { openSession } from "../../src/runtime/session.ts";

/** Runs a model of these outputs on values for its inputs. */
async function run(outputs: Readonly<Record<string, Tensor>>, feeds: Readonly<Record<string, Float32Array>>) {
  const session = await openSession(encodeModel({ outputs }), { threads: 1 });
  const shaped = Object.fromEntries(
    session.inputs.map(({ name, shape }) => [name, { data: feeds[name]!, shape: shape.map((size) => size ?? 1) }]),
  );
  const results = await session.run(shaped);
  await session.close();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
}

describe("max pooling for every device", () => {
  it.each([
    ["3 × 3, stride 2, padded", [2, 3, 7, 8], 3, { stride: 2, padding: 1 }],
    ["3 × 3, stride 1, padded", [1, 2, 5, 5], 3, { stride: 1, padding: 1 }],
    ["2 × 2, stride 2", [1, 2, 7, 6], 2, { stride: 2, padding: 0 }],
    ["2 × 2, stride 3, with pixels that no window sees", [1, 1, 8, 8], 2, { stride: 3, padding: 0 }],
  ] as const)("sends the gradient where the usual form does, ties too: %s", async (_, shape, kernel, window) => {
    const random = createRandom(1);
    const x = input("x", shape);
    const forms = [false, true].map((isPortable) => maxPool2d(x, kernel, { ...window, isPortable }));
    const dy = input("dy", forms[0]!.shape);
    const [usual, portable] = forms.map((y) => gradient(sum(mul(y, dy)), [x])[0]!) as [Tensor, Tensor];
    const feeds = {
      // Few whole numbers, zeros and negative ones among them: many windows have several largest pixels.
      x: Float32Array.from({ length: elementCount(shape) }, () => random.integer(3) - 2),
      dy: Float32Array.from({ length: elementCount(dy.shape) }, () => random.normal()),
    };
    const found = await run({ usual, portable }, feeds);
    expect(found.portable!.length).toBe(elementCount(shape));
    for (const [i, value] of found.usual!.entries()) expect(found.portable![i]).toBeCloseTo(value, 5);
    expect(found.usual!.some((value) => value !== 0)).toBe(true);
  });
});

describe("batch normalisation for every device", () => {
  it("gives the values, the statistics and the gradients of the usual form", async () => {
    const random = createRandom(2);
    const shapes = { x: [4, 3, 5, 5], weight: [3], bias: [3], dy: [4, 3, 5, 5] };
    const [x, weight, bias, dy] = Object.entries(shapes).map(([name, shape]) => input(name, shape)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const outputsOf = (isPortable: boolean) => {
      const { y, mean, biasedVariance } = batchNorm(x, weight, bias, 1e-5, isPortable);
      return { y, mean, biasedVariance, ...gradient(sum(mul(y, dy)), { dx: x, dWeight: weight, dBias: bias }) };
    };
    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        Float32Array.from({ length: elementCount(shape) }, () => 1 + 2 * random.normal()),
      ]),
    );
    const [usual, portable] = [await run(outputsOf(false), feeds), await run(outputsOf(true), feeds)];
    for (const [name, values] of Object.entries(usual)) {
      for (const [i, value] of values.entries()) expect(portable[name]![i], name).toBeCloseTo(value, 4);
    }
  });
});
