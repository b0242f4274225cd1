import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChainStage, readChain } from "../../src/chain/chain.ts";
import { chainEvaluationSchema } from "../../src/chain/chainEvaluation.ts";
import { refuseChain } from "../../src/chain/chainRun.ts";
import { trainChain } from "../../src/chain/trainChain.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { diagnoseFurther } from "../../src/diagnosis/furtherStages.ts";
import { heatOfSlices } from "../../src/diagnosis/heatOfSlices.ts";
import { drawKeyPictures } from "../../src/diagnosis/keyPictures.ts";
import { readPredictionSet } from "../../src/prediction/predictionSet.ts";
import { compareRuns } from "../../src/report/compareRuns.ts";
import { evaluateChain } from "../../src/report/evaluateChain.ts";
import { prepareStudyImages } from "../../src/slices/prepareStudyImages.ts";
import { drawDataset } from "../training/drawDataset.ts";

const training = { epochs: 1, batchSize: 8, learningRate: 1e-3 };
const chainFile = {
  stages: [
    { name: "kind", dataset: "studies", training },
    { name: "signs", dataset: "slices", when: { finding: "blob", slices: "carried" }, training },
  ],
};

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "chain-"));
  await drawDataset(at("studies"), { subjects: 8, level: "study" });
  await drawDataset(at("slices"), { subjects: 8, level: "slice" });
  await drawDataset(at("several"), { subjects: 10, level: "several" });
  await writeFile(at("chain.json"), JSON.stringify(chainFile));
});
afterAll(() => rm(root, { recursive: true }));

describe("a chain of two stages", () => {
  it("goes on where it was stopped, tests nobody whom a stage learned from, and is measured end to end", {
    timeout: 120_000,
  }, async () => {
    const out = at("chain");
    const abort = new AbortController();
    const stopped = trainChain(at("chain.json"), {
      out,
      threads: 1,
      signal: abort.signal,
      progress: ({ stage }) => stage.includes("signs") && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "TRAINING_STOPPED" });
    const first = join(out, "runs", "kind", "classifier", "weights.safetensors");
    const madeMs = (await stat(first)).mtimeMs;
    expect(existsSync(join(out, "classifier"))).toBe(false);

    const summary = await trainChain(at("chain.json"), { out, threads: 1 });
    expect((await stat(first)).mtimeMs).toBe(madeMs);
    expect(summary.stages.map(({ name, classes }) => [name, classes])).toEqual([
      ["kind", ["blob", "stripes"]],
      ["signs", ["blob", "stripes"]],
    ]);
    const { chain, stages } = await readChain(summary.classifier);
    expect(chain.chainId).toBe(summary.chainId);
    expect(stages[1]?.when).toEqual({ stage: "kind", finding: ["blob"], slices: "carried" });

    const foldOf = async (name: string) =>
      JSON.parse(await readFile(join(out, "splits", `${name}.json`), "utf8")).folds[0];
    expect(await foldOf("signs")).toEqual(await foldOf("kind"));

    const evaluation = await evaluateChain(out, { resamples: 200 });
    expect(
      chainEvaluationSchema.parse(JSON.parse(await readFile(join(out, "evaluation", "chain-evaluation.json"), "utf8"))),
    ).toEqual(evaluation);
    const test = await readPredictionSet(join(out, "runs", "signs", "predictions", "test.json"));
    expect(evaluation.counts).toMatchObject({ studies: test.studies.length, images: 6 * test.studies.length });
    const [kind, signs] = evaluation.stages;
    const blobs = evaluation.stages[0]!.alone.table!.rows[0]!.sensitivity.n;
    expect(kind).toMatchObject({ unit: "studies", inChain: null });
    // Only slices of studies that are blobs in truth are due; in the chain all slices count, for the others must be kept from it.
    expect(signs).toMatchObject({ unit: "images", alone: { accuracy: { n: 6 * blobs } } });
    expect(signs!.inChain!.accuracy.n).toBe(6 * test.studies.length);
    expect(signs!.inChain!.table!.rows.map((row) => row.class)).toEqual(["blob", "stripes", "not passed on"]);
    expect(evaluation.whole.images.value).toBeLessThanOrEqual(signs!.inChain!.accuracy.value!);
    expect(await readFile(join(out, "evaluation", "report.html"), "utf8")).toContain(
      "given the truth of the stages before",
    );
  });

  it("draws heat of what its second stage sees best, by that stage's own network", async () => {
    const { stages } = await readChain(at("chain", "classifier"));
    const [kind, signs] = stages as [ChainStage, ChainStage];
    // Whatever the first stage finds, so that something is passed on.
    const open = [kind, { ...signs, when: { stage: "kind", finding: null, slices: "all" as const } }];
    const pictures = Array.from({ length: 3 }, (_, i) => ({
      name: `${i}.png`,
      pixels: Uint8Array.from({ length: 1600 }, (_, p) => ((p * (37 + i)) % 251) + 2),
      shape: [40, 40] as const,
      mode: "L",
      bitDepth: 8,
    }));
    const first = pictures.map(({ name }, sliceIndex) => ({
      sliceIndex,
      name,
      positionMm: null,
      probabilities: [0.7, 0.3],
    }));
    const images = { kind: "pictures", pictures } as const;
    const asked = { first, threads: 1 };
    const further = await diagnoseFurther({ stages: open }, images, { ...asked, heat: true });
    const [said] = further.stages;
    const shown = [...new Set(said!.keySlices.map(({ sliceIndex }) => sliceIndex))].sort();
    expect(said!.heat!.map(({ sliceIndex }) => sliceIndex).sort()).toEqual(shown);
    const prepared = await prepareStudyImages(images, signs.classifier.recipe);
    for (const { class: one, sliceIndex } of said!.heat!) {
      const slice = prepared.slices.filter((each) => each.sliceIndex === sliceIndex);
      const classIndices = [signs.classifier.classes.indexOf(one)];
      const heats = await heatOfSlices(signs, slice, { images, mask: null, classIndices }, { threads: 1 });
      const [picture] = drawKeyPictures(images, null, [sliceIndex], heats!);
      const drawn = further.pictures.get("signs")!.find((each) => each.sliceIndex === sliceIndex)!;
      expect(drawn.grey).toEqual(picture!.grey);
      // Together or one by one: sums in another order.
      const differences = drawn.heat!.map((value, p) => Math.abs(value - picture!.heat![p]!));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
      expect(picture!.heat!.some((value) => value === 255)).toBe(true);
    }
    const cold = await diagnoseFurther({ stages: open }, images, { ...asked, heat: false });
    expect(cold.stages).toEqual([{ ...said, heat: null }]);
    expect(cold.pictures.get("signs")!.every(({ heat }) => heat === null)).toBe(true);
  });

  it("is no classifier nor run: who asks for one is told its stages", async () => {
    await expect(refuseChain(at("chain"), "run")).rejects.toMatchObject({
      code: "CHAIN_GIVEN",
      message: expect.stringContaining(at("chain", "runs", "kind")),
    });
    for (const folder of [at("chain"), at("chain", "classifier")]) {
      await expect(refuseChain(folder, "classifier")).rejects.toMatchObject({
        message: expect.stringContaining(at("chain", "classifier", "stages", "kind")),
      });
    }
    await refuseChain(at("chain", "runs", "kind"), "run");
    await expect(compareRuns([at("chain"), at("chain")], { out: at("compared") })).rejects.toMatchObject({
      code: "CHAIN_GIVEN",
    });
  });

  it("names the line of a setting that does not fit", async () => {
    const [kind, signs] = chainFile.stages;
    await writeFile(at("typo.json"), JSON.stringify({ stages: [{ ...kind, training: { epoch: 2 } }, signs] }, null, 1));
    await expect(trainChain(at("typo.json"), { out: at("typo") })).rejects.toMatchObject({
      code: "SETTING_UNKNOWN",
      message: expect.stringMatching(/typo\.json line 6: stages\.0\.training: "epoch" is no training setting/),
    });
  });

  it("is not mistaken for another, nor taken over damaged", async () => {
    const other = { stages: [chainFile.stages[0], { ...chainFile.stages[1], when: { finding: "stripes" } }] };
    await writeFile(at("other.json"), JSON.stringify(other));
    await expect(trainChain(at("other.json"), { out: at("chain") })).rejects.toMatchObject({
      code: "CHAIN_EXISTS",
      message: expect.stringContaining("stage signs"),
    });
    const path = at("chain", "classifier", "chain.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"carried"', '"all"'));
    await expect(readChain(at("chain", "classifier"))).rejects.toMatchObject({ code: "CHAIN_DAMAGED" });
    await writeFile(path, text);
  });
});

it("learns to tell several labels of a picture apart, and measures each", { timeout: 120_000 }, async () => {
  const out = at("several-run");
  await trainClassifier(at("several"), { out, ...training, epochs: 8, threads: 1 });
  const evaluation = await evaluateChain(out, { resamples: 200 });
  const [only] = evaluation.stages;
  expect(only!.alone.table).toBeNull();
  expect(only!.alone.labels!.map(({ label }) => label)).toEqual(["blob", "stripes"]);
  // Drawn so that they are easy to tell apart.
  for (const { auc } of only!.alone.labels!) expect(auc!.value).toBeGreaterThan(0.9);
  const set = await readPredictionSet(join(out, "predictions", "test.json"));
  expect(set).toMatchObject({ labels: "several", level: "slice" });
  const both = set.studies.flatMap(({ slices }) => slices).filter(({ truths }) => truths?.length === 2);
  const sums = both.map(({ probabilities }) => probabilities[0]! + probabilities[1]!);
  expect(Math.max(...sums)).toBeGreaterThan(1.2);
});
