import { expect, it } from "vitest";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { endlessBatches, suggestRate } from "./findLearningRate.ts";
import { resolveTrainingSettings } from "./trainingSettings.ts";

it("suggests the rate at which the loss falls fastest, before its lowest", () => {
  // Falls along a logistic curve whose steepest place is 1e-3, and grows steeply behind 1e-1.
  const points = Array.from({ length: 61 }, (_, i) => {
    const exponent = -6 + i / 10;
    const smoothed = 1 - 1 / (1 + Math.exp(-4 * (exponent + 3))) + 5 * Math.max(0, exponent + 1) ** 2;
    return { learningRate: 10 ** exponent, loss: smoothed, smoothed };
  });
  expect(Math.log10(suggestRate(points)!)).toBeCloseTo(-3, 6);
});

it("suggests nothing where the loss never falls", () => {
  const points = [1, 2, 3, 4].map((smoothed, i) => ({ learningRate: 10 ** i, loss: smoothed, smoothed }));
  expect(suggestRate(points)).toBeNull();
  expect(suggestRate([])).toBeNull();
});

it("goes through an epoch, then through another in another order", () => {
  const settings = resolveTrainingSettings({ batchSize: 2, epochs: 1 }, [8]);
  const training = [{ caseId: "a", labels: [0, 1, 0, 1, 0, 1, 0, 1] }];
  const { batches } = endlessBatches({ training, settings, recipe: defaultRecipe });
  const next = () => batches.next().value.images.map(({ index }: { index: number }) => index);
  const epoch = () => [next(), next(), next(), next()].flat();
  const [first, second] = [epoch(), epoch()];
  expect(first.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(second.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(second).not.toEqual(first);
});
