// Drawn chests for the trial of the study head: some with disease as usual, others with one small spot of it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readJson } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import { readCsvTable } from "../src/dataset/csvTable.ts";
import { type StudyTruth, studyTruthSchema } from "../src/phantom/truth.ts";

export const spotLabels = ["COVID-19", "normal"];
/** Of the slices with lung: studies that show disease in more are left out. */
const mostDiseased = 0.05;

/** The truth of every drawn study, by its name. */
export async function readTruths(data: string): Promise<Map<string, StudyTruth>> {
  const names = (await readdir(join(data, "truth"))).filter((file) => file.endsWith(".json")).sort();
  const truths = await Promise.all(names.map((name) => readJson(join(data, "truth", name), studyTruthSchema)));
  return new Map(truths.map((truth) => [truth.name, truth]));
}

/** Writes labels of studies of COVID-19 and normal, and whether each of their slices shows disease. */
export async function writeSliceLabels(data: string, to: { readonly labels: string; readonly slices: string }) {
  const kept = [...(await readTruths(data)).values()].filter(({ label }) => spotLabels.includes(label));
  const names = new Set(kept.map(({ name }) => name));
  const rows = kept.map(({ path, subject, name, label }) => `${path},${subject},${name},${label}`);
  await writeFile(to.labels, `${["path,subject,study,label", ...rows].join("\n")}\n`);
  const { rows: slices } = await readCsvTable(join(data, "slice-manifestations.csv"));
  const said = slices.flatMap(({ values: { study, slice, labels } }) =>
    names.has(study) ? [`${study},${slice},${spotLabels[labels === "" ? 1 : 0]}`] : [],
  );
  await writeFile(to.slices, `${["study,slice,label", ...said].join("\n")}\n`);
}

/** Writes labels of each subject's first study that shows disease in less than 5 % of its slices, with the set it is in. */
export async function writeSpotLabels(data: string, path: string): Promise<void> {
  const random = createRandom(1);
  const lines = ["path,subject,study,label,split"];
  for (const truth of (await readTruths(data)).values()) {
    const { path: study, subject, name, label } = truth;
    if (!name.endsWith("-1") || !spotLabels.includes(label)) continue;
    if ((await diseasedShare(data, truth)) >= mostDiseased) continue;
    const drawn = random.fork(subject).uniform();
    const set = drawn < 0.45 ? "train" : drawn < 0.6 ? "validation" : "test";
    lines.push(`${study},${subject},${name},${label},${set}`);
  }
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** Of the slices that show lung, the share that shows a lesion, if only in one voxel. */
async function diseasedShare(data: string, { shape, masks }: StudyTruth): Promise<number> {
  const read = async (file: string) => gunzipSync(await readFile(join(data, file)));
  const [lungs, lesions] = [await read(masks.lungs), await read(masks.lesions)];
  const area = shape[1] * shape[2];
  const count = (mask: Uint8Array) =>
    Array.from({ length: shape[0] }, (_, z) => mask.subarray(z * area, (z + 1) * area)).filter((slice) =>
      slice.some((code) => code > 0),
    ).length;
  return count(lesions) / count(lungs);
}

/** Of drawn studies, by their UID: which slices (by index from the feet) show disease. */
export async function readDiseasedSlices(data: string): Promise<Map<string, ReadonlySet<number>>> {
  const { rows } = await readCsvTable(join(data, "slice-manifestations.csv"));
  const shown = new Set(rows.flatMap(({ values }) => (values.labels === "" ? [] : [values.slice])));
  return new Map(
    [...(await readTruths(data)).values()].map(({ studyUid, slices }) => [
      studyUid,
      new Set(slices.flatMap(({ uid }, z) => (shown.has(uid) ? [z] : []))),
    ]),
  );
}
