import { describe, expect, it } from "vitest";
import { bestEpoch, isBetter, isPatienceOver, scoreBy } from "./history.ts";

const record = (epoch: number, validationAccuracy: number, validationLoss: number) => ({
  epoch,
  trainingLoss: 1,
  validationLoss,
  validationAccuracy,
  seconds: 1,
});

describe("bestEpoch", () => {
  it("prefers accuracy to loss", () => {
    expect(bestEpoch([record(1, 0.8, 0.1), record(2, 0.9, 3)])?.epoch).toBe(2);
  });

  it("breaks ties of accuracy by the lower loss, then by the earlier epoch", () => {
    expect(bestEpoch([record(1, 0.9, 0.5), record(2, 0.9, 0.4), record(3, 0.9, 0.4)])?.epoch).toBe(2);
  });

  it("is undefined before the first epoch", () => {
    expect(bestEpoch([])).toBeUndefined();
  });
});

describe("isBetter", () => {
  it("follows the metric that is asked for, up or down, ties by the lower loss", () => {
    const [low, high] = [
      { ...record(1, 0.9, 0.5), validationAuc: 0.7 },
      { ...record(2, 0.8, 0.4), validationAuc: 0.8 },
    ];
    expect(isBetter(high, low, "accuracy")).toBe(false);
    expect(isBetter(high, low, "auc")).toBe(true);
    expect(isBetter(high, low, "loss")).toBe(true);
    expect(isBetter(record(2, 0.9, 0.4), record(1, 0.9, 0.5), "accuracy")).toBe(true);
    expect(isBetter(low, undefined, "auc")).toBe(true);
  });

  it("takes what the validation cannot tell for the worst", () => {
    expect(scoreBy("auc", { ...record(1, 1, 0), validationAuc: null })).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("isPatienceOver", () => {
  const history = [true, true, false, false].map((isBest, i) => ({ ...record(i + 1, 0.5, 1), isBest }));

  it("counts the epochs since the best, which the records name", () => {
    expect(bestEpoch(history)?.epoch).toBe(2);
    expect([1, 2, 3, null].map((patience) => isPatienceOver(history, patience))).toEqual([true, true, false, false]);
  });
});
