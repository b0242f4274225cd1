import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readClassifier } from "../../src/classifier/classifier.ts";
import { readRun } from "../../src/classifier/run.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { datasetPaths } from "../../src/dataset/dataset.ts";
import { readPreparedSlices } from "../../src/dataset/preparedSlices.ts";
import { encodeSafetensors } from "../../src/network/safetensors.ts";
import { readPredictionSet } from "../../src/prediction/predictionSet.ts";
import { openPredictor } from "../../src/prediction/predictSlices.ts";
import { drawDataset } from "./drawDataset.ts";

const settings = { epochs: 3, batchSize: 8, learningRate: 1e-3, seed: 5, threads: 1 } as const;

let root: string;
let dataset: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "train-"));
  dataset = join(root, "dataset");
  await drawDataset(dataset);
});
afterAll(() => rm(root, { recursive: true }));

const weightsOf = (run: string) => readFile(join(run, "classifier", "weights.safetensors"));
const predictionsOf = (run: string) => readFile(join(run, "predictions", "test.json"), "utf8");

describe("trainClassifier", () => {
  it("learns, leaves a whole run, and returns at once when called again", { timeout: 240_000 }, async () => {
    const out = join(root, "run");
    const lines: string[] = [];
    const summary = await trainClassifier(dataset, {
      ...settings,
      out,
      progress: ({ line }) => line && lines.push(line),
    });
    expect(summary.validationAccuracy).toBeGreaterThan(0.9);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^epoch 1\/3, loss \d\.\d+, validation loss \d+\.\d+, accuracy \d+\.\d %.*, .* left$/);
    expect((await readdir(out)).sort()).toEqual([
      "checkpoints",
      "classifier",
      "dataset.json",
      "history.jsonl",
      "predictions",
      "run.json",
      "splits.json",
      "study-rules.json",
    ]);
    expect(await readdir(join(out, "checkpoints"))).toEqual(["best.safetensors", "last.safetensors"]);

    const { classifier, onnx } = await readClassifier(join(out, "classifier"));
    expect(classifier.classifierId).toBe(summary.classifierId);
    expect(classifier.ranges.rows).toMatchObject({ min: expect.any(Number), max: expect.any(Number) });
    const test = await readPredictionSet(join(out, "predictions", "test.json"));
    expect(test.classifierId).toBe(summary.classifierId);
    const [study] = test.studies;
    const { pixels } = await readPreparedSlices(dataset, study!.caseId);
    const predictor = await openPredictor(onnx, classifier.recipe, classifier.classes, { threads: 1 });
    const [first] = await predictor.predict([pixels.subarray(0, 36 * 36)]);
    await predictor.close();
    expect(study!.slices[0]!.probabilities[0]).toBeCloseTo(first!, 5);

    const progress = () => expect.unreachable("a finished run must not work again");
    expect(await trainClassifier(dataset, { ...settings, out, progress })).toEqual(summary);
  });

  it("gives the same bytes for the same seed, also when it is killed again and again", {
    timeout: 300_000,
  }, async () => {
    const out = join(root, "killed");
    let kills = 0;
    for (const updates of [2, 16, 33]) kills += (await killAfter(updates, out)) ? 1 : 0;
    expect(kills).toBe(3);
    await trainClassifier(dataset, { ...settings, out });
    expect((await weightsOf(out)).equals(await weightsOf(join(root, "run")))).toBe(true);
    expect(await predictionsOf(out)).toBe(await predictionsOf(join(root, "run")));
    const history = (await readFile(join(out, "history.jsonl"), "utf8")).trim().split("\n");
    expect(history.map((line) => JSON.parse(line).epoch)).toEqual([1, 2, 3]);
    expect((await readdir(out, { recursive: true })).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("stops when asked to and says that the same call goes on", async () => {
    const out = join(root, "stopped");
    const abort = new AbortController();
    const stopped = trainClassifier(dataset, { ...settings, out, signal: abort.signal, progress: () => abort.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "TRAINING_STOPPED", message: /same command goes on/ });
  });

  it("refuses a run with other settings, naming the one that differs", async () => {
    const other = trainClassifier(dataset, { ...settings, epochs: 4, out: join(root, "run") });
    await expect(other).rejects.toMatchObject({ code: "RUN_EXISTS", message: /epochs: 3 there, 4 now/ });
  });

  it("makes a damaged classifier again from the checkpoints", async () => {
    const out = join(root, "mended");
    await cp(join(root, "run"), out, { recursive: true });
    await writeFile(join(out, "classifier", "network.onnx"), "damaged");
    await expect(readClassifier(join(out, "classifier"))).rejects.toMatchObject({ code: "CLASSIFIER_DAMAGED" });
    await trainClassifier(dataset, { ...settings, out });
    const mended = await readClassifier(join(out, "classifier"));
    const first = await readClassifier(join(root, "run", "classifier"));
    expect(mended.classifier).toEqual(first.classifier);
  });

  it("says what to do when the loss is no number, and keeps the error's code across the thread", async () => {
    const pretrained = join(root, "broken.safetensors");
    const stem = { shape: [64, 3, 7, 7], data: new Float32Array(64 * 3 * 49).fill(1e38) };
    await writeFile(pretrained, encodeSafetensors(new Map([["conv1.weight", stem]])));
    const out = join(root, "diverged");
    await expect(trainClassifier(dataset, { ...settings, pretrained, out })).rejects.toMatchObject({
      code: "TRAINING_DIVERGED",
      message: expect.stringContaining("lower learning rate (now 0.001)"),
    });
    expect((await readRun(out)).weights).toMatchObject({ file: "broken.safetensors", loaded: ["conv1.weight"] });
    const report = JSON.parse(await readFile(join(out, "pretrained.json"), "utf8"));
    expect(report).toMatchObject({
      file: "broken.safetensors",
      format: "safetensors",
      loaded: [{ name: "conv1.weight", shape: [64, 3, 7, 7], from: "conv1.weight" }],
    });
    expect(report.missing).toHaveLength(101);
  });

  it("learns labels of single slices", async () => {
    const slices = join(root, "slices");
    await drawDataset(slices, { level: "slice" });
    const out = join(root, "slice-run");
    const summary = await trainClassifier(slices, { ...settings, epochs: 2, out });
    expect(summary.validationAccuracy).toBeGreaterThan(0.9);
    const test = await readPredictionSet(join(out, "predictions", "test.json"));
    expect(test.level).toBe("slice");
    expect(test.studies[0]).toMatchObject({ truth: null });
    expect(test.studies[0]!.slices.map(({ truth }) => truth).slice(0, 2)).toEqual(["blob", "stripes"]);
  });

  it("refuses a dataset whose splits put a subject into two sets, or a class into none", async () => {
    const leaking = join(root, "leaking");
    await cp(dataset, leaking, { recursive: true });
    const { splits: path } = datasetPaths(leaking);
    const splits = JSON.parse(await readFile(path, "utf8"));
    const [fold] = splits.folds;
    const train = (subjects: string[]) =>
      writeFile(path, JSON.stringify({ ...splits, folds: [{ ...fold, train: subjects }] }));
    const refused = () => trainClassifier(leaking, { ...settings, out: join(root, "refused") });
    await train([...fold.train, fold.test[0]]);
    await expect(refused()).rejects.toMatchObject({ code: "SPLITS_LEAK" });
    const isBlob = (subject: string) => Number(subject.slice(8)) % 2 === 0;
    fold.test.push(...fold.train.filter(isBlob));
    await train(fold.train.filter((subject: string) => !isBlob(subject)));
    await expect(refused()).rejects.toMatchObject({ code: "TRAINING_CLASS_MISSING" });
    expect(await readdir(root)).not.toContain("refused");
  });
});

/** Trains in a process that is killed after so many progress updates; whether it had to be. */
async function killAfter(updates: number, out: string): Promise<boolean> {
  const script = join(import.meta.dirname, "trainChild.ts");
  const child = spawn(process.execPath, [script, dataset, out, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  child.stdout.on("data", (data: Buffer) => {
    seen += data.toString().split("\n").length - 1;
    if (seen >= updates) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "exit");
  return signal === "SIGKILL";
}
