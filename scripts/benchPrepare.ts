// Measures the way from a scanner's files to prepared slices: side by side with a Python pipeline of pydicom, GDCM,
// scikit-image and Pillow (benchPrepare.py, which states its steps), and against what is asked of it.
// Options: --json; --studies N of the data set that is prepared whole (40); --slices N of the long study (1000).
// A real CT is used where ../shared/data is, else a drawn one.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readStudy } from "../src/intake/readStudy.ts";
import { drawnVolume, writeStudies, writeStudy } from "./benchStudies.ts";

interface Row {
  readonly name: string;
  readonly ours: number;
  /** The Python pipeline's value, or the one that is asked. */
  readonly peer: number | null;
  /** Above 1 where ours is better. */
  readonly ratio: number | null;
}

interface StudyRuns {
  readonly slices: number;
  readonly runs: readonly number[];
  readonly stages: { readonly read: number; readonly lungs: number; readonly slices: number };
  /** Of the last run, in all threads. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    studies: { type: "string", default: "40" },
    slices: { type: "string", default: "1000" },
  },
});
/** Prepared by two workers; so many that their start, a second or two, does not decide. */
const manyStudies = 24;
const work = mkdtempSync(join(tmpdir(), "groundglass-bench-"));
const rows: Row[] = [];
const notes: string[] = [];
try {
  await measure(Number(options.studies), Number(options.slices));
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (options.json) console.log(JSON.stringify({ rows, notes }));
else {
  console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, shortened(row)])));
  for (const note of notes) console.log(note);
}

async function measure(studies: number, longSlices: number): Promise<void> {
  const real = join(import.meta.dirname, "../../shared/data/ct-studies/P001");
  const isReal = existsSync(real);
  const volume = isReal ? await volumeOf(real) : drawnVolume();
  const plain = join(work, "plain");
  writeStudy(volume, { folder: plain, name: "plain" });
  const compressed = isReal ? real : plain;
  const kind = isReal ? "JPEG Lossless" : "uncompressed phantom";
  if (!isReal) notes.push("No ../shared/data: a drawn CT, uncompressed, stands in for the compressed one.");

  const paper = run<StudyRuns>("study", compressed, "chen2021");
  const peer = runPeer(compressed);
  const perSecond = ({ slices, runs }: StudyRuns) => slices / Math.min(...runs);
  const peerSum = peer && peer.seconds.read + peer.seconds.lungs + peer.seconds.slices;
  faster(`chen2021, ${kind}, slices/s`, perSecond(paper), peer && peerSum ? peer.slices / peerSum : null);
  for (const stage of ["read", "lungs", "slices"] as const) {
    faster(`  ${stage}, slices/s`, paper.slices / paper.stages[stage], peer ? peer.slices / peer.seconds[stage] : null);
  }
  faster("  first run in a new process, slices/s", paper.slices / (paper.runs[0] ?? 0), null);
  const preset = run<StudyRuns>("study", compressed, "default");
  for (const { of, name, asked, alone } of [
    { of: compressed, name: kind, asked: 60, alone: preset },
    { of: plain, name: "uncompressed", asked: 120, alone: run<StudyRuns>("study", plain, "default") },
  ]) {
    const many = run<{ seconds: number; cpuSeconds: number }>("studies", of, "default", String(manyStudies));
    faster(
      `default, ${name}, ${manyStudies} studies, slices/s (asked: ${asked})`,
      (manyStudies * alone.slices) / many.seconds,
      asked,
    );
    faster(`default, ${name}, one study alone, slices/s`, perSecond(alone), asked);
    const each = (1000 * many.cpuSeconds) / (manyStudies * alone.slices);
    notes.push(
      `default, ${name}, ${manyStudies} studies: ${each.toFixed(1)} ms of processor time a slice, so that two free cores do ${Math.round(2000 / each)} slices/s.`,
    );
  }
  noteLimits(compressed, paper, preset);

  const long = join(work, "long");
  writeStudy(volume, { folder: long, name: "long" }, longSlices);
  for (const preset of ["chen2021", "default"]) {
    const { peakMb, seconds } = run<{ peakMb: number; seconds: number }>("case", long, join(work, "case"), preset);
    smaller(`${longSlices} slices, ${preset}, peak MB (asked: 700)`, peakMb, 700);
    faster(`${longSlices} slices, ${preset}, slices/s`, longSlices / seconds, null);
  }
  rmSync(long, { recursive: true });
  await measureDatasets(studies);
}

/** Whether the last studies of many cost what the first do, in time and in memory; whether what is done is not done again. */
async function measureDatasets(studies: number): Promise<void> {
  interface Made {
    readonly seconds: number;
    readonly peakMb: number;
    readonly tenths: readonly { readonly done: number; readonly seconds: number; readonly cpuSeconds: number }[];
  }
  const data = join(work, "data");
  const out = join(work, "dataset");
  const slices = writeStudies(data, studies);
  const made = run<Made>("dataset", data, out);
  const bytes = bytesBelow(out);
  faster(`prepare ${studies} studies of 64², studies/s`, studies / made.seconds, null);
  const few = join(work, "few");
  writeStudies(few, Math.max(12, Math.round(studies / 10)));
  const small = run<Made>("dataset", few, join(work, "dataset-few"));
  smaller(`prepare ${studies} studies, peak MB (peer: ours for a tenth)`, made.peakMb, small.peakMb);
  const each = made.tenths.map((tenth, i) => {
    const before = made.tenths[i - 1] ?? { done: 0, seconds: 0, cpuSeconds: 0 };
    const share = 100 / (tenth.done - before.done);
    return `${(share * (tenth.seconds - before.seconds)).toFixed(1)} (${(share * (tenth.cpuSeconds - before.cpuSeconds)).toFixed(1)})`;
  });
  notes.push(`Seconds for 100 studies (of processor time), tenth by tenth: ${each.join(", ")}.`);
  const again = run<Made>("dataset", data, out);
  smaller("prepare again, nothing to do, seconds (peer: ours the first time)", again.seconds, made.seconds);
  const { seconds, slices: read } = run<{ seconds: number; slices: number }>("cache", out);
  faster("read the cache, slices/s (asked: 2,000)", read / seconds, 2000);
  notes.push(
    `Disk: ${(bytes / 1e6).toFixed(1)} MB for the ${read} slices kept of ${slices}, of 256², in ${studies} studies: ${Math.round(bytes / read / 1024)} KB a slice.`,
    await killed(data, join(work, "killed"), studies),
  );
}

/** Kills a run half way, and counts what the next one does anew. */
async function killed(data: string, out: string, studies: number): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "benchChild.ts"), "dataset", data, out]);
  const prepared = join(out, "prepared");
  const done = () => {
    const names = existsSync(prepared) ? readdirSync(prepared).filter((name) => name.endsWith(".json")) : [];
    return new Map(names.map((name) => [name, statSync(join(prepared, name)).mtimeMs]));
  };
  while (done().size < studies / 2) await setTimeout(100);
  child.kill("SIGKILL");
  await once(child, "exit");
  const before = done();
  run("dataset", data, out);
  const after = done();
  const anew = [...before].filter(([name, changed]) => after.get(name) !== changed).length;
  return `Killed when ${before.size} of ${studies} studies were done, and run again: ${after.size} done, ${anew} of the first ${before.size} done anew.`;
}

function noteLimits(path: string, paper: StudyRuns, preset: StudyRuns): void {
  const limits = run<{
    slices: number;
    megabytes: number;
    diskSeconds: number;
    decodeSeconds: number;
    copySeconds: number;
  }>("limits", path);
  const each = (seconds: number) => `${((1000 * seconds) / limits.slices).toFixed(2)} ms`;
  notes.push(
    `A slice's way: read ${each(paper.stages.read)}, lungs ${each(paper.stages.lungs)} (chen2021) or ${each(preset.stages.lungs)} (default), slices ${each(paper.stages.slices)} (chen2021, through JPEG) or ${each(preset.stages.slices)} (default).`,
    `Of one core, a slice takes ${each(paper.cpuSeconds)} (chen2021) or ${each(preset.cpuSeconds)} (default), whatever else the machine does.`,
    `Limits: the files' bytes ${each(limits.diskSeconds)} (${Math.round(limits.megabytes / limits.diskSeconds)} MB/s), the decoder alone in one thread ${each(limits.decodeSeconds)}, one copy of the volume ${each(limits.copySeconds)}.`,
  );
}

interface Peer {
  readonly slices: number;
  readonly seconds: { readonly read: number; readonly lungs: number; readonly slices: number };
}

function runPeer(path: string): Peer | null {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const script = join(import.meta.dirname, "benchPrepare.py");
      const answer = JSON.parse(execFileSync(python, [script, path], { encoding: "utf8" })) as
        | Peer
        | { missing: string };
      if (!("missing" in answer)) return answer;
    } catch {
      // No such Python: the next one may be there.
    }
  }
  notes.push("No Python with pydicom, GDCM, scikit-image and Pillow was found: the peer was left out.");
  return null;
}

function run<Result>(...args: readonly string[]): Result {
  const child = join(import.meta.dirname, "benchChild.ts");
  return JSON.parse(execFileSync(process.execPath, [child, ...args], { encoding: "utf8" })) as Result;
}

async function volumeOf(path: string) {
  const { images } = await readStudy(path);
  if (images.kind !== "volume") throw new Error(`${path} holds no volume.`);
  return images.volume;
}

/** A row whose larger value is better. */
function faster(name: string, ours: number, peer: number | null): void {
  rows.push({ name, ours, peer, ratio: peer === null ? null : ours / peer });
}

function smaller(name: string, ours: number, peer: number): void {
  rows.push({ name, ours, peer, ratio: peer / ours });
}

function shortened(row: Omit<Row, "name">): Record<string, number | string> {
  const short = (value: number | null) => (value === null ? "–" : Number(value.toPrecision(3)));
  return { ours: short(row.ours), peer: short(row.peer), ratio: short(row.ratio) };
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
