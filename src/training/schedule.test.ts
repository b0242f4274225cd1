import { expect, it } from "vitest";
import { rateShare } from "./schedule.ts";

it("keeps a constant rate", () => {
  expect([0, 0.5, 1].map((done) => rateShare("constant", done))).toEqual([1, 1, 1]);
});

it("falls along half a cosine from the whole rate to none", () => {
  const shares = [0, 1 / 3, 0.5, 2 / 3, 1].map((done) => rateShare("cosine", done));
  for (const [i, share] of [1, 0.75, 0.5, 0.25, 0].entries()) expect(shares[i]).toBeCloseTo(share, 12);
});
