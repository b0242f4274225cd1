import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeFileWhole } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import type { ProgressUpdate } from "../base/progress.ts";
import type { Case } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { buildInference } from "../network/inference.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from "../network/safetensors.ts";
import type { StateDict } from "../network/stateDict.ts";
import { openPredictor, type Predictor } from "../prediction/predictSlices.ts";
import { removePartialFiles } from "../training/partialFiles.ts";
import { type LabelledStudy, trainStudyHead } from "../training/studyHead/trainStudyHead.ts";
import { type Run, runPaths } from "./run.ts";
import type { TrainingData } from "./trainingData.ts";

/** The network that gets a head, and whom to tell. */
interface HeadlessRun {
  readonly run: Run;
  readonly state: StateDict;
  readonly tell: (update: ProgressUpdate) => void;
}

/**
 * A trained network's weights with a study head: its attention beside them and its decision in the place of the last layer.
 *
 * What the network sees of each training and validation study is computed once and kept in the run's folder until the head has
 * learned, so that a stopped call goes on; a head that a stopped call left is taken over.
 * @throws as readPreparedSlices and writeFileWhole.
 */
export async function withStudyHead(
  out: string,
  data: TrainingData,
  { run, state, tell }: HeadlessRun,
): Promise<StateDict> {
  const folder = runPaths(out).studyHead;
  const path = join(folder, "head.safetensors");
  const network = sha256Hex(encodeSafetensors(state));
  const standing = await readOwn(path, network);
  if (standing !== undefined) return new Map([...state, ...standing]);
  await removePartialFiles(folder);

  const { network: spec, recipe, classes, settings } = run;
  const onnx = buildInference(spec, state, { sizePx: recipe.inputPx, withFeatures: true });
  const predictor = await openPredictor(onnx, recipe, classes, { threads: settings.threads });
  const looking = { data, predictor, network, folder };
  let [training, validation]: LabelledStudy[][] = [[], []];
  try {
    training = await studiesOf(looking, data.training, (update) => tell({ ...update, stage: "looking at training" }));
    validation = await studiesOf(looking, data.validation, (update) =>
      tell({ ...update, stage: "looking at validation" }),
    );
  } finally {
    await predictor.close();
  }
  const fc: StateDict = new Map([...state].filter(([name]) => name.startsWith("fc.")));
  const { seed, threads } = settings;
  const head = await trainStudyHead({ training, validation }, fc, {
    classes: classes.length,
    seed,
    threads,
    progress: tell,
  });
  const lines = head.history.map((epoch) => `${JSON.stringify(epoch)}\n`);
  await writeFileWhole(join(folder, "history.jsonl"), lines.join(""));
  await writeFileWhole(path, encodeSafetensors(head.state, { network, bestEpoch: String(head.bestEpoch) }));
  await rm(featuresIn(folder), { recursive: true, force: true });
  return new Map([...state, ...head.state]);
}

const featuresIn = (folder: string) => join(folder, "features");

/** The labelled studies that have an image, with what the network sees of each. */
async function studiesOf(
  { data, predictor, network, folder }: LookingAt,
  cases: readonly Case[],
  tell: (update: Omit<ProgressUpdate, "stage">) => void,
): Promise<LabelledStudy[]> {
  const labelled = cases.filter(({ label, prepared }) => label !== null && prepared.slices > 0);
  const studies: LabelledStudy[] = [];
  for (const one of labelled) {
    const path = join(featuresIn(folder), `${one.caseId}.safetensors`);
    const kept = (await readOwn(path, network))?.get("features");
    const features = kept === undefined ? await look(data, predictor, one) : rowsOf(kept.data, kept.shape[0]);
    if (kept === undefined) await writeFileWhole(path, encodeSafetensors(stacked(features), { network }));
    studies.push({ features, truth: data.dataset.classes.indexOf(one.label ?? "") });
    tell({ done: studies.length, total: labelled.length });
  }
  return studies;
}

interface LookingAt {
  readonly data: TrainingData;
  readonly predictor: Predictor;
  /** SHA-256 of the network's weights. */
  readonly network: string;
  readonly folder: string;
}

async function look(data: TrainingData, predictor: Predictor, one: Case): Promise<readonly Float32Array[]> {
  const { slices, pixels } = await readPreparedSlices(data.folder, one.caseId);
  const size = pixels.length / slices.length;
  const seen = await predictor.look(slices.map((_, i) => pixels.subarray(i * size, (i + 1) * size)));
  if (seen.features === null) throw new Error("The network gives no features");
  return seen.features;
}

function stacked(features: readonly Float32Array[]): StateDict {
  const size = features[0].length;
  const data = new Float32Array(features.length * size);
  for (const [i, one] of features.entries()) data.set(one, i * size);
  return new Map([["features", { shape: [features.length, size], data }]]);
}

function rowsOf(data: Float32Array, rows: number): Float32Array[] {
  const size = data.length / rows;
  return Array.from({ length: rows }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** What a file of this network holds; undefined where it is not there, damaged, or of another network. */
async function readOwn(path: string, network: string): Promise<StateDict | undefined> {
  if (!(await isThere(path))) return undefined;
  let content: SafetensorsContent;
  try {
    content = decodeSafetensors(await readBytes(path));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  return content.metadata.network === network ? content.state : undefined;
}
