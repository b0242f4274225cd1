import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crossEntropy, type Metrics, measure } from "./metrics.ts";

const golden: (Record<keyof Metrics, number> & { logits: number[][]; labels: number[] })[] = JSON.parse(
  readFileSync(new URL("./metrics.golden.json", import.meta.url), "utf8"),
);

describe("measure", () => {
  for (const { logits, labels, ...expected } of golden) {
    it(`gives scikit-learn's metrics of ${logits.length} images and ${logits[0]!.length} classes`, () => {
      const found = measure(logits, labels);
      for (const [name, value] of Object.entries(expected)) {
        expect(found[name as keyof Metrics], name).toBeCloseTo(value, 10);
      }
    });
  }

  it("knows no area and no specificity where only the first class occurs", () => {
    const found = measure(
      [
        [1, 0],
        [0, 1],
      ],
      [0, 0],
    );
    expect(found).toMatchObject({
      accuracy: 0.5,
      balancedAccuracy: 0.5,
      auc: null,
      sensitivity: 0.5,
      specificity: null,
    });
    expect(measure([[1, 0]], [1])).toMatchObject({ sensitivity: null, specificity: 0 });
  });
});

it("keeps cross entropy finite where probabilities round to 0", () => {
  expect(crossEntropy([1000, 0], 1)).toBe(1000);
});
