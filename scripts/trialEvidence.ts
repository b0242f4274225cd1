/**
 * Whether heat maps lie where the disease is: on the drawn lesions of the test set's phantoms, against baselines that need no
 * network; how much of them is learned; and how long they take.
 *
 *   npm run trial:evidence -- --pretrained resnet18.safetensors
 *
 * With --run and --data a run and its phantoms are taken as they are; else they are made in .bench/evidence. --times: only how long
 * they take.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJson } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import { readClassifier, readClassifierWeights } from "../src/classifier/classifier.ts";
import { runPaths } from "../src/classifier/run.ts";
import { datasetSchema } from "../src/dataset/dataset.ts";
import { readLesionMasks } from "../src/evaluation/evidence/lesionMasks.ts";
import {
  baselineHeats,
  type HeatMeasures,
  type MeasuredSlice,
  measureHeat,
} from "../src/evaluation/evidence/measureHeat.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import type { HeatMethod } from "../src/prediction/heat/heatMethod.ts";
import { randomisationCheck } from "../src/prediction/heat/randomisationCheck.ts";
import { heatMaps } from "../src/prediction/heatMap.ts";
import { readPredictionSet } from "../src/prediction/predictionSet.ts";
import { defaultRecipe } from "../src/slices/sliceRecipe.ts";
import type { Estimate } from "../src/statistics/estimate.ts";
import { makeTrialRun } from "./trialSet.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string" },
    data: { type: "string" },
    pretrained: { type: "string" },
    times: { type: "boolean", default: false },
    randomised: { type: "string", default: "24" },
  },
});

const methods: Readonly<Record<string, HeatMethod>> = {
  "Grad-CAM, layer4": { kind: "gradCam", layer: 4 },
  "Grad-CAM++, layer4": { kind: "gradCamPlusPlus", layer: 4 },
  "Grad-CAM, layer3": { kind: "gradCam", layer: 3 },
  "Grad-CAM, layer2": { kind: "gradCam", layer: 2 },
  "LayerCAM, layer3": { kind: "layerCam", layer: 3 },
  "LayerCAM, layer2": { kind: "layerCam", layer: 2 },
};
const settings = { resamples: 2000, seed: 1 };

if (values.times) {
  await time();
  process.exit();
}

const made = values.run !== undefined && values.data !== undefined ? null : makeTrialRun(values.pretrained);
const [run, data] = [values.run ?? made?.run ?? "", values.data ?? made?.data ?? ""];
const { classifier } = await readClassifier(runPaths(run).classifier);
const { recipe, network, classes } = classifier;
const mapped = { network, recipe, state: await readClassifierWeights(runPaths(run).classifier, classifier) };

const { slices, wanted } = await diseasedSlices();
console.log(
  `${slices.length} slices with lesions, of ${new Set(slices.map((one) => one.subjectId)).size} test subjects of ${run}; class: each study's own.`,
);
console.log(
  "\n| heat | hottest place on a lesion | share on lesions | AUC | AUC within the lungs | IoU | share in the lungs |",
);
console.log("|---|---|---|---|---|---|---|");
for (const [name, heats] of Object.entries(baselineHeats(slices, recipe.storedPx)))
  line(name, measureHeat(slices, heats, settings));
const pixels = slices.map((slice) => slice.pixels);
for (const [name, method] of Object.entries(methods)) {
  line(name, measureHeat(slices, await heatMaps(mapped, pixels, wanted, { method }), settings));
}

const some = Math.min(Number(values.randomised), slices.length);
const step = slices.length / some;
const chosen = Array.from({ length: some }, (_, i) => Math.floor((i + 0.5) * step));
console.log(`\nRandomised layers, rank correlation with the learned maps, mean of ${some} slices:`);
console.log("| heat | fc | + layer4 | + layer3 | + layer2 |\n|---|---|---|---|---|");
for (const [name, method] of Object.entries(methods)) {
  const found = await randomisationCheck(
    mapped,
    chosen.map((i) => pixels[i]),
    chosen.map((i) => wanted[i]),
    { method, seed: 1 },
  );
  console.log(`| ${name} | ${found.map(({ correlation }) => correlation?.toFixed(2) ?? "–").join(" | ")} |`);
}

await time();

async function diseasedSlices(): Promise<{ slices: MeasuredSlice[]; wanted: number[] }> {
  const test = await readPredictionSet(runPaths(run).predictions("test"));
  const { cases } = await readJson(join(run, "dataset.json"), datasetSchema);
  const found: { slice: MeasuredSlice; classIndex: number }[] = [];
  for (const { caseId, subjectId, truth } of test.studies) {
    const path = cases.find((one) => one.caseId === caseId)?.path ?? "";
    for (const slice of await readLesionMasks(data, path.split("/").at(-1) ?? "", recipe)) {
      if (slice.lesions.reduce((sum, one) => sum + one, 0) < 20) continue;
      found.push({ slice: { ...slice, subjectId }, classIndex: classes.indexOf(truth ?? "") });
    }
  }
  return { slices: found.map(({ slice }) => slice), wanted: found.map(({ classIndex }) => classIndex) };
}

/** Ten slices of 224 px with ResNet18, from weights in memory to maps over the slices; five times. */
async function time(): Promise<void> {
  const spec = { name: "resnet18", classes: 3 } as const;
  const fresh = { network: spec, recipe: defaultRecipe, state: initialStateDict(spec, createRandom(1)) };
  const random = createRandom(2);
  const images = Array.from({ length: 10 }, () => Uint8Array.from({ length: 256 ** 2 }, () => random.integer(256)));
  console.log(`\nTen slices of 224 px, ResNet18, ms on ${availableParallelism()} cores:`);
  for (const name of ["Grad-CAM, layer4", "Grad-CAM, layer2"]) {
    const times: { wall: number; cpu: number }[] = [];
    for (let i = 0; i < 6; i++) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      await heatMaps(
        fresh,
        images,
        images.map(() => 0),
        { method: methods[name] },
      );
      const { user, system } = process.cpuUsage(before);
      times.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
    }
    const median = (list: number[]) =>
      list
        .slice(1)
        .sort((a, b) => a - b)[2]
        .toFixed(0);
    const [first] = times;
    console.log(
      `${name}: ${median(times.map((one) => one.wall))} wall, ${median(times.map((one) => one.cpu))} CPU, median of 5; the first time ${first.wall.toFixed(0)} wall, ${first.cpu.toFixed(0)} CPU`,
    );
  }
}

function line(name: string, measures: HeatMeasures): void {
  const { pointsAtLesion, shareOnLesions, auc, aucInLungs, iou, shareInLungs } = measures;
  const cells = [pointsAtLesion, shareOnLesions, auc, aucInLungs, iou, shareInLungs].map(told);
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}

function told({ value, low, high }: Estimate): string {
  if (value === null) return "–";
  return `${value.toFixed(3)}${low === null || high === null ? "" : ` (${low.toFixed(2)}–${high.toFixed(2)})`}`;
}
