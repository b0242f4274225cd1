import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runPaths } from "../../src/classifier/run.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { callStudies } from "../../src/evaluation/items.ts";
import { evidenceOfRun } from "../../src/report/evidenceOfRun.ts";
import { type RunResults, readRunResults } from "../../src/report/readRunResults.ts";
import { drawDataset } from "../training/drawDataset.ts";

let root = "";
let results: RunResults;
const options = { resamples: 200, seed: 1, threads: 1 };
const evidence = (set = results.test, more = {}) =>
  evidenceOfRun(results, set, runPaths(join(root, "run")).classifier, { ...options, ...more });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "groundglass-evidence-"));
  await drawDataset(join(root, "dataset"));
  const quick = { epochs: 1, batchSize: 8, seed: 2, threads: 1, freeze: "layer4" } as const;
  await trainClassifier(join(root, "dataset"), { ...quick, out: join(root, "run"), studyRule: "mean" });
  results = await readRunResults(join(root, "run"));
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

test("measures one slice of each study that was not called the last class, and forgets layer by layer", async () => {
  // As it would be where every study were called the first class.
  const called = (index: number) => ({
    ...results.test,
    studies: results.test.studies.map((study) => ({
      ...study,
      slices: study.slices.map((slice) => ({ ...slice, probabilities: index === 0 ? [0.9, 0.1] : [0.1, 0.9] })),
    })),
  });
  expect(callStudies(called(0), results.classifier).every(({ finding }) => finding === "blob")).toBe(true);
  const found = await evidence(called(0));
  expect(found).toMatchObject({ slices: results.test.studies.length, hasLesions: false });
  expect(found!.rows.map(({ heat }) => heat)).toEqual([
    "heat map",
    "blob in the centre",
    "lung mask",
    "grey within the lungs",
  ]);
  for (const { measures } of found!.rows) expect(measures.shareInLungs.reason).toBe("lungs were not isolated");
  expect(found!.randomised).toHaveLength(4);
  expect(await evidence(called(1))).toBeNull();
});

test("is nothing for labels of images, or where the prepared data set is not at hand", async () => {
  expect(await evidence({ ...results.test, level: "slice" })).toBeNull();
  await rename(join(root, "dataset"), join(root, "elsewhere"));
  expect(await evidence()).toBeNull();
  await rename(join(root, "elsewhere"), join(root, "dataset"));
});

test("says that the folder it was told holds no truth of these studies", async () => {
  const first = {
    ...results.test,
    studies: results.test.studies.map((study) => ({
      ...study,
      slices: study.slices.map((slice) => ({ ...slice, probabilities: [0.9, 0.1] })),
    })),
  };
  await expect(evidence(first, { lesions: root })).rejects.toMatchObject({ code: "FILE_MISSING" });
});
