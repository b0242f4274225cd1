import { expect, it } from "vitest";
import { trainingBytes } from "./sensibleSettings.ts";

/** Peaks of whole trainings of all layers at 224 px, in MiB: docs/training.md, "Memory". */
const measured = [
  ["resnet18", 8, 1134],
  ["resnet18", 16, 1339],
  ["resnet18", 32, 1761],
  ["resnet50", 8, 2149],
  ["resnet50", 16, 2507],
  ["resnet50", 32, 3622],
] as const;

it.each(measured)("reckons a fifth to a third more memory for %s, batch %i, than its measured %i MiB", (...row) => {
  const [network, batch, peakMiB] = row;
  const share = trainingBytes(network, batch, 224) / (peakMiB * 2 ** 20);
  expect(share).toBeGreaterThan(1.2);
  expect(share).toBeLessThan(1.33);
});

it("reckons an image's memory by its area", () => {
  const ofImages = (px: number) => trainingBytes("resnet18", 16, px) - trainingBytes("resnet18", 0, px);
  expect(ofImages(112)).toBeCloseTo(ofImages(224) / 4, 0);
});
