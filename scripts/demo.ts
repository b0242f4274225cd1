// The main job from end to end on synthetic studies: the command lines that a user would type, run one after the other.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { duration } from "../src/commands/progressBar.ts";

const out = "demo-out";
const at = (...parts: string[]) => join(out, ...parts);

const drawing = ["--matrix", "256", "--slice-spacing", "12"];

/** Small images and few slices, so that a ResNet18 learns from random weights within minutes on two cores. */
const steps: readonly (readonly string[])[] = [
  ["phantom", at("data"), "--subjects", "90", "--seed", "1", ...drawing],
  ["phantom", at("unseen"), "--subjects", "1", "--follow-up", "2", "--seed", "2026", ...drawing],
  [
    "prepare",
    at("data"),
    "--labels",
    at("data", "labels.csv"),
    "-o",
    at("dataset"),
    "--input-px",
    "64",
    "--max-slices",
    "9",
  ],
  ["train", at("dataset"), "-o", at("run"), "--epochs", "9", "--learning-rate", "1e-3"],
  ["evaluate", at("run")],
];

function groundglass(args: readonly string[]): void {
  process.stderr.write(`\n$ groundglass ${args.join(" ")}\n`);
  const child = spawnSync(process.execPath, [join(import.meta.dirname, "..", "bin", "groundglass.js"), ...args], {
    stdio: "inherit",
  });
  if (child.status !== 0) process.exit(child.status ?? 70);
}

const startedMs = performance.now();
for (const step of steps) groundglass(step);
const [prior, study] = ["p0001-1", "p0001-2"].map((name) => at("unseen", "studies", name));
groundglass(["diagnose", study, "--prior", prior, "--classifier", at("run", "classifier"), "-o", at("diagnosis")]);

process.stdout.write(`
The demo took ${duration((performance.now() - startedMs) / 1000)}. Open these two files in a browser:
  ${at("run", "evaluation", "report.html")}   how good the classifier is, on studies it was not trained on
  ${at("diagnosis", "diagnosis.html")}              what it says of one study that it never saw, and what changed since the one before
`);
