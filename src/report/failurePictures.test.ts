import { expect, it } from "vitest";
import { warmed } from "./failurePictures.ts";

it("leaves a slice grey where there is no heat", () => {
  expect([...warmed(Uint8Array.of(0, 90, 255), new Float32Array(3))]).toEqual([0, 0, 0, 90, 90, 90, 255, 255, 255]);
});

it("lays the warmest colour at 62 % over the place with the most heat, whatever its scale", () => {
  const red = [
    Math.round(0.38 * 100 + 0.62 * 226),
    Math.round(0.38 * 100 + 0.62 * 38),
    Math.round(0.38 * 100 + 0.62 * 30),
  ];
  for (const scale of [1e-6, 1, 1e6]) {
    expect([...warmed(Uint8Array.of(100, 100), Float32Array.of(scale, 0))]).toEqual([...red, 100, 100, 100]);
  }
});
