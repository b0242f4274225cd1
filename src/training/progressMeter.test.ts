import { expect, it } from "vitest";
import { describeEpoch, sparkline } from "./progressMeter.ts";
import { resolveTrainingSettings } from "./trainingSettings.ts";

it("draws values from the lowest to the highest bar, and what is unknown as a gap", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([-1, Number.NEGATIVE_INFINITY, -0.5])).toBe("▁ █");
  expect(sparkline([2, 2])).toBe("▅▅");
  expect(sparkline(Array.from({ length: 99 }, (_, i) => i))).toHaveLength(24);
});

it("tells an epoch in a line", () => {
  const settings = resolveTrainingSettings({ epochs: 10, bestBy: "auc" }, [10]);
  const record = { trainingLoss: 0.5, validationLoss: 0.25, validationAccuracy: 0.875, seconds: 12 };
  const history = [
    { ...record, epoch: 1, validationAuc: 0.7, isBest: true },
    { ...record, epoch: 2, validationAuc: 0.9, isBest: true },
  ];
  expect(describeEpoch(history, settings)).toBe(
    "epoch 2/10, loss 0.5000, validation loss 0.2500, accuracy 87.5 % (best), AUC 0.900, auc ▁█, 12.0 s, 2 min left",
  );
});
