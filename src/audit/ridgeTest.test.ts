import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import type { Case } from "../dataset/dataset.ts";
import { labelledItems } from "./labelledItems.ts";
import { ridgeModel, testFeatures } from "./ridgeTest.ts";

describe("ridgeModel", () => {
  it("scores each item by a line fitted without its fold", () => {
    // x standardised: −1, −1, 1, 1; penalty 0.5 of 4 items adds 2.
    const features = Float64Array.from([3, 3, 5, 5]);
    const model = ridgeModel(features, 1, {
      fold: Int32Array.from([0, 1, 0, 1]),
      weight: Float64Array.from([1, 1, 1, 1]),
      penalty: 0.5,
    });
    // Fold 0 is scored by items 1 and 3: Σx² + 2 = 4, Σx·(y − ½) = ½ + ½ = 1, slope ¼; the other fold likewise.
    expect([...model.scores(Float64Array.from([0, 0, 1, 1]))]).toEqual([-0.25, -0.25, 0.25, 0.25]);
  });

  it("takes two features apart that rise together", () => {
    // y = a, with b = a + noise: least squares without penalty gives b no weight.
    const random = createRandom(2);
    const rows = Array.from({ length: 400 }, () => {
      const a = random.normal();
      return [a, a + random.normal()];
    });
    const features = Float64Array.from(rows.flat());
    const options = {
      fold: Int32Array.from({ length: 400 }, (_, i) => i % 2),
      weight: new Float64Array(400).fill(1),
      penalty: 1e-9,
    };
    const target = Float64Array.from(rows, ([a]) => a as number);
    const scores = ridgeModel(features, 2, options).scores(target);
    const mean = target.reduce((sum, one) => sum + one, 0) / 400;
    for (const i of [0, 1, 7, 200, 399]) expect(scores[i]).toBeCloseTo((target[i] as number) - mean, 0);
  });
});

describe("testFeatures", () => {
  const cases = Array.from({ length: 45 }, (_, s) => ({
    caseId: `case-${s}`,
    subjectId: `subject-${s}`,
    label: ["a", "b", "c"][s % 3],
  }));
  const items = labelledItems({ cases: cases as unknown as Case[], classes: ["a", "b", "c"] });

  it("finds what only several features together tell, and chance not", () => {
    const random = createRandom(5);
    const noise = Float64Array.from({ length: 90 }, () => random.normal());
    const told = noise.map((value, k) => {
      const i = Math.floor(k / 2);
      return k % 2 === 0 ? value : (noise[k - 1] as number) + (items.label[i] === 2 ? 1 : 0) + 0.1 * value;
    });
    const found = testFeatures(items, told, 2, random);
    expect(found.class).toBe(2);
    expect(found.auc).toBeGreaterThan(0.95);
    expect(found.p).toBeLessThan(0.002);
    expect(testFeatures(items, noise, 2, random).p).toBeGreaterThan(0.05);
  });
});
