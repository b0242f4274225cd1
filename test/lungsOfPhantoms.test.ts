import { expect, test } from "vitest";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { labelsOf } from "../src/lungs/lungMask.ts";
import { defaultLungs } from "../src/lungs/lungSettings.ts";
import { drawStudy } from "../src/phantom/drawStudy.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";

const plans = planPhantoms({ subjects: 6, seed: 5, matrix: 160, sliceSpacingMm: 8 });

/** Lesions of these studies inside the mask and in all, summed over the test cases. */
const lesions = { inside: 0, all: 0 };

test.each(plans)("finds the lungs of phantom $name ($label), right and left apart", (plan) => {
  const { volume, lungs, lesions: drawn } = drawStudy(plan);
  const mask = isolateLungs(volume, defaultLungs);
  const labels = labelsOf(mask);
  let both = 0;
  let sum = 0;
  let wrongSide = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const truth = lungs[i]!;
    if (label > 0 && truth > 0) both++;
    if (label > 0 && truth > 0 && label !== truth) wrongSide++;
    sum += Number(label > 0) + Number(truth > 0);
    if (drawn[i]) lesions.all++;
    if (drawn[i] && label > 0) lesions.inside++;
  }
  expect((2 * both) / sum).toBeGreaterThan(0.93);
  expect(wrongSide / both).toBeLessThan(0.01);
  expect(mask.warnings.map((warning) => warning.code)).not.toContain("NO_LUNGS_FOUND");
});

// A floor, not the aim (0.97): two of these six have whole lobes filled, next to heart and liver of the same density.
test("keeps at least 0.72 of the lesions' volume", () => {
  expect(lesions.all).toBeGreaterThan(0);
  expect(lesions.inside / lesions.all).toBeGreaterThan(0.72);
});
