// A long training that is killed again and again, and whose disk fills once: a plan of several runs must end with every run finished, and
// the runs that were stopped on the way must hold the files of runs that never were, byte for byte, seconds aside.
//   npm run trial:long -- DATASET --out FOLDER [--kill-minutes 10] [--disk 1g] [--larger-disk 8g] [--compare 3] -- TRAIN'S OPTIONS
// Trains on a disk in memory, which only a superuser may mount (exit 3 where it cannot) and which stays: umount FOLDER/disk when you are done.
// The same command goes on where it was stopped. FOLDER/log.txt has what train says; FOLDER/again the runs trained without a stop.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/random.ts";
import { runPaths } from "../src/classifier/run.ts";
import { differences, untimedDigests } from "./untimedDigests.ts";

const { ours, trains } = splitArguments(process.argv.slice(2));
const { values, positionals } = parseArgs({
  args: ours,
  allowPositionals: true,
  options: {
    out: { type: "string" },
    "kill-minutes": { type: "string", default: "10" },
    disk: { type: "string", default: "1g" },
    "larger-disk": { type: "string", default: "8g" },
    compare: { type: "string", default: "3" },
  },
});
const [dataset] = positionals;
if (dataset === undefined || values.out === undefined) throw new Error("Name a dataset and --out FOLDER.");
const out = resolve(values.out);
const [disk, log] = [join(out, "disk"), join(out, "log.txt")];
const plan = join(disk, "plan");
const door = join(import.meta.dirname, "..", "bin", "groundglass.js");
const startedMs = Date.now();

function splitArguments(args: readonly string[]): { ours: string[]; trains: string[] } {
  const at = args.indexOf("--");
  return at < 0 ? { ours: [...args], trains: [] } : { ours: args.slice(0, at), trains: args.slice(at + 1) };
}

function say(text: string): void {
  const line = `${((Date.now() - startedMs) / 60_000).toFixed(1).padStart(6)} min  ${text}`;
  console.log(line);
  appendFileSync(log, `${line}\n`);
}

function mount(size: string, isThere: boolean): boolean {
  const options = isThere ? `remount,size=${size}` : `size=${size}`;
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk], { stdio: "inherit" }).status === 0;
}

/** Trains into a folder; resolves to how that ended: finished, killed, DISK_FULL, or the exit status of another error. */
function train(folder: string, options: readonly string[], killAfterMs?: number): Promise<string> {
  const before = existsSync(log) ? statSync(log).size : 0;
  const to = openSync(log, "a");
  const child = spawn(process.execPath, [door, "train", resolve(dataset ?? ""), "-o", folder, ...options], {
    stdio: ["ignore", to, to],
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  return new Promise((done) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const said = readFileSync(log).subarray(before).toString("utf8");
      if (signal === "SIGKILL") done("killed");
      else done(code === 0 ? "finished" : said.includes("DISK_FULL") ? "DISK_FULL" : `exit ${code}`);
    });
  });
}

/** The run that was under way, and how many of its epochs are in its history. */
function underWay(): { name: string; epochs: number } | undefined {
  if (!existsSync(join(plan, "runs"))) return undefined;
  const name = readdirSync(join(plan, "runs")).find((run) => !isFinished(run));
  if (name === undefined) return undefined;
  const history = join(plan, "runs", name, "history.jsonl");
  return { name, epochs: existsSync(history) ? readFileSync(history, "utf8").trim().split("\n").length : 0 };
}

function isFinished(name: string): boolean {
  return existsSync(join(runPaths(join(plan, "runs", name)).classifier, "classifier.json"));
}

/** The file that the options name for a network's first weights: a plan keeps its name without its folder. */
function weightsOf(network: string): string {
  const named = trains[trains.indexOf("--pretrained") + 1]?.split(",").find((one) => one.startsWith(`${network}=`));
  if (named === undefined) throw new Error(`--pretrained names no ${network}=FILE`);
  return named.slice(network.length + 1);
}

/** The runs that were stopped on the way, by this call and those before it. */
function stoppedRuns(): Set<string> {
  const lines = readFileSync(log, "utf8").matchAll(/(?:killed|DISK_FULL): (\S+) after epoch/g);
  return new Set([...lines].map(([, name]) => name ?? ""));
}

/** The options of train without some of them. */
function trainsWithout(...names: readonly string[]): string[] {
  return trains.filter((text, i) => !names.includes(text) && !names.includes(trains[i - 1] ?? ""));
}

/** Trains the plan to its end through kills and a full disk. */
async function trainThrough(): Promise<void> {
  const random = createRandom("long trial");
  const minutes = Number(values["kill-minutes"]);
  while (true) {
    const end = await train(plan, trains, random.between(0.5, 1.5) * minutes * 60_000);
    const at = underWay();
    say(`${end}${at === undefined ? "" : `: ${at.name} after epoch ${at.epochs}`}`);
    if (end === "finished") return;
    if (end === "DISK_FULL") {
      if (!mount(values["larger-disk"] ?? "", true)) throw new Error("The disk cannot be made larger");
      say(`the disk is ${values["larger-disk"]} now`);
    } else if (end !== "killed") throw new Error(`train ended with ${end}; see ${log}`);
  }
}

mkdirSync(disk, { recursive: true });
if (!existsSync(plan) && !mount(values.disk ?? "", false)) {
  console.error(
    "A disk in memory cannot be mounted here: run this as root, on Linux, in a container with CAP_SYS_ADMIN.",
  );
  process.exit(3);
}
await trainThrough();
const stopped = stoppedRuns();
const { runs } = JSON.parse(readFileSync(join(plan, "plan.json"), "utf8"));
const unfinished = runs.filter(({ name }: { name: string }) => !isFinished(name));
say(`${runs.length - unfinished.length} of ${runs.length} runs are finished; ${stopped.size} were stopped on the way`);
let isEqual = true;
for (const name of [...stopped].slice(0, Number(values.compare))) {
  const { network, pretrained, seed } = runs.find((run: { name: string }) => run.name === name);
  const from = pretrained === null ? "none" : `${network}=${weightsOf(network)}`;
  const again = join(out, "again", name);
  const single = ["--network", network, "--pretrained", from, "--seeds", String(seed)];
  const end = await train(again, [...trainsWithout("--network", "--pretrained", "--seeds"), ...single]);
  if (end !== "finished") throw new Error(`train ended with ${end}; see ${log}`);
  const [expected, found] = [join(again, "runs", name), join(plan, "runs", name)].map(untimedDigests);
  const differing = differences(expected ?? new Map(), found ?? new Map());
  isEqual &&= differing.length === 0;
  say(`${name} without a stop: ${expected?.size} files compared byte for byte: ${differing.join(", ") || "all equal"}`);
}
process.exitCode = unfinished.length === 0 && isEqual ? 0 : 1;
