import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { paperStudyRule } from "../prediction/studyRule.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { resolveTrainingSettings } from "../training/trainingSettings.ts";
import { readClassifier } from "./classifier.ts";
import { type ClassifierParts, writeClassifier } from "./writeClassifier.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];

const parts: ClassifierParts = {
  classes,
  recipe: defaultRecipe,
  network: { name: "resnet18", classes: 3 },
  studyRule: paperStudyRule(classes),
  ranges: { spacingZMm: { min: 1, max: 5 }, kernel: ["B70f"] },
  provenance: {
    groundglassVersion: "0.1.0",
    datasetSha256: "a".repeat(64),
    trainedOn: { subjects: 3, studies: 3, slices: 30 },
    settings: resolveTrainingSettings({ epochs: 3 }, [10]),
    weights: { file: null, sha256: null, loaded: [], missing: [], leftOver: [] },
    bestEpoch: 2,
    validationAccuracy: 0.75,
  },
  files: { "network.onnx": new Uint8Array([1, 2]), "weights.safetensors": new Uint8Array([3, 4]) },
};

describe("a classifier's folder", () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "classifier-"));
    folder = join(root, "classifier");
  });
  afterEach(() => rm(root, { recursive: true }));

  const edit = async (from: string, to: string) => {
    const path = join(folder, "classifier.json");
    await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
  };

  it("comes back as it was written", async () => {
    const written = await writeClassifier(folder, parts);
    const { classifier, onnx } = await readClassifier(folder);
    expect(classifier).toEqual(written);
    expect(classifier.intendedUse).toContain("Research use only");
    expect([...onnx]).toEqual([1, 2]);
  });

  it("replaces one that stood there, and leaves nothing beside it", async () => {
    const first = await writeClassifier(folder, parts);
    const second = await writeClassifier(folder, {
      ...parts,
      studyRule: { ...paperStudyRule(classes), threshold: 0.1 },
    });
    expect(second.classifierId).not.toBe(first.classifierId);
    expect((await readClassifier(folder)).classifier.studyRule).toMatchObject({ threshold: 0.1 });
    expect(await readdir(root)).toEqual(["classifier"]);
  });

  for (const name of ["classifier.json", "network.onnx", "weights.safetensors"]) {
    it(`is refused as incomplete without ${name}`, async () => {
      await writeClassifier(folder, parts);
      await rm(join(folder, name));
      await expect(readClassifier(folder)).rejects.toMatchObject({
        code: "CLASSIFIER_INCOMPLETE",
        message: expect.stringContaining(name),
      });
    });
  }

  for (const name of ["network.onnx", "weights.safetensors"]) {
    it(`is refused as damaged with another ${name}`, async () => {
      await writeClassifier(folder, parts);
      await writeFile(join(folder, name), new Uint8Array([1, 3]));
      await expect(readClassifier(folder)).rejects.toMatchObject({ code: "CLASSIFIER_DAMAGED" });
    });
  }

  it("is refused as damaged when its recipe or its threshold was edited", async () => {
    await writeClassifier(folder, parts);
    await edit('"threshold": 0.05', '"threshold": 0.5');
    await expect(readClassifier(folder)).rejects.toMatchObject({ code: "CLASSIFIER_DAMAGED" });
  });

  it("reads one of before calibrations and operating points, with the identity it had", async () => {
    const written = await writeClassifier(folder, parts);
    const { calibration, operatingPoint, ...old } = JSON.parse(await readFile(join(folder, "classifier.json"), "utf8"));
    await writeFile(join(folder, "classifier.json"), JSON.stringify(old));
    const { classifier } = await readClassifier(folder);
    expect(classifier).toMatchObject({ calibration: null, operatingPoint: null, classifierId: written.classifierId });
    expect([calibration, operatingPoint]).toEqual([null, null]);
  });

  it("is refused as damaged when its operating point was edited", async () => {
    const operatingPoint = {
      class: "COVID-19",
      threshold: 0.25,
      criterion: { kind: "sensitivity", atLeast: 0.95 },
      chosenOn: "validation",
      reached: { studies: 20, subjects: 15, sensitivity: 1, specificity: 0.5 },
    } as const;
    await writeClassifier(folder, { ...parts, operatingPoint });
    expect((await readClassifier(folder)).classifier.operatingPoint).toEqual(operatingPoint);
    await edit('"threshold": 0.25', '"threshold": 0.75');
    await expect(readClassifier(folder)).rejects.toMatchObject({ code: "CLASSIFIER_DAMAGED" });
  });

  it("is refused when its rule decides in another order than its network's outputs", async () => {
    await writeClassifier(folder, { ...parts, studyRule: paperStudyRule([...classes].reverse()) });
    await expect(readClassifier(folder)).rejects.toMatchObject({ code: "FILE_INVALID" });
  });
});
