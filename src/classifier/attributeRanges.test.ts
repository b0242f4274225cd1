import { expect, it } from "vitest";
import { attributeRanges } from "./attributeRanges.ts";

it("spans numbers by their extremes and words by the ones that occur", () => {
  const ranges = attributeRanges([
    { kernel: "B70f", spacingZMm: 5 },
    { kernel: "B30f", spacingZMm: 1.25, rows: 512 },
    { kernel: "B70f", spacingZMm: 2 },
  ]);
  expect(ranges).toEqual({
    kernel: ["B30f", "B70f"],
    rows: { min: 512, max: 512 },
    spacingZMm: { min: 1.25, max: 5 },
  });
});
