import { describe, expect, test } from "vitest";
import { createRandom } from "../../base/random.ts";
import { attributeExcess } from "./attributeExcess.ts";
import { decodeDensity, distanceFrom, encodeDensity, fitFeatureDensity } from "./featureDensity.ts";
import { fitNoveltyLimit } from "./noveltyLimit.ts";

const normal = (random: ReturnType<typeof createRandom>) =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** 800 images of 8 features: deviation 6 along (1, 1, 0 …) / √2, 3 along the third, 0.5 along the others; mean 10. */
function drawn(): Float32Array[] {
  const random = createRandom(3);
  return Array.from({ length: 800 }, () => {
    const wide = (6 * normal(random)) / Math.SQRT2;
    const rest = Array.from({ length: 8 }, () => 0.5 * normal(random));
    const [a, b, c, ...others] = rest;
    const across = (a! - b!) / 2;
    return Float32Array.from([wide + across, wide - across, 6 * c!, ...others], (value) => 10 + value);
  });
}

describe("fitFeatureDensity", () => {
  const density = fitFeatureDensity(drawn(), createRandom(1));

  test("finds the widest directions and their variances", () => {
    expect(density.mean.every((value) => Math.abs(value - 10) < 0.5)).toBe(true);
    const [first, second] = [density.directions.subarray(0, 8), density.directions.subarray(8, 16)];
    expect(Math.abs(first[0]! + first[1]!) / Math.SQRT2).toBeGreaterThan(0.999);
    expect(Math.abs(second[2]!)).toBeGreaterThan(0.999);
    // The standard error of a variance of 800 is 5 %.
    expect(density.variances[0]! / 36).toBeCloseTo(1, 0);
    expect(density.variances[1]! / 9).toBeCloseTo(1, 0);
    expect(density.restVariance).toBeGreaterThan(0.15);
    expect(density.restVariance).toBeLessThan(0.3);
  });

  test("puts its own images at a root mean square of 1, and counts deviations along and across", () => {
    const own = drawn().map((row) => distanceFrom(density, row));
    expect(own.reduce((sum, d) => sum + d * d, 0) / own.length).toBeCloseTo(1, 1);
    const at = (offset: readonly number[]) =>
      distanceFrom(
        density,
        Float32Array.from(offset, (value, j) => density.mean[j]! + value),
      );
    // Three deviations along the third feature are three over √8 of the eight features together.
    expect(at([0, 0, 3 * Math.sqrt(density.variances[1]!), 0, 0, 0, 0, 0])).toBeCloseTo(3 / Math.sqrt(8), 1);
    expect(at([6, 6, 0, 0, 0, 0, 0, 0])).toBeLessThan(1);
    expect(at([6, -6, 0, 0, 0, 0, 0, 0])).toBeGreaterThan(4);
  });

  test("comes back from its file", () =>
    expect(decodeDensity(encodeDensity(density))).toEqual({
      ...density,
      restVariance: Math.fround(density.restVariance),
    }));

  test("bears features that never vary and more features than images", () => {
    const rows = Array.from({ length: 5 }, (_, i) => Float32Array.from({ length: 40 }, (_, j) => (j === 0 ? i : 2)));
    const few = fitFeatureDensity(rows, createRandom(2));
    const shifted = rows[0]!.map((value, j) => (j === 7 ? value + 1 : value));
    expect(Number.isFinite(distanceFrom(few, rows[2]!))).toBe(true);
    expect(distanceFrom(few, shifted)).toBeGreaterThan(2 * distanceFrom(few, rows[0]!));
  });
});

describe("attributeExcess", () => {
  const ranges = { spacingZMm: { min: 1, max: 5 }, meanLungHu: { min: -860, max: -860 }, kernel: ["B60f"] };

  test("counts widths beyond the farthest range, and nothing within", () => {
    expect(attributeExcess({ spacingZMm: 5, meanLungHu: -860, kernel: "other" }, ranges).widths).toBe(0);
    // 7 is 2 beyond a width of 4; −774 is 86 beyond, and a tenth of 860 stands for the missing width.
    expect(attributeExcess({ spacingZMm: 7 }, ranges)).toEqual({ widths: 0.5, attribute: "spacingZMm" });
    expect(attributeExcess({ spacingZMm: 7, meanLungHu: -774 }, ranges)).toEqual({
      widths: 1,
      attribute: "meanLungHu",
    });
  });
});

describe("fitNoveltyLimit", () => {
  const scores = (n: number) => Array.from({ length: n }, (_, i) => ({ subjectId: `s${i}`, score: i + 1 }));

  test("takes the 19th of 19 for 5 %, and the 95th of 99", () => {
    expect(fitNoveltyLimit(scores(19), 0.05)).toMatchObject({ limit: 19, promisedRate: 1 / 20 });
    expect(fitNoveltyLimit(scores(99), 0.05)).toMatchObject({ limit: 95, promisedRate: 0.05 });
  });

  test("promises less where there are too few, and nothing with hardly any", () => {
    expect(fitNoveltyLimit(scores(9), 0.05)).toMatchObject({ limit: 9, askedRate: 0.05, promisedRate: 0.1 });
    expect(fitNoveltyLimit(scores(7), 0.05)).toBeNull();
  });

  test("counts a subject once, by its largest score", () => {
    const twice = [...scores(19), { subjectId: "s0", score: 50 }];
    expect(fitNoveltyLimit(twice, 0.05)).toMatchObject({ limit: 50, fittedOn: { subjects: 19, studies: 20 } });
  });

  test("keeps its promise: over many draws, no more than 5 % of new studies exceed it", () => {
    const random = createRandom(8);
    let exceeded = 0;
    for (let draw = 0; draw < 4000; draw++) {
      const validation = Array.from({ length: 39 }, (_, i) => ({ subjectId: `${i}`, score: random.uniform() }));
      if (random.uniform() > fitNoveltyLimit(validation, 0.05)!.limit) exceeded++;
    }
    // Exactly 2 of 40 by the law; the standard error of 4,000 draws is 0.35 %.
    expect(exceeded / 4000).toBeGreaterThan(0.035);
    expect(exceeded / 4000).toBeLessThan(0.062);
  });
});
