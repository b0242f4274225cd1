import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeJson } from "../../src/base/files.ts";
import { predictDataset, preparationLike } from "../../src/classifier/predictDataset.ts";
import { type Run, runPaths } from "../../src/classifier/run.ts";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { datasetPaths } from "../../src/dataset/dataset.ts";
import { readPredictionSet } from "../../src/prediction/predictionSet.ts";
import { resolveTrainingSettings } from "../../src/training/trainingSettings.ts";
import { makeClassifier } from "../made/madeClassifier.ts";
import { drawDataset } from "../training/drawDataset.ts";

let root: string;
let run: string;
let dataset: string;
let made: Dataset;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "predict-"));
  [run, dataset] = [join(root, "run"), join(root, "dataset")];
  await drawDataset(dataset, { subjects: 10 });
  made = JSON.parse(await readFile(datasetPaths(dataset).dataset, "utf8"));
  const { classes, recipe } = made;
  await makeClassifier(runPaths(run).classifier, { classes, recipe });
  const described: Run = {
    format: "groundglass-run/1",
    groundglassVersion: "0.1.0",
    dataset: { path: dataset, sha256: "", splitsSha256: "" },
    level: "study",
    classes,
    recipe,
    network: { name: "resnet18", classes: 2 },
    settings: resolveTrainingSettings({}, []),
    threshold: null,
    decision: { rule: "fraction", calibration: "none", operatingPoint: null },
    weights: { file: null, sha256: null, loaded: [], missing: [], leftOver: [] },
  };
  await writeJson(runPaths(run).runFile, described);
  await cp(datasetPaths(dataset).dataset, runPaths(run).dataset);
  await cp(datasetPaths(dataset).splits, runPaths(run).splits);
});
afterAll(() => rm(root, { recursive: true }));

/** A copy of the dataset with another dataset.json; its prepared slices are the same. */
async function copyOf(name: string, change: (dataset: Dataset) => Dataset): Promise<string> {
  const folder = join(root, name);
  await cp(dataset, folder, { recursive: true });
  await writeFile(datasetPaths(folder).dataset, JSON.stringify(change(made)));
  return folder;
}

/** Other studies with other pixels, but subjects numbered as in the training data. */
const elsewhere = ({ cases, ...rest }: Dataset): Dataset => ({
  ...rest,
  cases: cases.map((one) => ({
    ...one,
    studyUid: `9.${one.studyUid}`,
    prepared: { ...one.prepared, pixelsSha256: `9${one.prepared.pixelsSha256.slice(1)}` },
  })),
});

describe("predictDataset", () => {
  it("refuses subjects of training and validation, leaves them out, or takes the user's word that they are others", async () => {
    const other = await copyOf("hospital b", elsewhere);
    await expect(predictDataset(run, other)).rejects.toMatchObject({
      code: "SUBJECT_IN_TRAINING",
      message: expect.stringMatching(/^8 of 10 studies .*\(0 are the very same studies\).*other-people/),
    });
    const left = await predictDataset(run, other, { knownSubjects: "leaveOut", threads: 1 });
    expect(left.predictions.studies).toHaveLength(2);
    expect(left.warnings).toMatchObject([{ code: "TRAINING_SUBJECTS_LEFT_OUT" }]);

    const { predictions, path } = await predictDataset(run, other, { knownSubjects: "otherPeople", threads: 1 });
    expect(path).toBe(join(run, "predictions", "external-hospital-b.json"));
    expect(predictions).toMatchObject({ set: "external", name: "hospital-b", level: "study" });
    expect(predictions.studies.map((study) => study.truth)).toEqual(made.cases.map((one) => one.label));
    expect(await readPredictionSet(path)).toEqual(predictions);
  });

  it("refuses the very studies of training whatever the user says", async () => {
    await expect(predictDataset(run, dataset, { knownSubjects: "otherPeople" })).rejects.toMatchObject({
      code: "SUBJECT_IN_TRAINING",
      message: expect.not.stringMatching(/other-people/),
    });
  });

  it("says of another recipe what differs and how to prepare the dataset", async () => {
    const wide = await copyOf("wide", (one) => ({ ...one, recipe: { ...one.recipe, outsideLungs: "blank" } }));
    await expect(predictDataset(run, wide)).rejects.toMatchObject({
      code: "RECIPE_DIFFERS",
      message: expect.stringMatching(/outsideLungs "blank", the classifier's slices with "keep".*--like .*run/),
    });
    expect(await preparationLike(run)).toEqual({ recipe: made.recipe, classes: made.classes });
  });

  it("refuses classes that the classifier does not know", async () => {
    const renamed = await copyOf("renamed", (one) => ({
      ...one,
      classes: ["blob", "spots"],
      cases: one.cases.map((each) => ({ ...each, label: each.label === "stripes" ? "spots" : each.label })),
    }));
    await expect(predictDataset(run, renamed)).rejects.toMatchObject({ code: "CLASSES_DIFFER", message: /"spots"/ });
  });

  it("needs a file to write for a classifier alone, and says that subjects were not looked for", async () => {
    const other = await copyOf("alone", elsewhere);
    const { classifier } = runPaths(run);
    await expect(predictDataset(classifier, other)).rejects.toMatchObject({ code: "OUT_MISSING" });
    const out = join(root, "alone.json");
    const { warnings } = await predictDataset(classifier, other, { out, threads: 1 });
    expect(warnings).toMatchObject([{ code: "SUBJECTS_NOT_CHECKED" }]);
    expect((await readPredictionSet(out)).studies).toHaveLength(10);
  });

  it("asks others too, or mirrored slices, and keeps the mean and what it is of", async () => {
    const other = await copyOf("asked", elsewhere);
    const { classes, recipe } = made;
    const second = await makeClassifier(join(root, "second"), { classes, recipe, middle: 0.35, steepness: 9 });
    const ask = async (from: string, options: object) => {
      const asked = { out: join(root, "asked.json"), threads: 1, ...options };
      const { predictions } = await predictDataset(from, other, asked);
      return { predictions, rows: predictions.studies.flatMap(({ slices }) => slices.map((one) => one.probabilities)) };
    };
    const { classifier } = runPaths(run);
    const [one, two] = [await ask(classifier, {}), await ask(join(root, "second"), {})];
    const both = await ask(classifier, { others: [join(root, "second")] });
    expect(both.predictions.asked).toEqual({ isMirrored: false, others: [second.classifierId] });
    expect(both.predictions.classifierId).toBe(one.predictions.classifierId);
    for (const [i, row] of both.rows.entries()) {
      for (const [k, p] of row.entries()) expect(p).toBeCloseTo((one.rows[i]![k]! + two.rows[i]![k]!) / 2, 5);
    }
    expect(one.predictions).not.toHaveProperty("asked");
    expect((await ask(classifier, { mirror: true })).predictions.asked).toEqual({ isMirrored: true, others: [] });
  });

  it("looks for the subjects that any run of an ensemble was trained on", async () => {
    const other = await copyOf("seen by another", elsewhere);
    const member = join(root, "member");
    await cp(run, member, { recursive: true });
    const splits = JSON.parse(await readFile(datasetPaths(dataset).splits, "utf8"));
    const [fold] = splits.folds;
    // The member learned from what the run left for its test.
    const turned = { ...splits, folds: [{ ...fold, train: fold.test, test: fold.train }] };
    await writeJson(runPaths(member).splits, turned);
    const options = { knownSubjects: "leaveOut", threads: 1 } as const;
    expect((await predictDataset(run, other, options)).predictions.studies).toHaveLength(2);
    await expect(predictDataset(run, other, { ...options, others: [member] })).rejects.toMatchObject({
      code: "PREDICTIONS_EMPTY",
    });
    const { warnings } = await predictDataset(run, other, { threads: 1, others: [runPaths(member).classifier] });
    expect(warnings).toMatchObject([{ code: "SUBJECTS_NOT_CHECKED" }]);
  });

  it("refuses others that look at other slices or have other classes", async () => {
    const other = await copyOf("unlike", elsewhere);
    const { classes, recipe } = made;
    await makeClassifier(join(root, "blank"), { classes, recipe: { ...recipe, outsideLungs: "blank" } });
    await makeClassifier(join(root, "three"), { recipe });
    for (const [name, what] of [
      ["blank", /setting of outsideLungs \("blank", not "keep"\)/],
      ["three", /list of classes/],
    ] as const) {
      const asked = predictDataset(run, other, { knownSubjects: "otherPeople", others: [join(root, name)] });
      await expect(asked).rejects.toMatchObject({ code: "ENSEMBLE_DIFFERS", message: expect.stringMatching(what) });
    }
  });
});
