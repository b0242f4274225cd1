import { join } from "node:path";
import { writeFileWhole, writeJson } from "../../src/base/files.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Run } from "../../src/classifier/run.ts";
import { runPaths } from "../../src/classifier/run.ts";
import { writeClassifier } from "../../src/classifier/writeClassifier.ts";
import type { Case } from "../../src/dataset/dataset.ts";
import { type PredictionSet, writePredictionSet } from "../../src/prediction/predictionSet.ts";
import type { StudyRule } from "../../src/prediction/studyRule.ts";
import { defaultRecipe } from "../../src/slices/sliceRecipe.ts";
import { writeHistory } from "../../src/training/history.ts";
import { resolveTrainingSettings } from "../../src/training/trainingSettings.ts";
import { madeClasses, randomSet } from "./madePredictions.ts";

const settings = resolveTrainingSettings({ epochs: 12 }, []);

export interface MadeRunOptions {
  /** Subjects in validation and in test. */
  readonly subjects?: number;
  readonly slices?: number;
  /** How much the probabilities lean to the truth. */
  readonly strength?: number;
  readonly hasTest?: boolean;
  readonly classes?: readonly string[];
  readonly level?: "study" | "slice";
}

/**
 * A finished run in a folder, without the dataset it was trained on: RUN = folder/run. Its
 * predictions are drawn at random and its network is no network, so it serves reports only.
 */
export async function makeRun(folder: string, options: MadeRunOptions = {}): Promise<string> {
  const {
    subjects = 45,
    slices = 24,
    strength = 1.3,
    hasTest = true,
    classes = madeClasses,
    level = "study",
  } = options;
  const random = createRandom(11);
  const named = (set: PredictionSet, name: PredictionSet["set"], count: number) =>
    renamed({ ...set, studies: count === 0 ? [] : set.studies }, { name, classes, level });
  const size = { subjects, slices, strength };
  const training = named(randomSet(random, { ...size, subjects: 3 * subjects, slices: 2 }), "train", 1);
  const validation = named(randomSet(random, size), "validation", 1);
  const test = named(randomSet(random, size), "test", hasTest ? 1 : 0);

  const dataset = {
    format: "groundglass-dataset/1",
    groundglassVersion: "0.1.0",
    level,
    classes,
    recipe: defaultRecipe,
    warnings: [],
    cases: [training, validation, test].flatMap((set) => set.studies.map((study, i) => caseOf(set, study, i))),
    excluded: [{ path: "broken", code: "SLICE_GAP", message: "skips from 10 mm to 20 mm" }],
  };
  const text = JSON.stringify(dataset);

  const run = join(folder, "run");
  const paths = runPaths(run);
  const weights = { file: null, sha256: null, loaded: [], missing: [], leftOver: [] };
  const network = { name: "resnet18", classes: classes.length } as const;
  const runFile: Run = {
    format: "groundglass-run/1",
    groundglassVersion: "0.1.0",
    environment: { node: "24.1.0", onnxRuntime: "1.30.0", machine: "linux x64" },
    dataset: { path: join(folder, "dataset"), sha256: sha256Hex(text), splitsSha256: sha256Hex("splits") },
    level,
    classes,
    recipe: defaultRecipe,
    network,
    settings,
    threshold: null,
    decision: { rule: "fraction", calibration: "none", operatingPoint: null },
    weights,
  };
  await writeJson(paths.runFile, runFile);
  const idsOf = (set: PredictionSet) => [...new Set(set.studies.map((study) => study.subjectId))];
  await writeFileWhole(paths.dataset, text);
  await writeJson(paths.splits, {
    format: "groundglass-splits/1",
    seed: 1,
    method: "70 / 15 / 15 by subject, stratified by class",
    folds: [{ train: idsOf(training), validation: idsOf(validation), test: idsOf(test) }],
  });
  await writeHistory(
    paths.history,
    Array.from({ length: settings.epochs }, (_, i) => ({
      epoch: i + 1,
      trainingLoss: 1.1 * 0.78 ** i + 0.04 * random.uniform(),
      validationLoss: 1.05 * 0.85 ** i + 0.18 + 0.08 * random.uniform() + 0.008 * i,
      validationAccuracy: 1 - 0.6 * 0.78 ** i - 0.04 * random.uniform(),
      seconds: 41,
    })),
  );
  const studyRule: StudyRule = { kind: "fraction", classes, threshold: 0.355, chosenOn: "validation" };
  const classifier = await writeClassifier(paths.classifier, {
    classes,
    recipe: defaultRecipe,
    network,
    studyRule,
    ranges: { slicesInStudy: { min: 20, max: 90 }, kernel: ["B60f", "B70f"], spacingZMm: { min: 1, max: 5 } },
    provenance: {
      groundglassVersion: "0.1.0",
      datasetSha256: sha256Hex(text),
      trainedOn: { subjects: 3 * subjects, studies: training.studies.length, slices: 2 * training.studies.length },
      settings,
      weights,
      bestEpoch: 9,
      validationAccuracy: 0.91,
    },
    files: { "network.onnx": new Uint8Array([1]), "weights.safetensors": new Uint8Array([2]) },
  });
  for (const set of [validation, test]) {
    const name = set.set === "test" ? "test" : "validation";
    await writePredictionSet(paths.predictions(name), { ...set, classifierId: classifier.classifierId });
  }
  return run;
}

function renamed(
  set: PredictionSet,
  to: { name: PredictionSet["set"]; classes: readonly string[]; level: "study" | "slice" },
): PredictionSet {
  const rename = (truth: string | null) => (truth === null ? null : (to.classes[madeClasses.indexOf(truth)] ?? null));
  return {
    ...set,
    set: to.name,
    level: to.level,
    classes: to.classes,
    studies: set.studies.map((study) => ({
      ...study,
      caseId: `${to.name}-${study.caseId}`,
      subjectId: `${to.name}-${study.subjectId}`,
      truth: to.level === "slice" ? null : rename(study.truth),
      slices: study.slices.map((slice) => ({ ...slice, truth: rename(slice.truth) })),
    })),
  };
}

function caseOf(set: PredictionSet, study: PredictionSet["studies"][number], index: number): Case {
  return {
    caseId: `case-${sha256Hex(`${set.set}${index}`).slice(0, 12)}`,
    path: `studies/${study.caseId}`,
    subjectId: study.subjectId,
    studyUid: study.studyUid,
    label: study.truth,
    ...(set.level === "slice"
      ? { sliceLabels: Object.fromEntries(study.slices.map((slice) => [slice.sliceIndex, slice.truth ?? ""])) }
      : {}),
    prepared: {
      slices: study.slices.length,
      pixelsSha256: sha256Hex("pixels"),
      lungsMl: 4200,
      attributes: study.attributes ?? {},
      warnings: [],
    },
  };
}
