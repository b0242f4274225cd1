import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, readJson, writeFileWhole, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { fillBatch } from "../dataset/batches.ts";
import { type Case, datasetPaths } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { buildEightBitInference, measureRanges } from "../network/eightBit/eightBitInference.ts";
import { type RangeMethod, rangeMethods } from "../network/eightBit/valueHistogram.ts";
import { mostProbable } from "../prediction/pooling/means.ts";
import { openPredictor } from "../prediction/predictSlices.ts";
import { truthOf } from "../prediction/predictStudies.ts";
import { type Metrics, measure } from "../training/metrics.ts";
import { type Classifier, readClassifier, readClassifierWeights } from "./classifier.ts";
import { readRun, runPaths } from "./run.ts";
import { readTrainingData } from "./trainingData.ts";

/** CLASSIFIER/int8.json: a classifier's network on 8-bit numbers, and what it costs in accuracy. */
export interface EightBit {
  readonly format: "groundglass-int8/1";
  readonly classifierId: string;
  /** SHA-256 of network-int8.onnx beside it. */
  readonly sha256: string;
  readonly calibratedOn: { readonly slices: number; readonly method: RangeMethod };
  readonly loss: EightBitLoss;
}

/** The network on 8-bit numbers against the one in float32, on the same slices of the validation set. */
export interface EightBitLoss {
  readonly slices: number;
  /** Share of the slices whose most probable class is the same. */
  readonly sameCalls: number;
  /** How far the probability of a class differs: on average over slices and classes, and at most. */
  readonly meanDifference: number;
  readonly largestDifference: number;
  /** Of the slices that carry one label; null where there are none. The area is the mean over the classes. */
  readonly float32: SliceAccuracy | null;
  readonly int8: SliceAccuracy | null;
}

export interface SliceAccuracy {
  readonly accuracy: number;
  readonly auc: number | null;
}

const accuracySchema = z.strictObject({ accuracy: z.number(), auc: z.number().nullable() }).nullable();

const eightBitSchema: z.ZodType<EightBit> = z.strictObject({
  format: z.literal("groundglass-int8/1"),
  classifierId: z.string(),
  sha256: z.string(),
  calibratedOn: z.strictObject({ slices: z.int(), method: z.enum(rangeMethods) }),
  loss: z.strictObject({
    slices: z.int(),
    sameCalls: z.number(),
    meanDifference: z.number(),
    largestDifference: z.number(),
    float32: accuracySchema,
    int8: accuracySchema,
  }),
});

/** Where a classifier's folder keeps it. */
export const eightBitFiles = { network: "network-int8.onnx", record: "int8.json" } as const;

export interface MakeEightBitOptions {
  /** Folder of the prepared data set that the run was trained on, where it is no longer where it was. */
  readonly dataset?: string | undefined;
  /** Training slices that the ranges are measured on (256). */
  readonly slices?: number | undefined;
  readonly method?: RangeMethod | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Makes a run's network on 8-bit numbers: measures the ranges of its maps on training slices, evenly of all studies, writes it
 * beside the one in float32, and what it says otherwise of the validation set into int8.json.
 * @throws InputError DATASET_CHANGED if the data set is another one; as readClassifier and readTrainingData.
 */
export async function makeEightBit(run: string, options: MakeEightBitOptions = {}): Promise<EightBit> {
  const { slices = 256, method = "leastError", threads = 0, progress = noProgress } = options;
  const folder = runPaths(run).classifier;
  const { classifier, onnx } = await readClassifier(folder);
  const { recipe, network, classes } = classifier;
  const { settings, dataset } = await readRun(run);
  const from = options.dataset ?? dataset.path;
  if (sha256Hex(await readBytes(datasetPaths(from).dataset)) !== dataset.sha256) {
    throw new InputError(
      "DATASET_CHANGED",
      `${from} is not the data set that ${run} was trained on. Name that with --dataset.`,
    );
  }
  const data = await readTrainingData(from, settings.fold, runPaths(run).splits);
  const state = await readClassifierWeights(folder, classifier);
  const images = await evenlyOfAll(data.training, data.folder, slices);
  progress({ stage: "measuring ranges", done: 0, total: images.length });
  let done = 0;
  function* batches() {
    for (let start = 0; start < images.length; start += calibrationBatch) {
      const batch = images.slice(start, start + calibrationBatch);
      const pixels = new Float32Array(batch.length * 3 * recipe.inputPx ** 2);
      fillBatch(pixels, batch, recipe, "none");
      yield pixels;
      done += batch.length;
      progress({ stage: "measuring ranges", done, total: images.length });
    }
  }
  const { inputPx } = recipe;
  const ranges = await measureRanges(network, state, batches(), { sizePx: inputPx, method, threads });
  const small = buildEightBitInference(network, state, ranges, {
    sizePx: inputPx,
    metadata: { classes: JSON.stringify(classes), network: network.name },
    withFeatures: true,
  });
  const made: EightBit = {
    format: "groundglass-int8/1",
    classifierId: classifier.classifierId,
    sha256: sha256Hex(small),
    calibratedOn: { slices: images.length, method },
    loss: await lossOf({ onnx, small }, classifier, {
      cases: data.validation,
      dataset: data.folder,
      threads,
      progress,
    }),
  };
  await writeFileWhole(join(folder, eightBitFiles.network), small);
  await writeJson(join(folder, eightBitFiles.record), made);
  return made;
}

/**
 * A classifier's network on 8-bit numbers, as makeEightBit left it.
 * @throws InputError INT8_MISSING if it was not made, or for another classifier; CLASSIFIER_DAMAGED.
 */
export async function readEightBit(folder: string, { classifierId }: Classifier): Promise<Uint8Array<ArrayBuffer>> {
  const [path, record] = [join(folder, eightBitFiles.network), join(folder, eightBitFiles.record)];
  const made = (await isThere(record)) && (await isThere(path)) ? await readJson(record, eightBitSchema) : undefined;
  if (made?.classifierId !== classifierId) {
    throw new InputError(
      "INT8_MISSING",
      `${folder} has no network on 8-bit numbers${made === undefined ? "" : " of this classifier"}. Make it with: groundglass export RUN --int8`,
    );
  }
  const onnx = await readBytes(path);
  if (sha256Hex(onnx) === made.sha256) return onnx;
  throw new InputError(
    "CLASSIFIER_DAMAGED",
    `${path} is not as it was written. Make it again with: groundglass export RUN --int8`,
  );
}

const calibrationBatch = 4;

/** Prepared slices, as many of each case as of the others, from its bottom to its top. */
async function evenlyOfAll(cases: readonly Case[], dataset: string, most: number): Promise<Uint8Array[]> {
  const seen = cases.filter((one) => one.prepared.slices > 0);
  const chosenCases = evenly(seen.length, most).map((i) => seen[i]);
  const perCase = Math.max(1, Math.floor(most / Math.max(1, chosenCases.length)));
  const images: Uint8Array[] = [];
  for (const { caseId } of chosenCases) {
    const { slices, pixels } = await readPreparedSlices(dataset, caseId);
    const size = pixels.length / slices.length;
    images.push(...evenly(slices.length, perCase).map((i) => pixels.slice(i * size, (i + 1) * size)));
  }
  return images;
}

/** At most `most` whole numbers below `count`, evenly spaced. */
function evenly(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, i) => Math.floor(((i + 0.5) * count) / chosen));
}

async function lossOf(
  models: { readonly onnx: Uint8Array; readonly small: Uint8Array },
  { recipe, classes, network }: Classifier,
  set: {
    readonly cases: readonly Case[];
    readonly dataset: string;
    readonly threads: number;
    readonly progress: Progress;
  },
): Promise<EightBitLoss> {
  const float32 = await openPredictor(models.onnx, recipe, classes, { threads: set.threads });
  const int8 = await openPredictor(models.small, recipe, classes, { threads: set.threads });
  const rows: { readonly exact: Float32Array; readonly near: Float32Array; readonly label: number }[] = [];
  try {
    for (const [i, one] of set.cases.entries()) {
      const { slices, pixels } = await readPreparedSlices(set.dataset, one.caseId);
      const size = pixels.length / Math.max(1, slices.length);
      const images = slices.map((_, k) => pixels.subarray(k * size, (k + 1) * size));
      const [exact, near] = [await float32.predict(images), await int8.predict(images)];
      for (const [k, { sliceIndex }] of slices.entries()) {
        const row = (all: Float32Array) => all.subarray(k * classes.length, (k + 1) * classes.length);
        const truth = truthOf(one, sliceIndex);
        const label = typeof truth === "string" && network.labels !== "several" ? classes.indexOf(truth) : -1;
        rows.push({ exact: row(exact), near: row(near), label });
      }
      set.progress({ stage: "comparing with float32", done: i + 1, total: set.cases.length });
    }
  } finally {
    await float32.close();
    await int8.close();
  }
  const differences = rows.flatMap(({ exact, near }) => Array.from(exact, (p, i) => Math.abs(p - near[i])));
  const labelled = rows.filter(({ label }) => label >= 0);
  const labels = labelled.map(({ label }) => label);
  const accuracyOf = (probabilities: readonly Float32Array[]): SliceAccuracy | null => {
    if (labels.length === 0) return null;
    // Logarithms of probabilities are logits: their softmax gives the probabilities back.
    const { accuracy, auc }: Metrics = measure(
      probabilities.map((row) => row.map((p) => Math.log(Math.max(p, 1e-30)))),
      labels,
    );
    return { accuracy, auc };
  };
  return {
    slices: rows.length,
    sameCalls:
      rows.filter(({ exact, near }) => mostProbable(exact) === mostProbable(near)).length / Math.max(1, rows.length),
    meanDifference: differences.reduce((sum, one) => sum + one, 0) / Math.max(1, differences.length),
    largestDifference: differences.reduce((most, one) => Math.max(most, one), 0),
    float32: accuracyOf(labelled.map(({ exact }) => exact)),
    int8: accuracyOf(labelled.map(({ near }) => near)),
  };
}
