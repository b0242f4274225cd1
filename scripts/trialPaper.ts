// Trains each finished run of a plan again in PyTorch, from the same first weights, on the same batches with the same crops and
// flips, and sets the two side by side: what is left between them is the engines' rounding, and how far that carries.
// npm run trial:paper -- PLAN DATASET --out FOLDER [--only p-resnet18] [--json]
// Needs python3 with torch and torchvision. The report goes to standard error, with --json its figures to standard output. What is done is kept in FOLDER; the same command goes on from there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeFileWhole } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import { labelledCases } from "../src/classifier/labelledCases.ts";
import { readTrainingData } from "../src/classifier/trainingData.ts";
import { randomView } from "../src/dataset/augment.ts";
import { datasetPaths } from "../src/dataset/dataset.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import { loadPretrained } from "../src/network/loadPretrained.ts";
import { encodeSafetensors } from "../src/network/safetensors.ts";
import { delongAuc } from "../src/statistics/delong.ts";
import { classesOf, labelledImages, planEpoch } from "../src/training/epochPlan.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const [plan, dataset] = positionals;
if (plan === undefined || dataset === undefined || values.out === undefined) {
  throw new Error("Name a plan, its dataset and --out FOLDER.");
}

interface Trained {
  readonly auc: number;
  readonly accuracy: number;
  readonly epoch: number;
  readonly secondsPerEpoch: number;
}

interface Pair {
  readonly variant: string;
  readonly seed: number;
  readonly ours: Trained;
  readonly peer: Trained;
}

const runs = readJson(join(plan, "plan.json")).runs.filter(({ name }: { name: string }) =>
  name.startsWith(values.only),
);
const pairs: Pair[] = [];
for (const { name, variant, seed } of runs) {
  const run = join(plan, "runs", name);
  if (!existsSync(join(run, "classifier", "classifier.json"))) {
    console.error(`${name} is not finished and is left out`);
    continue;
  }
  const folder = join(values.out, name);
  if (!existsSync(join(folder, "result.json"))) {
    await writePeerJob(run, dataset, folder);
    console.error(`${name}: training in PyTorch`);
    const script = join(import.meta.dirname, "trialPaper.py");
    const { status } = spawnSync("/usr/bin/python3", [script, folder], { stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error(`PyTorch's training of ${name} ended with ${status}.`);
  }
  pairs.push({ variant, seed, ours: ourResult(run), peer: peerResult(folder) });
  report(pairs);
}
if (values.json) console.log(JSON.stringify({ rows: pairs }));

/** All that PyTorch needs to train the same: first weights, and every batch of every epoch, image by image. */
async function writePeerJob(run: string, dataFolder: string, folder: string): Promise<void> {
  const { settings, network, recipe } = readJson(join(run, "run.json"));
  if (settings.schedule !== "constant" || settings.classWeights !== "none") {
    throw new Error("Only the paper's presets are compared: a constant rate, no class weights.");
  }
  mkdirSync(folder, { recursive: true });
  const data = await readTrainingData(dataFolder, settings.fold, join(run, "splits.json"));
  const [training, validation] = [await labelledCases(data, data.training), await labelledCases(data, data.validation)];
  const random = createRandom(settings.seed).fork("first weights");
  const state =
    settings.pretrained === null
      ? initialStateDict(network, random)
      : (await loadPretrained(network, random, settings.pretrained)).state;
  await writeFileWhole(join(folder, "first.safetensors"), encodeSafetensors(state, {}));

  const ids = [...new Set([...training, ...validation].map(({ caseId }) => caseId))];
  const at = new Map(ids.map((id, i) => [id, i]));
  const rows: number[] = [];
  let batches = 0;
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const ofEpoch = createRandom(settings.seed).fork(`epoch ${epoch}`);
    const planned = planEpoch(
      training,
      { batchSize: settings.batchSize, slicesPerStudy: settings.slicesPerStudy },
      ofEpoch,
    );
    const augmentation = ofEpoch.fork("augmentation");
    batches = planned.length;
    for (const { caseId, index, label } of planned.flat()) {
      const { top, left, isFlipped } = randomView(recipe, augmentation);
      rows.push(at.get(caseId) ?? -1, index, classesOf(label)[0] ?? -1, top, left, isFlipped ? 1 : 0);
    }
  }
  const edge = Math.floor((recipe.storedPx - recipe.inputPx) / 2);
  const looked = labelledImages(validation).flatMap(({ caseId, index, label }) => [
    at.get(caseId) ?? -1,
    index,
    classesOf(label)[0] ?? -1,
    edge,
    edge,
    0,
  ]);
  writeFileSync(join(folder, "training.i32"), new Uint8Array(Int32Array.from(rows).buffer));
  writeFileSync(join(folder, "validation.i32"), new Uint8Array(Int32Array.from(looked).buffer));
  const paths = datasetPaths(resolve(dataFolder));
  const { name, classes } = network;
  const { epochs, batchSize, learningRate, headLearningRate, weightDecay } = settings;
  const { storedPx, inputPx, mean, std } = recipe;
  const job = {
    name,
    classes,
    epochs,
    batchSize,
    batches,
    learningRate,
    headLearningRate,
    weightDecay,
    storedPx,
    inputPx,
    mean,
    std,
  };
  writeFileSync(join(folder, "job.json"), JSON.stringify({ ...job, pixels: ids.map((id) => paths.pixels(id)) }));
}

/** Of the validation images under the weights of the best epoch. */
function ourResult(run: string): Trained {
  const history = readFileSync(join(run, "history.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { studies, classes } = readJson(join(run, "predictions", "validation.json"));
  const slices = studies.flatMap((study: { slices: unknown[] }) => study.slices);
  const scores = slices.map(({ probabilities }: { probabilities: number[] }) => probabilities[0] ?? 0);
  const positive = slices.map(({ truth }: { truth: string }) => (truth === classes[0] ? 1 : 0));
  return trained(history, scores, positive);
}

function peerResult(folder: string): Trained {
  const { history, scores, positive } = readJson(join(folder, "result.json"));
  return trained(history, scores, positive);
}

interface Epoch {
  readonly epoch: number;
  readonly validationAccuracy: number;
  readonly validationLoss: number;
  readonly seconds: number;
}

function trained(history: readonly Epoch[], scores: number[], positive: number[]): Trained {
  const [best] = [...history].sort(
    (a, b) => b.validationAccuracy - a.validationAccuracy || a.validationLoss - b.validationLoss,
  ) as [Epoch];
  const seconds = history.map((epoch) => epoch.seconds).sort((a, b) => a - b);
  return {
    auc: delongAuc(Float64Array.from(scores), Uint8Array.from(positive)).auc,
    accuracy: best.validationAccuracy,
    epoch: best.epoch,
    secondsPerEpoch: seconds[seconds.length >> 1] ?? 0,
  };
}

function report(done: readonly Pair[]): void {
  const line = ({ auc, accuracy, epoch, secondsPerEpoch }: Trained) =>
    `AUC ${auc.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} % (epoch ${epoch}), ${secondsPerEpoch.toFixed(0)} s an epoch`;
  const last = done.at(-1) as Pair;
  console.error(
    `${last.variant}, seed ${last.seed}\n  Groundglass: ${line(last.ours)}\n  PyTorch:     ${line(last.peer)}`,
  );
  const same = done.filter(({ variant }) => variant === last.variant);
  if (same.length < 2) return;
  const spread = (of: (pair: Pair) => number) => {
    const all = same.map(of);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const sd = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1));
    return `${mean.toFixed(3)} ± ${sd.toFixed(3)}`;
  };
  console.error(
    `${last.variant} over ${same.length} seeds: AUC ${spread(({ ours }) => ours.auc)}, PyTorch ${spread(({ peer }) => peer.auc)}; ` +
      `accuracy ${spread(({ ours }) => ours.accuracy)}, PyTorch ${spread(({ peer }) => peer.accuracy)}`,
  );
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, "utf8"));
}
