import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { changeChannels } from "./changeChannels.ts";

/** Made by changeChannels.golden.py with PyTorch 1.13.1. */
const golden = JSON.parse(
  readFileSync(new URL("changeChannels.golden.json", import.meta.url).pathname, "utf8"),
) as Record<"colour" | "grey" | "summed" | "repeated", number[]>;

const largest = (a: Float32Array, b: readonly number[]) => Math.max(...b.map((value, i) => Math.abs(value - a[i]!)));

it("sums colours into grey and shares grey among colours, as PyTorch does", () => {
  const summed = changeChannels(Float32Array.from(golden.colour), [4, 3, 7, 7], 1);
  const repeated = changeChannels(Float32Array.from(golden.grey), [4, 1, 7, 7], 3);
  expect([summed.length, repeated.length]).toEqual([4 * 49, 4 * 3 * 49]);
  expect(largest(summed, golden.summed)).toBeLessThan(1e-6);
  expect(largest(repeated, golden.repeated)).toBeLessThan(1e-6);
});
