// A training that fills its disk: it must end with DISK_FULL, keep its last checkpoint, and with room made go on to the files of a run
// that was never stopped, byte for byte. Makes small data, and a disk in memory, which only a superuser may mount (exit 3 where it
// cannot). Options are train's:
//   npm run trial:full-disk [-- --optimiser adamw …]
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPaths } from "../src/classifier/run.ts";
import { readCheckpoint } from "../src/training/checkpoint.ts";
import { differences, untimedDigests } from "./untimedDigests.ts";

/** Holds one checkpoint of ResNet18 with Adam's moments (135 MB) and the best weights (45 MB), but no second beside them. */
const [smallDisk, largeDisk] = ["200m", "1g"];
const epochs = 3;
const work = mkdtempSync(join(tmpdir(), "groundglass-disk-"));
const at = (name: string) => join(work, name);
const door = join(import.meta.dirname, "..", "bin", "groundglass.js");

interface Ended {
  readonly exitCode: number | null;
  /** The code of the error that it ended with. */
  readonly code: string | null;
  readonly seconds: number;
}

function groundglass(...args: readonly string[]): Promise<Ended> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [door, ...args, "--quiet", "--json"], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return new Promise((resolve) => {
    child.on("close", (exitCode) => {
      const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;
      resolve({ exitCode, code, seconds: (performance.now() - startedMs) / 1000 });
    });
  });
}

async function succeed(...args: readonly string[]): Promise<Ended> {
  const ended = await groundglass(...args);
  if (ended.exitCode !== 0) throw new Error(`groundglass ${args[0]} ended with ${ended.code ?? ended.exitCode}`);
  return ended;
}

const train = (out: string) => [
  "train",
  at("dataset"),
  "-o",
  out,
  "--epochs",
  String(epochs),
  "--batch",
  "16",
  ...process.argv.slice(2),
];

/** Mounts a disk in memory, or gives a mounted one another size; returns whether that is allowed. */
function mount(folder: string, size: string, isThere = false): boolean {
  const options = isThere ? `remount,size=${size}` : `size=${size}`;
  const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], {
    encoding: "utf8",
  });
  if (status !== 0) console.error(`mount: ${(stderr || String(error ?? "")).trim()}`);
  return status === 0;
}

let failed = 0;
function say(isGood: boolean, text: string): void {
  if (!isGood) failed += 1;
  console.log(`${isGood ? "yes" : "NO "} ${text}`);
}

/** The last checkpoint, loaded as training loads it, from a copy on a disk with room; and what stands half-written beside it. */
async function lastCheckpoint(run: string): Promise<{ epoch: number | undefined; partial: string[] }> {
  const { checkpoints } = runPaths(run);
  const partial = readdirSync(checkpoints).filter((name) => name.endsWith(".part"));
  const copy = at("kept");
  cpSync(checkpoints, copy, { recursive: true });
  const epoch = (await readCheckpoint(copy))?.epoch;
  rmSync(copy, { recursive: true });
  return { epoch, partial };
}

async function trial(disk: string): Promise<void> {
  await succeed("phantom", at("data"), "--subjects", "12", "--seed", "5", "--matrix", "128", "--slice-spacing", "12");
  await succeed("prepare", at("data"), "--labels", at("data/labels.csv"), "-o", at("dataset"), "--input-px", "32");
  const whole = await succeed(...train(at("whole")));
  console.log(`a run never stopped: ${epochs} epochs in ${whole.seconds.toFixed(0)} s`);

  const run = join(disk, "run");
  for (const time of ["first", "again, without room"]) {
    const { exitCode, code } = await groundglass(...train(run));
    say(exitCode === 2 && code === "DISK_FULL", `${time}: ended with ${code}, exit ${exitCode}`);
    const { epoch, partial } = await lastCheckpoint(run);
    say(epoch === 1, `its last checkpoint loads: epoch ${epoch}, of ${epochs}`);
    say(partial.length === 0, `nothing stands half-written beside it ${partial.join(", ")}`);
    say(!existsSync(runPaths(run).classifier), "it left no classifier");
  }

  if (!mount(disk, largeDisk, true)) throw new Error("The disk cannot be made larger");
  const { exitCode, code } = await groundglass(...train(run));
  say(exitCode === 0, `with room made, the same command went on and ended with exit ${exitCode} ${code ?? ""}`);
  const [expected, found] = [untimedDigests(at("whole")), untimedDigests(run)];
  const differing = differences(expected, found);
  const [weights, predictions] = ["classifier/weights.safetensors", "predictions/test.json"];
  say(expected.has(weights) && expected.has(predictions), `${weights} and ${predictions} are among the files`);
  say(
    differing.length === 0,
    `${expected.size} files compared byte for byte, seconds aside: ${differing.join(", ") || "all equal"}`,
  );
}

// A stop from the keyboard stops the command under way; what follows cleans up.
process.on("SIGINT", () => {});
const disk = at("disk");
let isMounted = false;
try {
  mkdirSync(disk);
  isMounted = mount(disk, smallDisk);
  if (isMounted) {
    await trial(disk);
    process.exitCode = failed === 0 ? 0 : 1;
  } else {
    console.error(
      "A disk in memory cannot be mounted here: run this as root, on Linux, in a container with CAP_SYS_ADMIN.",
    );
    process.exitCode = 3;
  }
} finally {
  if (isMounted) spawnSync("umount", ["--lazy", disk]);
  rmSync(work, { recursive: true, force: true });
}
