import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeJson } from "../../src/base/files.ts";
import { createRandom } from "../../src/base/random.ts";
import { type EightBit, makeEightBit } from "../../src/classifier/eightBit.ts";
import { predictDataset } from "../../src/classifier/predictDataset.ts";
import { type Run, runPaths } from "../../src/classifier/run.ts";
import { readTrainingData } from "../../src/classifier/trainingData.ts";
import { writeClassifier } from "../../src/classifier/writeClassifier.ts";
import { datasetPaths } from "../../src/dataset/dataset.ts";
import { buildInference } from "../../src/network/inference.ts";
import { initialStateDict } from "../../src/network/initialState.ts";
import { encodeSafetensors } from "../../src/network/safetensors.ts";
import { resolveTrainingSettings } from "../../src/training/trainingSettings.ts";
import { drawDataset } from "../training/drawDataset.ts";

let root: string;
let run: string;
let dataset: string;

/** A run as training leaves it, of a network that has learned nothing. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "int8-"));
  [run, dataset] = [join(root, "run"), join(root, "dataset")];
  await drawDataset(dataset, { subjects: 10 });
  const data = await readTrainingData(dataset, 0);
  const { classes, recipe } = data.dataset;
  const network = { name: "resnet18", classes: classes.length } as const;
  const state = initialStateDict(network, createRandom("int8"));
  const settings = resolveTrainingSettings({}, []);
  const weights = { file: null, sha256: null, loaded: [], missing: [], leftOver: [] };
  await writeClassifier(runPaths(run).classifier, {
    ...{ classes, recipe, network, ranges: {} },
    studyRule: { kind: "fraction", classes, threshold: 0.5, chosenOn: "validation" },
    provenance: {
      groundglassVersion: "0.1.0",
      datasetSha256: data.sha256,
      trainedOn: { subjects: 6, studies: 6, slices: 6 },
      ...{ settings, weights, bestEpoch: 1, validationAccuracy: 0.5 },
    },
    files: {
      "network.onnx": buildInference(network, state, { sizePx: recipe.inputPx, withFeatures: true }),
      "weights.safetensors": encodeSafetensors(state, { network: network.name }),
    },
  });
  const described: Run = {
    ...{ format: "groundglass-run/1", groundglassVersion: "0.1.0", level: "study", threshold: null },
    dataset: { path: dataset, sha256: data.sha256, splitsSha256: data.splitsSha256 },
    ...{ classes, recipe, network, settings, weights },
    decision: { rule: "fraction", calibration: "none", operatingPoint: null },
  };
  await writeJson(runPaths(run).runFile, described);
  await cp(datasetPaths(dataset).dataset, runPaths(run).dataset);
  await cp(datasetPaths(dataset).splits, runPaths(run).splits);
});
afterAll(() => rm(root, { recursive: true }));

const probabilities = async (int8: boolean) => {
  const options = { int8, knownSubjects: "leaveOut", threads: 1, out: join(root, `${int8}.json`) } as const;
  const { studies } = (await predictDataset(run, dataset, options)).predictions;
  return studies.flatMap(({ slices }) => slices.flatMap((slice) => slice.probabilities));
};

describe("a classifier on 8-bit numbers", () => {
  it("is asked for by name, and is not there before it was made", async () => {
    await expect(probabilities(true)).rejects.toMatchObject({ code: "INT8_MISSING" });
  });

  it("is measured against float32 on validation, and says nearly the same of other studies", async () => {
    const made = await makeEightBit(run, { slices: 12, threads: 1 });
    const kept: EightBit = JSON.parse(await readFile(join(runPaths(run).classifier, "int8.json"), "utf8"));
    expect(kept).toEqual(made);
    const { validation } = await readTrainingData(dataset, 0);
    expect(made.loss.slices).toBe(validation.reduce((sum, one) => sum + one.prepared.slices, 0));
    expect(made.calibratedOn.slices).toBeLessThanOrEqual(12);
    expect(made.loss.largestDifference).toBeGreaterThan(0);
    expect(made.loss.largestDifference).toBeLessThan(0.05);
    const [exact, near] = [await probabilities(false), await probabilities(true)];
    expect(near).not.toEqual(exact);
    for (const [i, p] of exact.entries()) expect(Math.abs(near[i]! - p)).toBeLessThan(0.05);
  });

  it("is refused where its file was changed, or the data set is another one", async () => {
    const file = join(runPaths(run).classifier, "network-int8.onnx");
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -1));
    await expect(probabilities(true)).rejects.toMatchObject({ code: "CLASSIFIER_DAMAGED" });
    const other = join(root, "other");
    await drawDataset(other, { subjects: 12 });
    await expect(makeEightBit(run, { dataset: other, threads: 1 })).rejects.toMatchObject({ code: "DATASET_CHANGED" });
  });
});
