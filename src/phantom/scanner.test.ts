import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { kernels, kernelWeights, scanSlice } from "./scanner.ts";

const matrix = 128;
const everywhere = new Float32Array(matrix * matrix).fill(1);
const quiet = { hu: 0, share: everywhere, random: createRandom(1) };

test.each(kernels)("kernel $name keeps a flat slice flat", (kernel) => {
  const weights = kernelWeights(kernel, 1.4);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  const flat = new Float32Array(matrix * matrix).fill(-700);
  const seen = scanSlice(flat, matrix, weights, quiet);
  expect(Math.min(...seen)).toBeCloseTo(-700, 2);
  expect(Math.max(...seen)).toBeCloseTo(-700, 2);
});

test("a point becomes the outer product of the weights", () => {
  const weights = kernelWeights(kernels[3]!, 0.7);
  const point = new Float32Array(matrix * matrix);
  point[60 * matrix + 50] = 1000;
  const seen = scanSlice(point, matrix, weights, quiet);
  for (let dy = -4; dy <= 4; dy++) {
    for (let dx = -4; dx <= 4; dx++) {
      expect(seen[(60 + dy) * matrix + 50 + dx]).toBeCloseTo(1000 * weights[4 + dy]! * weights[4 + dx]!, 3);
    }
  }
});

test.each([kernels[0]!, kernels[3]!])(
  "noise through $name has the asked deviation, neighbours as its weights say",
  (kernel) => {
    const weights = kernelWeights(kernel, 0.8);
    const noise = { hu: 30, share: everywhere, random: createRandom(7) };
    const seen = scanSlice(new Float32Array(matrix * matrix), matrix, weights, noise);
    let squares = 0;
    let products = 0;
    let count = 0;
    for (let row = 8; row < matrix - 8; row++) {
      for (let column = 8; column < matrix - 8; column++) {
        const value = seen[row * matrix + column]!;
        squares += value * value;
        products += value * seen[row * matrix + column + 1]!;
        count += 1;
      }
    }
    expect(Math.sqrt(squares / count)).toBeGreaterThan(28);
    expect(Math.sqrt(squares / count)).toBeLessThan(32);
    const power = weights.reduce((sum, weight) => sum + weight * weight, 0);
    const expected = weights.reduce((sum, weight, i) => sum + weight * (weights[i + 1] ?? 0), 0) / power;
    expect(products / squares).toBeCloseTo(expected, 1);
  },
);
