import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";

const draws = (random: ReturnType<typeof createRandom>, count: number) =>
  Array.from({ length: count }, () => random.uniform());

describe("createRandom", () => {
  it("gives the same numbers for the same seed and others for another", () => {
    expect(draws(createRandom(7), 5)).toEqual(draws(createRandom(7), 5));
    expect(draws(createRandom(7), 5)).not.toEqual(draws(createRandom(8), 5));
  });

  it("is uniform: mean 1/2 and variance 1/12 within five standard errors", () => {
    const values = draws(createRandom("uniform"), 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / values.length));
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
  });

  it("is normal: mean 0, variance 1, 68.27 % within one deviation", () => {
    const random = createRandom("normal");
    const values = Array.from({ length: 100_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const within = values.filter((value) => Math.abs(value) < 1).length / values.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(values.length));
    expect(within).toBeCloseTo(0.6827, 2);
  });

  it("forks by label, whatever was drawn before", () => {
    const drawn = createRandom(3);
    drawn.uniform();
    expect(draws(drawn.fork("epoch 2"), 3)).toEqual(draws(createRandom(3).fork("epoch 2"), 3));
    expect(draws(createRandom(3).fork("epoch 1"), 3)).not.toEqual(draws(createRandom(3).fork("epoch 2"), 3));
  });

  it("shuffles into a permutation and leaves the original", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = createRandom(1).shuffled(items);
    expect([...shuffled].sort()).toEqual(items);
    expect(shuffled).not.toEqual(items);
  });

  it("picks every one of six faces equally often within five standard errors", () => {
    const random = createRandom("die");
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[random.integer(6)]! += 1;
    for (const count of counts)
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (1 / 6) * (5 / 6)));
  });
});
