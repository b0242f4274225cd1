// Kills `prepare` and `train` with SIGKILL at random moments, --kills times each (10), resumes them, and compares every file that
// they leave with those of an uninterrupted run. Prints a line for each; exits with 1 if any file differs. Other options are train's:
//   npm run trial:kill -- --kills 30 --optimiser adamw --accumulate 2 --schedule one-cycle
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../src/base/random.ts";
import { differences, untimedDigests } from "./untimedDigests.ts";

const [kills, options] = killsAsked(process.argv.slice(2));
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
  ...options,
];

/** How often to kill, and the arguments that are train's. */
function killsAsked(args: readonly string[]): [number, readonly string[]] {
  const at = args.indexOf("--kills");
  if (at < 0) return [10, args];
  const count = Number(args[at + 1]);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--kills takes a whole number above 0, not ${args[at + 1]}`);
  return [count, args.toSpliced(at, 2)];
}

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

async function killAndResume(name: string, command: (out: string) => string[], reference: string): Promise<boolean> {
  const random = createRandom(`kill ${name}`);
  const whole = await run(command(reference));
  const expected = untimedDigests(at(reference));
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
    bad.push(...differences(expected, untimedDigests(at(out))).map((file) => `${out}/${file}`));
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
