import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../src/base/hash.ts";
import { readClassifier } from "../src/classifier/classifier.ts";
import { prepareDataset } from "../src/dataset/prepareDataset.ts";
import { readDataset } from "../src/dataset/readDataset.ts";
import { diagnose } from "../src/diagnosis/diagnose.ts";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { labelsOf } from "../src/lungs/lungMask.ts";
import { drawPhantoms } from "../src/phantom/drawPhantoms.ts";
import { type DrawnStudy, drawStudy } from "../src/phantom/drawStudy.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";
import { makeClassifier } from "./made/madeClassifier.ts";
import { modelPx, trainLungModel, window } from "./made/trainLungModel.ts";

const matrix = 64;
const settings = { seed: 3, matrix, sliceSpacingMm: 14 };
const isLearnedFrom = ({ plan }: DrawnStudy) => plan.subject <= 8;

let folder: string;
let model: string;
let studies: DrawnStudy[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-lungs-"));
  studies = planPhantoms({ ...settings, subjects: 12 })
    .filter(({ study }) => study === 1)
    .map(drawStudy);
  const onnx = await trainLungModel(studies.filter(isLearnedFrom), 100);
  await writeFile(join(folder, "tiny.onnx"), onnx);
  model = join(folder, "tiny.yaml");
  await writeFile(
    model,
    `format: groundglass-lung-model/1
file: tiny.onnx
sha256: ${sha256Hex(onnx)}
input: { sizePx: ${modelPx}, lowHu: ${window.lowHu}, highHu: ${window.highHu} }
output: { name: logits, kind: logits }
labels: { right: 1, left: 2 }
smallestMl: 25
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function dice(found: Uint8Array, truth: Uint8Array, label: number): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    if (found[i] === label && truth[i] === label) both++;
    sum += Number(found[i] === label) + Number(truth[i] === label);
  }
  return (2 * both) / sum;
}

/** Each side's share of the learning studies' slices that show lung at a pixel, at the same height of the scan. */
function atlas(learned: readonly DrawnStudy[], { volume }: DrawnStudy): Uint8Array {
  const pixels = matrix * matrix;
  const counts = [new Uint16Array(volume.voxels.length), new Uint16Array(volume.voxels.length)];
  for (const { lungs, volume: other } of learned) {
    for (let i = 0; i < volume.voxels.length; i++) {
      const z = Math.floor(((Math.floor(i / pixels) + 0.5) * other.shape[0]) / volume.shape[0]);
      const label = lungs[z * pixels + (i % pixels)]!;
      if (label > 0) counts[label - 1]![i]!++;
    }
  }
  const most = learned.length / 2;
  return Uint8Array.from(counts[0]!, (count, i) => (count > most ? 1 : counts[1]![i]! > most ? 2 : 0));
}

describe("a tiny network that our own engine trained", () => {
  it("finds each lung of four subjects that it never saw, better than the air does and than their mean place", async () => {
    const unseen = studies.filter((study) => !isLearnedFrom(study));
    const learned = studies.filter(isLearnedFrom);
    const found = { network: [] as number[], air: [] as number[], place: [] as number[] };
    for (const study of unseen) {
      const mask = await isolateLungs(study.volume, { method: "learned", model });
      const air = Uint8Array.from(study.volume.voxels, (hu, i) => (hu > -400 ? 0 : i % matrix < matrix / 2 ? 1 : 2));
      const place = atlas(learned, study);
      for (const label of [1, 2]) {
        found.network.push(dice(labelsOf(mask), study.lungs, label));
        found.air.push(dice(air, study.lungs, label));
        found.place.push(dice(place, study.lungs, label));
      }
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(found.network)).toBeGreaterThan(0.87);
    expect(Math.min(...found.network)).toBeGreaterThan(0.78);
    expect(mean(found.network)).toBeGreaterThan(mean(found.air) + 0.3);
    expect(mean(found.network)).toBeGreaterThan(mean(found.place) + 0.07);
  });

  it("travels with the dataset and the classifier, and is missed where it is gone or another", async () => {
    const data = join(folder, "phantoms");
    const set = await drawPhantoms(data, { ...settings, subjects: 4 });
    const rows = set.studies
      .filter(({ name }) => name.endsWith("-1"))
      .map(
        ({ path, subject, label }) =>
          `${path},${subject},${label},${Number(subject.slice(-1)) > 3 ? "validation" : "training"}`,
      );
    await writeFile(join(data, "own.csv"), `path,subject,label,split\n${rows.join("\n")}\n`);
    const recipe = { lungs: { method: "learned" as const, model }, storedPx: 64, inputPx: 56 };
    const dataset = join(folder, "dataset");
    await prepareDataset(data, { labels: join(data, "own.csv"), out: dataset, recipe });
    expect(await readFile(join(dataset, "dataset.json"), "utf8")).not.toContain(folder);

    await rename(join(folder, "tiny.onnx"), join(folder, "gone.onnx"));
    const moved = join(folder, "moved");
    await rename(dataset, moved);
    const prepared = await readDataset(moved);
    expect(prepared.dataset.recipe.lungs).toMatchObject({
      method: "learned",
      model: { file: join(moved, "lungs.onnx") },
    });

    const { classifierId } = await makeClassifier(join(folder, "built"), { recipe: prepared.dataset.recipe });
    await rm(moved, { recursive: true });
    const classifier = join(folder, "classifier");
    await rename(join(folder, "built"), classifier);
    expect((await readClassifier(classifier)).classifier.classifierId).toBe(classifierId);
    const study = join(data, set.studies[0]!.path);
    const { diagnosis } = await diagnose(study, classifier, { clock: () => 0 });
    const one = prepared.dataset.cases.find(({ path }) => path === set.studies[0]!.path)!;
    expect(diagnosis.study.attributes.lungsMl).toBe(one.prepared.lungsMl);

    const carried = join(classifier, "lungs.onnx");
    await copyFile(join(classifier, "network.onnx"), carried);
    await expect(diagnose(study, classifier, { clock: () => 0 })).rejects.toMatchObject({ code: "LUNG_MODEL_CHANGED" });
    await rm(carried);
    await expect(diagnose(study, classifier, { clock: () => 0 })).rejects.toMatchObject({ code: "LUNG_MODEL_MISSING" });
  });
});
