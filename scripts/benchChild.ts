// One measured piece of work of benchPrepare.ts in a process of its own, so that its peak memory is its own.
// Arguments: a verb and its arguments. Prints one line of JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CaseJob, prepareCase } from "../src/dataset/prepareCase.ts";
import { prepareDataset } from "../src/dataset/prepareDataset.ts";
import { readPreparedSlices } from "../src/dataset/preparedSlices.ts";
import { resolveRecipe } from "../src/dataset/resolveRecipe.ts";
import { runInWorkers } from "../src/dataset/workerPool.ts";
import { decodeSamples } from "../src/dicom/decodePixels.ts";
import { parseInstance } from "../src/dicom/parseInstance.ts";
import { readStudy } from "../src/intake/readStudy.ts";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { prepareStudyImages } from "../src/slices/prepareStudyImages.ts";
import type { SliceRecipe } from "../src/slices/sliceRecipe.ts";

const [verb, ...rest] = process.argv.slice(2) as [string, ...string[]];
const found = await verbs(verb, rest);
console.log(JSON.stringify({ ...found, peakMb: process.resourceUsage().maxRSS / 1024 }));

async function verbs(name: string, args: readonly string[]): Promise<Record<string, unknown>> {
  if (name === "study") return study(args[0] as string, args[1] as string);
  if (name === "limits") return limits(args[0] as string);
  if (name === "studies") return studies(args[0] as string, args[1] as string, Number(args[2]));
  if (name === "case") return oneCase(args[0] as string, args[1] as string, args[2] as string);
  if (name === "dataset") return dataset(args[0] as string, args[1] as string);
  if (name === "cache") return cache(args[0] as string);
  throw new Error(`No such work: ${name}`);
}

/** Three times from the files to the slices at 224; the seconds of each, and those of the stages of the last. */
async function study(path: string, preset: string) {
  const recipe = { ...resolveRecipe(preset), storedPx: 224, inputPx: 224 };
  const runs: number[] = [];
  let stages = { read: 0, lungs: 0, slices: 0 };
  let counts = { slices: 0, kept: 0 };
  let cpuSeconds = 0;
  for (let i = 0; i < 3; i++) {
    const used = process.cpuUsage();
    const started = performance.now();
    const { images } = await readStudy(path);
    if (images.kind !== "volume") throw new Error("Not a volume.");
    const read = performance.now();
    const prepared = await prepareStudyImages(images, recipe);
    const ended = performance.now();
    runs.push((ended - started) / 1000);
    const { user, system } = process.cpuUsage(used);
    cpuSeconds = (user + system) / 1e6;
    const again = performance.now();
    isolateLungs(images.volume, recipe.lungs);
    const lungs = (performance.now() - again) / 1000;
    stages = { read: (read - started) / 1000, lungs, slices: (ended - read) / 1000 - lungs };
    counts = { slices: images.volume.shape[0], kept: prepared.slices.length };
  }
  return { ...counts, runs, stages, cpuSeconds };
}

/** What no program can go below: reading the files' bytes, decoding them in one thread, copying the volume. */
async function limits(path: string) {
  const names = (await readdir(path)).filter((name) => !name.startsWith("."));
  const started = performance.now();
  const files: Uint8Array[] = [];
  for (const name of names) files.push(await readFile(join(path, name)));
  const disk = performance.now();
  let pixels = 0;
  for (const file of files) {
    const instance = parseInstance(file);
    if (!instance?.pixels) continue;
    const [frame] = await decodeSamples(file, instance, [0]);
    pixels += frame?.samples.length ?? 0;
  }
  const decoded = performance.now();
  const volume = new Int16Array(pixels);
  const copy = new Int16Array(pixels);
  const before = performance.now();
  copy.set(volume);
  const copied = performance.now();
  const megabytes = files.reduce((sum, file) => sum + file.length, 0) / 1e6;
  return {
    slices: files.length,
    megabytes,
    diskSeconds: (disk - started) / 1000,
    decodeSeconds: (decoded - disk) / 1000,
    copySeconds: (copied - before) / 1000,
  };
}

/** One study prepared into a dataset's folder, as a worker of prepare does it. */
async function oneCase(data: string, out: string, preset: string) {
  const started = performance.now();
  const outcome = await prepareCase(jobOf({ data, out, number: 0 }, resolveRecipe(preset)));
  return { seconds: (performance.now() - started) / 1000, outcome };
}

/** A study prepared again and again, at 224, as prepare does it of many: two at a time, each in a thread. */
async function studies(data: string, preset: string, count: number) {
  const recipe = { ...resolveRecipe(preset), storedPx: 224, inputPx: 224 };
  const out = mkdtempSync(join(tmpdir(), "groundglass-bench-cases-"));
  try {
    const jobs = Array.from({ length: count }, (_, number) => jobOf({ data, out, number }, recipe));
    const used = process.cpuUsage();
    const started = performance.now();
    await runInWorkers(new URL("../src/dataset/prepareWorker.ts", import.meta.url), jobs, { workers: 2 });
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(used);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  } finally {
    rmSync(out, { recursive: true });
  }
}

function jobOf({ data, out, number }: { data: string; out: string; number: number }, recipe: SliceRecipe): CaseJob {
  return {
    caseId: `case-${String(number).padStart(12, "0")}`,
    key: "bench",
    data,
    out,
    path: ".",
    pictures: null,
    seriesUid: null,
    labelledSlices: null,
    source: { labelFile: "labels.csv", line: 2, sliceLabelFile: "labels.csv" },
    isFaultThrown: true,
    recipe,
    intake: {},
    bytes: 0,
  };
}

/** A data set prepared whole. tenths: when each tenth of its studies was done, in seconds of the clock and of processors. */
async function dataset(data: string, out: string) {
  const started = performance.now();
  const tenths: { readonly done: number; readonly seconds: number; readonly cpuSeconds: number }[] = [];
  const elapsed = () => {
    const { user, system } = process.cpuUsage();
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
  const made = await prepareDataset(data, {
    labels: join(data, "labels.csv"),
    out,
    progress: ({ stage, done, total }) => {
      if (stage === "preparing" && done * 10 >= total * (tenths.length + 1)) tenths.push({ done, ...elapsed() });
    },
  });
  return { seconds: elapsed().seconds, cases: made.cases.length, tenths };
}

/** Reads every prepared case, its checksum tested. */
async function cache(folder: string) {
  const names = (await readdir(join(folder, "prepared"))).filter((name) => name.endsWith(".json"));
  const started = performance.now();
  let slices = 0;
  for (const name of names) slices += (await readPreparedSlices(folder, name.slice(0, -5))).slices.length;
  return { seconds: (performance.now() - started) / 1000, slices };
}
