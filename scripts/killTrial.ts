// Kills `prepare` and `train` with SIGKILL at random moments, ten times each, resumes them, and compares every file that
// they leave with those of an uninterrupted run. Prints a table; exits with 1 if any file differs. Options are train's:
//   npm run trial:kill -- --optimiser adamw --accumulate 2 --schedule one-cycle
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createRandom } from "../src/base/random.ts";

const kills = 10;
const work = mkdtempSync(join(tmpdir(), "groundglass-kill-"));
const door = join(import.meta.dirname, "..", "bin", "groundglass.js");
const at = (name: string) => join(work, name);
const prepare = (out: string) => [
  "prepare",
  at("data"),
  "--labels",
  at("data/labels.csv"),
  "-o",
  at(out),
  "--input-px",
  "32",
];
const train = (out: string) => [
  "train",
  at("dataset"),
  "-o",
  at(out),
  "--epochs",
  "8",
  "--batch",
  "16",
  "--learning-rate",
  "1e-3",
  ...process.argv.slice(2),
];

/** Seconds are what two equal runs may differ in; a checkpoint's header holds them too, as JSON within JSON. */
const timed = /(\\?"(?:waitedS|s)econds\\?":\s*)[0-9.e-]+/g;

/** Runs a command; kills it, worker threads and all, after some milliseconds. Resolves to whether it ended by itself. */
function run(args: readonly string[], killAfterMs?: number): Promise<{ ended: boolean; ms: number }> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [door, ...args, "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (signal !== "SIGKILL" && code !== 0) reject(new Error(`groundglass ${args.join(" ")} ended with ${code}`));
      else resolve({ ended: signal !== "SIGKILL", ms: performance.now() - startedMs });
    });
  });
}

function digests(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const isText = /\.(json|jsonl|csv|html|svg)$/.test(entry.name);
    const content = isText
      ? untimed(bytes.toString("utf8"))
      : entry.name.endsWith(".safetensors")
        ? tensorsOf(bytes)
        : bytes;
    found.set(relative(folder, path), createHash("sha256").update(content).digest("hex"));
  }
  return found;
}

function untimed(text: string): string {
  return text.replaceAll(timed, "$10");
}

/** A safetensors file without the length and the padding of its header. */
function tensorsOf(bytes: Buffer): Buffer {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  return Buffer.concat([Buffer.from(untimed(bytes.toString("utf8", 8, end)).trimEnd()), bytes.subarray(end)]);
}

function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}

async function killAndResume(name: string, command: (out: string) => string[], reference: string): Promise<boolean> {
  const random = createRandom(`kill ${name}`);
  const whole = await run(command(reference));
  const expected = digests(at(reference));
  const bad: string[] = [];
  let killed = 0;
  for (let round = 1; killed < kills; round++) {
    const out = `${name}-${round}`;
    while (killed < kills) {
      const { ended } = await run(command(out), random.between(0.05, 0.95) * whole.ms);
      if (ended) break;
      killed += 1;
    }
    await run(command(out));
    bad.push(...differences(expected, digests(at(out))).map((file) => `${out}/${file}`));
    rmSync(at(out), { recursive: true });
  }
  const verdict = bad.length === 0 ? "all equal" : `DIFFERENT: ${bad.join(", ")}`;
  process.stdout.write(`${name}: ${killed} kills, ${expected.size} files compared byte for byte: ${verdict}\n`);
  return bad.length === 0;
}

try {
  await run(["phantom", at("data"), "--subjects", "12", "--seed", "5", "--matrix", "128", "--slice-spacing", "12"]);
  const isPrepareGood = await killAndResume("prepare", prepare, "dataset");
  const isTrainGood = await killAndResume("train", train, "run");
  process.exitCode = isPrepareGood && isTrainGood ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
