import { expect, it } from "vitest";
import { kernelKind } from "./kernel.ts";

it.each([
  ["B30f", "soft"],
  ["B31f 3", "soft"],
  ["D40s", "soft"],
  ["Br40d", "soft"],
  ["I31f 3", "soft"],
  ["B70f", "lung"],
  ["Bl57d", "lung"],
  ["STANDARD", "soft"],
  ["LUNG", "lung"],
  ["BONEPLUS", "lung"],
  ["FC08", "soft"],
  ["FC52", "lung"],
  ["B", "soft"],
  ["L", "lung"],
  ["YC", "lung"],
  ["XYZZY", "unknown"],
])("takes the kernel %s for %s", (name, kind) => {
  expect(kernelKind(name, undefined)).toBe(kind);
});

it("asks the description where the kernel says nothing", () => {
  expect(kernelKind(undefined, "Thorax Lung 1.0")).toBe("lung");
  expect(kernelKind("", "Mediastinum 3.0")).toBe("soft");
  expect(kernelKind(undefined, undefined)).toBe("unknown");
});
