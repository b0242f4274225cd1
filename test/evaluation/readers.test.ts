import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../src/evaluation/evaluate.ts";
import { readReaders } from "../../src/evaluation/readers.ts";
import { paperStudyRule } from "../../src/prediction/studyRule.ts";
import { madeClasses, setOf, studyOfCalls } from "../made/madePredictions.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-readers-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Ten subjects of one study each: the classifier calls studies 0 … 3 COVID-19, of which 0 … 4 are. */
const truths = ["COVID-19", "COVID-19", "COVID-19", "COVID-19", "COVID-19", ...Array<string>(5).fill("normal")];
const set = setOf(
  truths.map((truth, i) => ({ ...studyOfCalls(`s${i}`, truth, i < 4 ? [1, 0, 0] : [0, 0, 1]), caseId: `case-${i}` })),
);
const cases = set.studies.map(({ caseId, studyUid }, i) => ({ caseId, studyUid: `${studyUid}.${i}`, path: `ct/${i}` }));
const decision = { studyRule: paperStudyRule(madeClasses), calibration: null, operatingPoint: null };

async function read(rows: readonly string[]) {
  const path = join(folder, "readers.csv");
  await writeFile(path, ["reader,study,call,seconds,confidence", ...rows].join("\n"));
  return readReaders(path, cases, madeClasses);
}

/** Ann calls all right; Bo calls 0 … 6 COVID-19 and leaves out study 9. */
const rows = truths.flatMap((truth, i) => [
  `Ann,ct/${i},${truth},${100 + i},${90 - 8 * i}`,
  ...(i === 9 ? [] : [`Bo,case-${i},${i < 7 ? "covid-19" : "normal"},,${i % 2 === 0 ? 60 : 40}`]),
]);

describe("readers beside the classifier", () => {
  test("are compared on the studies that all of them called", async () => {
    const readers = await read([...rows, "Ann,elsewhere,normal,50,"]);
    const result = evaluate(set, decision, { seed: 1, resamples: 200, readers }).readers!;
    expect(result).toMatchObject({ studies: 9, subjects: 9, leftOut: 1, unknown: 1, file: "readers.csv" });
    const counted = result.rows.map(({ name, sensitivity, specificity, overallAccuracy }) => [
      name,
      `${sensitivity.numerator}/${sensitivity.n}`,
      `${specificity.numerator}/${specificity.n}`,
      `${overallAccuracy.numerator}/${overallAccuracy.n}`,
    ]);
    expect(counted).toEqual([
      ["Classifier", "4/5", "4/4", "8/9"],
      ["Ann", "5/5", "4/4", "9/9"],
      ["Bo", "5/5", "2/4", "7/9"],
    ]);
    expect(result.rows[1]!.seconds).toMatchObject({ n: 10, median: 104.5 });
    expect(result.rows[2]!.seconds).toBeNull();
    expect(result.rows[1]!.auc!.value).toBe(1);
  });

  test("are tested against it by McNemar's exact test with Holm's correction", async () => {
    const { comparisons } = evaluate(set, decision, { seed: 1, resamples: 200, readers: await read(rows) }).readers!;
    // Bo alone is right in study 4, the classifier alone in 5 and 6: twice the tail of 1 in 3 coins is 1.
    expect(
      comparisons.map(({ test }) => [test.onlyFirst, test.onlySecond, test.p?.toFixed(9), test.adjustedP?.toFixed(9)]),
    ).toEqual([
      [1, 0, "1.000000000", "1.000000000"],
      [1, 2, "1.000000000", "1.000000000"],
    ]);
    expect(comparisons[1]!.difference.value).toBeCloseTo(-1 / 9, 12);
  });

  test("agree as counted by hand", async () => {
    const { agreement, mrmc } = evaluate(set, decision, { seed: 1, resamples: 200, readers: await read(rows) })
      .readers!;
    const pair = agreement.pairs.find(({ first, second }) => first === "Ann" && second === "Bo")!;
    // They agree on 7 of 9; by chance on 5/9 · 7/9 + 4/9 · 2/9 = 43/81.
    expect(pair.kappa.value).toBeCloseTo((7 / 9 - 43 / 81) / (1 - 43 / 81), 12);
    // Fleiss: mean agreement 7/9; categories 12/18 and 6/18, so by chance 5/9.
    expect(agreement.all!.value).toBeCloseTo((7 / 9 - 5 / 9) / (1 - 5 / 9), 12);
    expect(mrmc!.readers).toBe(2);
    expect(mrmc!.difference.value).toBeCloseTo(mrmc!.readersAuc.value! - mrmc!.classifierAuc, 12);
  });

  test.each([
    ["a call that is no class", ["Ann,ct/0,covid,1,"], "line 2: the call"],
    ["a study called twice", ["Ann,ct/0,normal,1,", "Ann,case-0,normal,1,"], "line 3: the reader calls"],
    ["seconds that are no number", ["Ann,ct/0,normal,five,"], '"seconds" is "five"'],
    ["studies that nobody knows", ["Ann,x,normal,1,"], "none of its 1 studies is known"],
  ])("refuses %s", async (_, wrong, message) => {
    await expect(read(wrong)).rejects.toMatchObject({
      code: "READERS_INVALID",
      message: expect.stringContaining(message),
    });
  });
});
