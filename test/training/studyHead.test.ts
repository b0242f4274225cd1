import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readClassifier, readClassifierWeights } from "../../src/classifier/classifier.ts";
import { runPaths } from "../../src/classifier/run.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { callStudies } from "../../src/evaluation/items.ts";
import { readPredictionSet } from "../../src/prediction/predictionSet.ts";
import { openSession } from "../../src/runtime/session.ts";
import { drawDataset } from "./drawDataset.ts";

const settings = { epochs: 1, batchSize: 8, learningRate: 1e-3, seed: 5, threads: 1, freeze: "layer4" } as const;

let root: string;
let dataset: string;
let out: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "study-head-"));
  dataset = join(root, "dataset");
  out = join(root, "run");
  await drawDataset(dataset);
  await trainClassifier(dataset, { ...settings, out, studyHead: "attention" });
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

describe("a classifier with a study head", () => {
  it("decides as the exported network's attention and logits do, put together by hand", async () => {
    const { classifier, onnx } = await readClassifier(runPaths(out).classifier);
    expect(classifier.studyRule).toMatchObject({ kind: "head", head: "attention" });
    const session = await openSession(onnx, { threads: 1 });
    expect(session.outputNames.toSorted()).toEqual(["attention", "features", "logits", "probabilities"]);
    await session.close();

    const test = await readPredictionSet(runPaths(out).predictions("test"));
    const calls = callStudies(test, { ...classifier, calibration: null });
    for (const [s, { slices }] of test.studies.entries()) {
      expect(slices.reduce((sum, { attention }) => sum + attention!, 0)).toBeCloseTo(1, 5);
      const powers = classifier.classes.map((_, k) =>
        slices.reduce((product, slice) => product * slice.probabilities[k]! ** slice.attention!, 1),
      );
      const sum = powers.reduce((a, b) => a + b);
      for (const [k, power] of powers.entries()) expect(calls[s]!.probabilities[k]).toBeCloseTo(power / sum, 6);
    }
  });

  it("keeps the attention beside the network's weights and drops what the network saw", async () => {
    const { classifier } = await readClassifier(runPaths(out).classifier);
    const state = await readClassifierWeights(runPaths(out).classifier, classifier);
    expect([...state.keys()].filter((name) => name.startsWith("attention."))).toHaveLength(5);
    expect((await readdir(runPaths(out).studyHead)).sort()).toEqual(["head.safetensors", "history.jsonl"]);
  });

  it("is taken over by a call that goes on, and made anew where it was damaged, with the same result", async () => {
    const head = join(runPaths(out).studyHead, "head.safetensors");
    const { classifier: before } = await readClassifier(runPaths(out).classifier);
    const writtenMs = (await stat(head)).mtimeMs;
    await rm(runPaths(out).classifier, { recursive: true });
    const again = await trainClassifier(dataset, { ...settings, out, studyHead: "attention" });
    expect((await stat(head)).mtimeMs).toBe(writtenMs);
    expect(again.classifierId).toBe(before.classifierId);

    await rm(runPaths(out).classifier, { recursive: true });
    await writeFile(head, "cut short");
    const anew = await trainClassifier(dataset, { ...settings, out, studyHead: "attention" });
    expect((await stat(head)).mtimeMs).toBeGreaterThan(writtenMs);
    expect(anew.classifierId).toBe(before.classifierId);
  }, 60_000);
});

describe("asking for a study head", () => {
  const asking = (options: object, from = dataset) =>
    trainClassifier(from, { ...settings, out: join(root, "none"), ...options });

  it("refuses one that there is not, and one beside a rule", async () => {
    await expect(asking({ studyHead: "oracle" })).rejects.toMatchObject({ code: "STUDY_HEAD_UNKNOWN" });
    for (const beside of [{ studyRule: "mean" }, { threshold: 0.1 }]) {
      await expect(asking({ studyHead: "attention", ...beside })).rejects.toMatchObject({ code: "STUDY_HEAD_DECIDES" });
    }
  });

  it("refuses labels of single images", async () => {
    const slices = join(root, "slices");
    await drawDataset(slices, { subjects: 6, level: "slice" });
    await expect(asking({ studyHead: "attention" }, slices)).rejects.toMatchObject({
      code: "STUDY_HEAD_NEEDS_STUDIES",
    });
  });
});
