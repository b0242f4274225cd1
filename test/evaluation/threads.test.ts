import { expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { evaluate, evaluateInThreads } from "../../src/evaluation/evaluate.ts";
import { paperStudyRule } from "../../src/prediction/studyRule.ts";
import { madeClasses, randomSet } from "../made/madePredictions.ts";

test("gives the same evaluation in several threads as in one", async () => {
  const set = randomSet(createRandom(8), { subjects: 150, slices: 20, strength: 1.2 });
  const decision = { studyRule: paperStudyRule(madeClasses), calibration: null, operatingPoint: null };
  const inThreads = await evaluateInThreads(set, decision, { seed: 3, resamples: 800, threads: 2 });
  expect(JSON.stringify(inThreads)).toBe(JSON.stringify(evaluate(set, decision, { seed: 3, resamples: 800 })));
});
