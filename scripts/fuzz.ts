// Spoils files of every kind that is read, thousands of them, and reads each in a guarded process.
// npm run fuzz -- --minutes 10 [--seed 1] [--out FOLDER] [--corpus FOLDER], or: npm run fuzz -- --replay FILE…
// Each file must be read or be refused with one coded error, in 2 s of processor time and 512 MB. Offenders are kept with
// how they were made. Exits with 1 if there is one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/random.ts";
import { GuardedReader, type Outcome } from "./fuzz/guardedReader.ts";
import { mutate } from "./fuzz/mutate.ts";
import { corpusSeedFiles, madeSeedFiles, type SeedFile } from "./fuzz/seedFiles.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: join(tmpdir(), "groundglass-fuzz-offenders") },
    corpus: { type: "string", default: join(import.meta.dirname, "../../shared/data/dicom-corpus") },
    replay: { type: "boolean", default: false },
  },
});

process.exitCode = values.replay ? await replay(positionals) : await fuzz();

/** Reads files as they are; returns the exit code. */
async function replay(paths: readonly string[]): Promise<number> {
  let offenders = 0;
  for (const path of paths) {
    const reader = new GuardedReader();
    const { code, offence, processorMs } = await reader.read(path);
    await reader.close();
    console.log(`${path}: ${offence ?? code} (${Math.round(processorMs)} ms)`);
    if (offence !== undefined) offenders += 1;
  }
  return offenders > 0 ? 1 : 0;
}

async function fuzz(): Promise<number> {
  const endMs = performance.now() + Number(values.minutes) * 60_000;
  const made = await madeSeedFiles();
  const corpus = corpusSeedFiles(values.corpus);
  console.log(`${made.length} files made here, ${corpus.length} of the corpus; seed ${values.seed}`);
  const work = mkdtempSync(join(tmpdir(), "groundglass-fuzz-"));
  const reader = new GuardedReader();
  const counts = new Map<string, number>();
  let offenders = 0;
  let slowest = { processorMs: 0, how: "" };
  let done = 0;
  let shownMs = performance.now();
  const test = async (name: string, bytes: Uint8Array, how: string) => {
    const path = join(work, `case${extname(name)}`);
    writeFileSync(path, bytes);
    const outcome = await reader.read(path);
    const word = outcome.offence === undefined ? (outcome.code ?? "") : "OFFENDER";
    counts.set(word, (counts.get(word) ?? 0) + 1);
    if (outcome.processorMs > slowest.processorMs)
      slowest = { processorMs: outcome.processorMs, how: `${name}, ${how}` };
    if (outcome.offence !== undefined) {
      offenders += 1;
      keep(done, { name, bytes, how, outcome });
    }
    done += 1;
    if (performance.now() - shownMs > 5000) {
      shownMs = performance.now();
      const left = Math.max(0, Math.round((endMs - shownMs) / 1000));
      console.log(`${done} files, ${offenders} offenders, ${left} s left`);
    }
  };
  try {
    for (const { name, bytes } of [...made, ...corpus]) await test(name, bytes, "as it is");
    for (let i = 0; performance.now() < endMs; i++) {
      const random = createRandom(values.seed).fork(i);
      const { name, bytes } = pick(made, corpus, random.uniform(), random.uniform());
      const mutant = mutate(bytes, random);
      await test(name, mutant.bytes, `seed ${values.seed}, case ${i}: ${mutant.how}`);
    }
  } finally {
    await reader.close();
    rmSync(work, { recursive: true, force: true });
  }
  for (const [code, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    console.log(`${String(count).padStart(8)}  ${code}`);
  }
  console.log(`${done} files, ${offenders} offenders`);
  console.log(`the slowest took ${Math.round(slowest.processorMs)} ms of processor time: ${slowest.how}`);
  return offenders > 0 ? 1 : 0;
}

/** One of the files: the small ones that were made here as often as the corpus. */
function pick(made: readonly SeedFile[], corpus: readonly SeedFile[], which: number, where: number): SeedFile {
  const from = corpus.length === 0 || which < 0.5 ? made : corpus;
  return from[Math.floor(where * from.length)] as SeedFile;
}

function keep(
  index: number,
  { name, bytes, how, outcome }: { name: string; bytes: Uint8Array; how: string; outcome: Outcome },
): void {
  mkdirSync(values.out, { recursive: true });
  const path = join(values.out, `${index}-${name}`);
  writeFileSync(path, bytes);
  writeFileSync(`${path}.txt`, `${name}\n${how}\n${outcome.offence}\n`);
  console.log(`${path}: ${how}: ${outcome.offence?.split("\n")[0]}`);
}
