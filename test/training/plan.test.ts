import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPlan, runsOfGrid } from "../../src/classifier/plan.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { trainPlan } from "../../src/classifier/trainPlan.ts";
import { drawDataset } from "./drawDataset.ts";

const settings = { epochs: 1, batchSize: 8, learningRate: 1e-3, threads: 1 } as const;

let root: string;
let dataset: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plan-"));
  dataset = join(root, "dataset");
  await drawDataset(dataset, { subjects: 8 });
});
afterAll(() => rm(root, { recursive: true }));

describe("runsOfGrid", () => {
  const grid = { networks: ["resnet18", "resnet50"], folds: [0, 1], seeds: [1] };

  it("crosses networks, weights, folds and seeds", () => {
    const pretrained = ["none", "resnet18=a/18.safetensors", "resnet50=50.safetensors"];
    const runs = runsOfGrid({ ...grid, pretrained });
    expect(runs.map((run) => run.variant)).toEqual(
      ["UP-ResNet18", "P-ResNet18", "UP-ResNet50", "P-ResNet50"].flatMap((variant) => [variant, variant]),
    );
    expect(runs[3]).toEqual({
      name: "p-resnet18-fold1-seed1",
      variant: "P-ResNet18",
      network: "resnet18",
      pretrained: "18.safetensors",
      pretrainedPath: "a/18.safetensors",
      fold: 1,
      seed: 1,
    });
  });

  it.each([
    [{ ...grid, pretrained: ["weights.safetensors"] }, /say whose weights "weights.safetensors" are/],
    [{ ...grid, pretrained: ["resnet18=a"] }, /resnet50 has no weights/],
    [{ ...grid, networks: ["resnet19"], pretrained: [] }, /"resnet19" is no network/],
    [{ ...grid, seeds: [1, 1], pretrained: [] }, /two runs would be up-resnet18-fold0-seed1/],
  ])("refuses %j", (asked, message) => {
    expect(() => runsOfGrid(asked)).toThrow(
      expect.objectContaining({ code: "PLAN_INVALID", message: expect.stringMatching(message) }),
    );
  });
});

describe("trainPlan", () => {
  it("goes on where it was stopped, with the same weights as a run by itself, and is not mistaken for another", {
    timeout: 240_000,
  }, async () => {
    const out = join(root, "plan");
    const abort = new AbortController();
    const finishedFirst = (line: string | undefined) => line?.startsWith("run 1 of 3") === true;
    const stopped = trainPlan(dataset, {
      ...settings,
      out,
      folds: 3,
      signal: abort.signal,
      progress: ({ line }) => finishedFirst(line) && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "TRAINING_STOPPED" });
    const weights = join(out, "runs", "up-resnet18-fold0-seed1", "classifier", "weights.safetensors");
    const madeMs = (await stat(weights)).mtimeMs;

    const told: { done: number; total: number }[] = [];
    const { results, folds } = await trainPlan(dataset, {
      ...settings,
      out,
      folds: 3,
      progress: (update) => told.push(update),
    });
    expect(told[0]).toMatchObject({ done: 1, total: 3 });
    expect(told.at(-1)).toMatchObject({ done: 3, total: 3 });
    expect(told.every(({ done }, i) => done >= (told[i - 1]?.done ?? 0))).toBe(true);
    expect((await stat(weights)).mtimeMs).toBe(madeMs);
    expect(results.map(({ failure, summary }) => [failure, summary?.epochs])).toEqual(Array(3).fill([null, 1]));
    expect(folds).toMatchObject({ count: 3, areDisjoint: true });

    const tested = await Promise.all(
      results.map(async ({ name }) => {
        const set = JSON.parse(await readFile(join(out, "runs", name, "predictions", "test.json"), "utf8"));
        return set.studies.map((study: { subjectId: string }) => study.subjectId);
      }),
    );
    expect(tested.flat().sort()).toEqual(Array.from({ length: 8 }, (_, k) => `subject-${k}`));

    const alone = join(root, "alone");
    await trainClassifier(dataset, { ...settings, out: alone, fold: 2, seed: 1, splits: join(out, "splits.json") });
    const other = join(out, "runs", "up-resnet18-fold2-seed1", "classifier", "weights.safetensors");
    expect((await readFile(other)).equals(await readFile(join(alone, "classifier", "weights.safetensors")))).toBe(true);

    await expect(trainPlan(dataset, { ...settings, out, folds: 4 })).rejects.toMatchObject({
      code: "PLAN_EXISTS",
      message: /other folds/,
    });
    const fewer = trainPlan(dataset, { ...settings, out, folds: 3, seeds: [2] });
    await expect(fewer).rejects.toMatchObject({ code: "PLAN_EXISTS", message: /up-resnet18-fold0-seed1/ });
  });

  it("reports a run that fails and finishes the others", { timeout: 240_000 }, async () => {
    const out = join(root, "failing");
    const broken = join(root, "broken.safetensors");
    await writeFile(broken, "no weights");
    const { results } = await trainPlan(dataset, { ...settings, out, pretrained: [broken, "none"] });
    expect(results.map(({ variant, failure }) => [variant, failure?.code])).toEqual([
      ["P-ResNet18", "WEIGHTS_FORMAT_UNKNOWN"],
      ["UP-ResNet18", undefined],
    ]);
    expect((await readPlan(out)).runs.map((run) => run.pretrained)).toEqual(["broken.safetensors", null]);
    expect((await readdir(out)).sort()).toEqual(["plan.json", "results.json", "runs", "splits.json"]);
  });

  it("refuses a folder that holds something else", async () => {
    const out = join(root, "taken");
    await mkdir(out);
    await writeFile(join(out, "thesis.txt"), "");
    await expect(trainPlan(dataset, { ...settings, out })).rejects.toMatchObject({ code: "RUN_FOLDER_NOT_EMPTY" });
  });
});
