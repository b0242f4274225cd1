import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { add, conv2d, encodeModel, input, relu, type Tensor } from "../../src/graph/index.ts";
import { type Rounding, rounded, scaledUp } from "../../src/graph/ops/quantise.ts";
import { openSession } from "../../src/runtime/session.ts";
import { hashed } from "../network/resnetGolden.ts";

interface Golden {
  readonly shape: readonly [number, number, number, number];
  readonly maps: number;
  readonly roundings: Readonly<Record<"seen" | "given" | "plain" | "summed", Rounding>>;
  readonly scales: readonly number[];
  readonly rectified: readonly number[];
  readonly withShortcut: readonly number[];
}

/** Made by quantise.golden.py in exact integers. */
const golden: Golden = JSON.parse(readFileSync(new URL("./quantise.golden.json", import.meta.url), "utf8"));
const { shape, maps, roundings, scales } = golden;
const [, channels, size] = shape;

function images(): Float32Array {
  const count = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from(hashed(count, 1), (u, i) => (i < count / 2 ? 2 : 3 * u));
}

function weight(): Int8Array {
  const perMap = channels * 9;
  return Int8Array.from(hashed(maps * perMap, 2), (u, i) =>
    i < perMap ? 64 : i < 2 * perMap ? -64 : Math.round(128 * u),
  );
}

/** The whole numbers that a model of pairs of QuantizeLinear and DequantizeLinear computes with. */
async function wholeNumbers(make: (x: Tensor, conv: (x: Tensor) => Tensor) => Tensor, rounding: Rounding) {
  const x = input("x", shape);
  const kernel = scaledUp(weight(), [maps, channels, 3, 3], scales);
  const units = scales.map((scale) => Math.fround(scale * roundings.seen.scale));
  const bias = scaledUp(
    Int32Array.from(hashed(maps, 3), (u) => Math.round(4000 * u)),
    [maps],
    units,
  );
  const y = rounded(
    make(rounded(x, roundings.seen), (maps) => conv2d(maps, kernel, { bias, padding: 1 })),
    rounding,
  );
  const session = await openSession(encodeModel({ inputs: [x], outputs: { y } }), { threads: 1 });
  const { y: values } = await session.run({ x: { data: images(), shape } });
  await session.close();
  return [...values!.data].map((value) => Math.round(value / rounding.scale) + rounding.zeroPoint);
}

describe("a network on 8-bit numbers", () => {
  it("has convolutions exact to the last bit, where weights and maps are as large as they may be", async () => {
    const whole = await wholeNumbers((x, conv) => relu(conv(x)), roundings.given);
    expect(whole).toEqual(golden.rectified);
    // The largest sums of products, which more than 7 bits in a weight would let overflow on some CPUs.
    expect(whole.slice(0, size * size).every((value) => value === 255)).toBe(true);
  });

  it("adds shortcuts to within one step", async () => {
    const whole = await wholeNumbers((x, conv) => relu(add(rounded(conv(x), roundings.plain), x)), roundings.summed);
    const off = whole.map((value, i) => Math.abs(value - golden.withShortcut[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((steps) => steps > 0).length).toBeLessThan(0.01 * off.length);
  });
});
