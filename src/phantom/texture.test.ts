import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { createTexture, ease, roundedMin } from "./texture.ts";

test("a texture is continuous and repeats after 32 units, negative places included", () => {
  const texture = createTexture(createRandom(1));
  const random = createRandom(2);
  for (let i = 0; i < 200; i++) {
    const [x, y, z] = [random.between(-50, 50), random.between(-50, 50), random.between(-50, 50)];
    const value = texture(x, y, z);
    expect(Math.abs(value)).toBeLessThanOrEqual(1.6);
    expect(texture(x + 32, y - 32, z + 64)).toBeCloseTo(value, 5);
    expect(Math.abs(texture(x + 1e-4, y, z) - value)).toBeLessThan(1e-3);
  }
});

test("ease goes from 0 to 1 through a half", () => {
  expect([-1, 0, 0.5, 1, 2].map(ease)).toEqual([0, 0, 0.5, 1, 1]);
});

test("a rounded minimum is the minimum away from the corner and a quarter of the rounding less at it", () => {
  expect(roundedMin(1, 20, 8)).toBe(1);
  expect(roundedMin(20, 1, 8)).toBe(1);
  expect(roundedMin(5, 5, 8)).toBe(5 - 8 / 4);
});
