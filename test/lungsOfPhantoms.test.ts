import { expect, test } from "vitest";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { labelsOf } from "../src/lungs/lungMask.ts";
import { defaultLungs } from "../src/lungs/lungSettings.ts";
import { drawStudy } from "../src/phantom/drawStudy.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";

const plans = planPhantoms({ subjects: 6, seed: 5, matrix: 160, sliceSpacingMm: 8 });

/** Summed over the test cases: voxels of lesions inside the mask, and all; Dice of phantoms with a tenth or more diseased. */
const lesions = { inside: 0, all: 0 };
const heavy: number[] = [];

test.each(plans)("finds the lungs of phantom $name ($label), right and left apart", (plan) => {
  const { volume, lungs, lesions: drawn } = drawStudy(plan);
  const mask = isolateLungs(volume, defaultLungs);
  const labels = labelsOf(mask);
  let both = 0;
  let found = 0;
  let all = 0;
  let wrongSide = 0;
  let diseased = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const truth = lungs[i]!;
    if (label > 0) found++;
    if (truth > 0) all++;
    if (label > 0 && truth > 0) both++;
    if (label > 0 && truth > 0 && label !== truth) wrongSide++;
    if (drawn[i]) diseased++;
    if (drawn[i] && label > 0) lesions.inside++;
  }
  lesions.all += diseased;
  const dice = (2 * both) / (found + all);
  if (diseased >= 0.1 * all) heavy.push(dice);
  expect(dice).toBeGreaterThan(0.93);
  expect(wrongSide / both).toBeLessThan(0.01);
  expect(mask.quality.score).toBeGreaterThan(0);
});

test("keeps a median Dice of 0.96 where a tenth or more of the lungs is diseased", () => {
  const sorted = heavy.sort((a, b) => a - b);
  expect(sorted.length).toBeGreaterThan(0);
  expect(sorted[sorted.length >> 1]).toBeGreaterThanOrEqual(0.96);
});

test("keeps at least 0.97 of the lesions' volume", () => {
  expect(lesions.all).toBeGreaterThan(0);
  expect(lesions.inside / lesions.all).toBeGreaterThanOrEqual(0.97);
});
