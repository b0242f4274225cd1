import { expect, test } from "vitest";
import { neighbourAreas } from "./neighbourAreas.ts";

test("slices of one subject are each other's neighbours: what a leak between sets is worth", () => {
  // Ten subjects of eight equal slices each, far apart; labels in turn say nothing of the place.
  const rows = Array.from({ length: 80 }, (_, i) => {
    const subject = Math.floor(i / 8);
    return { features: Float64Array.from([subject * subject]), subject, label: subject % 2 };
  });
  const { anyOther, otherSubjects } = neighbourAreas(rows, 2);
  expect(anyOther).toBe(1);
  expect(otherSubjects).toBeLessThan(0.6);
});
