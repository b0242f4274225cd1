import { describe, expect, it } from "vitest";
import { bestEpoch } from "./history.ts";

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
