import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rateShare, type ScheduleSettings } from "./schedule.ts";

const golden: {
  readonly steps: number;
  readonly cases: readonly (ScheduleSettings & { readonly shares: readonly number[] })[];
} = JSON.parse(readFileSync(new URL("./schedule.golden.json", import.meta.url), "utf8"));

it("keeps a constant rate", () => {
  expect([0, 5, 9].map((step) => rateShare({ schedule: "constant" }, step, 10))).toEqual([1, 1, 1]);
});

it("falls along half a cosine from the whole rate to none", () => {
  const shares = [0, 2, 3, 4, 6].map((step) => rateShare({ schedule: "cosine" }, step, 6));
  for (const [i, share] of [1, 0.75, 0.5, 0.25, 0].entries()) expect(shares[i]).toBeCloseTo(share, 12);
});

for (const { shares, ...settings } of golden.cases) {
  it(`gives PyTorch's rates with ${JSON.stringify(settings)}`, () => {
    for (const [step, share] of shares.entries()) {
      expect(Math.abs(rateShare(settings, step, golden.steps) - share), `step ${step}`).toBeLessThan(1e-9);
    }
  });
}

it("warms up at most until the last step, and takes a whole rate where there is but one", () => {
  expect([0, 1].map((step) => rateShare({ schedule: "constant", warmUp: 1 }, step, 2))).toEqual([1, 1]);
  for (const schedule of ["constant", "cosine", "one-cycle"] as const) {
    expect(rateShare({ schedule, warmUp: 0.5 }, 0, 1)).toBe(1);
  }
});
