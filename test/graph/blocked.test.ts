import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { blockedConvNorm } from "../../src/graph/blocked/blockedConvNorm.ts";
import { fromBlocked, toBlocked } from "../../src/graph/blocked/blockedMaps.ts";
import { blockedGlobalAveragePool } from "../../src/graph/blocked/blockedPooling.ts";
import {
  add,
  batchNorm,
  constant,
  conv2d,
  encodeModel,
  flatten,
  globalAveragePool,
  gradient,
  input,
  mul,
  relu,
  sum,
  type Tensor,
} from "../../src/graph/index.ts";
import { elementCount } from "../../src/graph/tensor.ts";
import { findBlockSize } from "../../src/runtime/blockSize.ts";
import { openSession } from "../../src/runtime/session.ts";

/** Ops on blocked maps are held against the plain ops, which the op table holds against finite differences. */
const block = await findBlockSize();

interface ConvNormCase {
  readonly title: string;
  readonly batch: number;
  readonly channels: number;
  readonly maps: number;
  readonly sizePx: number;
  readonly kernel: number;
  readonly stride: number;
  readonly isRelu?: boolean;
  readonly hasPlus?: boolean;
}

const cases: readonly ConvNormCase[] = [
  { title: "3×3", batch: 16, channels: 32, maps: 16, sizePx: 6, kernel: 3, stride: 1, isRelu: true },
  {
    title: "3×3 with a shortcut",
    batch: 16,
    channels: 16,
    maps: 16,
    sizePx: 5,
    kernel: 3,
    stride: 1,
    isRelu: true,
    hasPlus: true,
  },
  {
    title: "3×3, two bands of rows",
    batch: 16,
    channels: 16,
    maps: 16,
    sizePx: 18,
    kernel: 3,
    stride: 1,
    isRelu: true,
  },
  { title: "3×3 at stride 2, two bands", batch: 16, channels: 16, maps: 16, sizePx: 32, kernel: 3, stride: 2 },
  { title: "1×1, image by image", batch: 16, channels: 16, maps: 16, sizePx: 12, kernel: 1, stride: 1, hasPlus: true },
  { title: "3×3 at stride 2", batch: 16, channels: 16, maps: 32, sizePx: 8, kernel: 3, stride: 2, isRelu: true },
  { title: "3×3 at stride 2 on maps of odd size", batch: 16, channels: 16, maps: 16, sizePx: 7, kernel: 3, stride: 2 },
  { title: "1×1", batch: 16, channels: 16, maps: 48, sizePx: 4, kernel: 1, stride: 1, isRelu: true, hasPlus: true },
  { title: "1×1 on large maps", batch: 2, channels: 16, maps: 16, sizePx: 30, kernel: 1, stride: 1 },
  { title: "1×1 at stride 2", batch: 16, channels: 16, maps: 32, sizePx: 6, kernel: 1, stride: 2 },
  { title: "7×7 at stride 2 of plain maps", batch: 16, channels: 3, maps: 16, sizePx: 12, kernel: 7, stride: 2 },
  {
    title: "3×3 of a batch that fills no block",
    batch: 3,
    channels: 16,
    maps: 16,
    sizePx: 6,
    kernel: 3,
    stride: 1,
    isRelu: true,
  },
];

describe.skipIf(block === 1)("ops on blocked maps (skipped where ONNX Runtime has none for this CPU)", () => {
  for (const row of cases) {
    it(`have the values and gradients of the plain ones: ${row.title}`, async () => {
      const { batch, channels, maps, sizePx, kernel, stride, isRelu = false, hasPlus = false } = row;
      const padding = Math.floor(kernel / 2);
      const x = input("x", [batch, channels, sizePx, sizePx]);
      const conv = input("conv", [maps, channels, kernel, kernel]);
      const [weight, bias] = [input("weight", [maps]), input("bias", [maps])];
      const plain = batchNorm(conv2d(x, conv, { stride, padding }), weight, bias);
      const shortcut = input("shortcut", plain.y.shape);
      const summed = hasPlus ? add(plain.y, shortcut) : plain.y;
      const isPlainInput = channels % block !== 0;
      const blocked = blockedConvNorm(
        isPlainInput ? x : toBlocked(x, block),
        { conv, weight, bias },
        { block, stride, padding, isRelu, ...(hasPlus && { plus: toBlocked(shortcut, block) }) },
      );
      const arguments_ = [x, conv, weight, bias, ...(hasPlus ? [shortcut] : [])];
      const expected = { ...plain, y: isRelu ? relu(summed) : summed };
      await expectSame(arguments_, expected, { ...blocked, y: fromBlocked(blocked.y, block) });
    });
  }

  it("have the values and gradients of the plain ones: a chain, whose middle is computed again", async () => {
    const x = input("x", [16, 16, 6, 6]);
    const [first, second] = [input("first", [16, 16, 3, 3]), input("second", [16, 16, 3, 3])];
    const [weight, bias] = [input("weight", [16]), input("bias", [16])];
    const plainStep = (maps: Tensor, conv: Tensor) =>
      relu(batchNorm(conv2d(maps, conv, { padding: 1 }), weight, bias).y);
    const blockedStep = (maps: Tensor, conv: Tensor) =>
      blockedConvNorm(maps, { conv, weight, bias }, { block, padding: 1, isRelu: true }).y;
    const expected = flatten(globalAveragePool(plainStep(plainStep(x, first), second)));
    const got = blockedGlobalAveragePool(blockedStep(blockedStep(toBlocked(x, block), first), second), block);
    await expectSame([x, first, second, weight, bias], { y: expected }, { y: got });
  });

  it("have the values and gradients of the plain ones: beside its own input, whose two gradients are summed", async () => {
    const x = input("x", [3, 16, 6, 6]);
    const [conv, weight, bias] = [input("conv", [16, 16, 3, 3]), input("weight", [16]), input("bias", [16])];
    const expected = relu(add(batchNorm(conv2d(x, conv, { padding: 1 }), weight, bias).y, x));
    const maps = toBlocked(x, block);
    const { y } = blockedConvNorm(maps, { conv, weight, bias }, { block, padding: 1, plus: maps, isRelu: true });
    await expectSame([x, conv, weight, bias], { y: expected }, { y: fromBlocked(y, block) });
  });

  it("normalise maps of one value without a loss of digits", async () => {
    const x = input("x", [16, 16, 4, 4]);
    const [conv, weight, bias] = [input("conv", [16, 16, 1, 1]), input("weight", [16]), input("bias", [16])];
    const { biasedVariance } = blockedConvNorm(toBlocked(x, block), { conv, weight, bias }, { block });
    const session = await openSession(encodeModel({ inputs: [x, conv, weight, bias], outputs: { biasedVariance } }));
    const ones = (shape: readonly number[], value = 1) => ({
      data: new Float32Array(elementCount(shape)).fill(value),
      shape,
    });
    const results = await session.run({
      x: ones(x.shape, 1000),
      ...{ conv: ones(conv.shape), weight: ones([16]), bias: ones([16]) },
    });
    await session.close();
    // The mean is 16 000; the difference of the mean square and the squared mean would be off by tens.
    for (const value of results.biasedVariance!.data) expect(value).toBeLessThan(1e-4);
  });
});

/** Runs both, with the gradients of a drawn mix of y's numbers, and compares all. */
async function expectSame(
  tensors: readonly Tensor[],
  expected: Readonly<Record<string, Tensor>> & { readonly y: Tensor },
  got: Readonly<Record<string, Tensor>> & { readonly y: Tensor },
): Promise<void> {
  const random = createRandom("blocked");
  const draw = (shape: readonly number[]) =>
    Float32Array.from({ length: elementCount(shape) }, () => random.between(-1, 1));
  const mix = draw(expected.y.shape);
  const outputsOf = (results: Readonly<Record<string, Tensor>> & { readonly y: Tensor }) => {
    const loss = sum(mul(results.y, constant(mix, results.y.shape)));
    const gradients = gradient(loss, tensors).map((dx, i) => [`d${i}`, dx] as const);
    return { ...results, ...Object.fromEntries(gradients) };
  };
  const feeds = Object.fromEntries(
    tensors.map(({ shape, source }) => [source.kind === "input" ? source.name : "", { data: draw(shape), shape }]),
  );
  const run = async (outputs: Record<string, Tensor>) => {
    const session = await openSession(encodeModel({ inputs: tensors, outputs }), { threads: 1 });
    const results = await session.run(feeds);
    await session.close();
    return results;
  };
  const [left, right] = [await run(outputsOf(expected)), await run(outputsOf(got))];
  for (const [name, { data }] of Object.entries(left)) {
    const scale = Math.sqrt(data.reduce((total, value) => total + value * value, 0) / data.length);
    const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - right[name]!.data[i]!)), 0);
    expect(worst, `${name}, of typical size ${scale}`).toBeLessThan(2e-5 * scale + 1e-6);
  }
}
