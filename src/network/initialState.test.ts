import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { initialStateDict } from "./initialState.ts";
import { isTrainable } from "./stateDict.ts";

describe("initialStateDict", () => {
  const state = initialStateDict({ name: "resnet18", classes: 3 }, createRandom(1));

  it("has as many trainable numbers as torchvision's networks", () => {
    // sum(p.numel() for p in torchvision.models.resnet18().parameters()) − 997 · 513 = 11 178 051; resnet50: 23 514 179.
    const count = (dict: typeof state) =>
      [...dict].reduce((total, [name, { data }]) => total + (isTrainable(name) ? data.length : 0), 0);
    expect(count(state)).toBe(11_178_051);
    expect(count(initialStateDict({ name: "resnet50", classes: 3 }, createRandom(1)))).toBe(23_514_179);
  });

  it("draws convolutions with a deviation of √(2 / fan-out) and the last layer within ± 1/√512", () => {
    const conv = state.get("layer4.1.conv2.weight")!.data;
    const variance = conv.reduce((total, value) => total + value * value, 0) / conv.length;
    expect(Math.sqrt(variance) / Math.sqrt(2 / (512 * 9))).toBeCloseTo(1, 2);
    const head = state.get("fc.weight")!.data;
    expect(Math.max(...head.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(512));
    expect(Math.max(...head)).toBeGreaterThan(0.9 / Math.sqrt(512));
  });

  it("starts norms at 1 and 0, with statistics 0 and 1", () => {
    const first = ["weight", "bias", "running_mean", "running_var"].map((name) => state.get(`bn1.${name}`)!.data[0]);
    expect(first).toEqual([1, 0, 0, 1]);
  });

  it("is decided by the seed alone", () => {
    const again = initialStateDict({ name: "resnet18", classes: 3 }, createRandom(1));
    const other = initialStateDict({ name: "resnet18", classes: 3 }, createRandom(2));
    expect(again.get("conv1.weight")).toEqual(state.get("conv1.weight"));
    expect(other.get("conv1.weight")).not.toEqual(state.get("conv1.weight"));
  });
});
