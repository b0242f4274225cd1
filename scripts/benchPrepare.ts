// Measures the way from a scanner's files to prepared slices: side by side with a Python pipeline of pydicom, GDCM,
// scikit-image and Pillow (benchPrepare.py, which states its steps), and against what is asked of it.
// Options: --json; --studies N of the data set that is prepared whole (40); --slices N of the long study (1000).
// A real CT is used where ../shared/data is, else a drawn one.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  faster(`default, ${kind}, slices/s (asked: 60)`, perSecond(run<StudyRuns>("study", compressed, "default")), 60);
  const uncompressed = run<StudyRuns>("study", plain, "default");
  faster("default, uncompressed, slices/s (asked: 120)", perSecond(uncompressed), 120);
  noteLimits(compressed, paper, run<StudyRuns>("study", compressed, "default"));

  const long = join(work, "long");
  writeStudy(volume, { folder: long, name: "long" }, longSlices);
  for (const preset of ["chen2021", "default"]) {
    const { peakMb, seconds } = run<{ peakMb: number; seconds: number }>("case", long, join(work, "case"), preset);
    smaller(`${longSlices} slices, ${preset}, peak MB (asked: 700)`, peakMb, 700);
    faster(`${longSlices} slices, ${preset}, slices/s`, longSlices / seconds, null);
  }
  rmSync(long, { recursive: true });
  measureDatasets(studies);
}

/** Whether many studies cost as much each as few, in time and in memory; whether what is done is not done again. */
function measureDatasets(studies: number): void {
  interface Made {
    readonly seconds: number;
    readonly peakMb: number;
  }
  const few = Math.max(12, Math.round(studies / 4));
  const prepared = (count: number): Made & { readonly out: string; readonly data: string; readonly slices: number } => {
    const data = join(work, `data-${count}`);
    const out = join(work, `dataset-${count}`);
    const slices = writeStudies(data, count);
    return { ...run<Made>("dataset", data, out), out, data, slices };
  };
  const small = prepared(few);
  const large = prepared(studies);
  faster(`prepare ${studies} studies of 128², studies/s`, studies / large.seconds, few / small.seconds);
  smaller(`prepare ${studies} studies, peak MB (peer: ours for ${few})`, large.peakMb, small.peakMb);
  const again = run<Made>("dataset", large.data, large.out);
  smaller("prepare again, nothing to do, seconds (peer: ours the first time)", again.seconds, large.seconds);
  const { seconds, slices } = run<{ seconds: number; slices: number }>("cache", large.out);
  faster("read the cache, slices/s (asked: 2,000)", slices / seconds, 2000);
  const bytes = bytesBelow(large.out);
  notes.push(
    `Disk: ${(bytes / 1e6).toFixed(1)} MB for ${slices} prepared slices of 256² in ${studies} studies, ${Math.round(bytes / slices / 1024)} KB a slice.`,
  );
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
