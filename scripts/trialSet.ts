// The phantoms and the run that the trials of evidence and of what is analysable share; made where they are missing.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const trialFolder = join(".bench", "evidence");

/** ResNet18 at 160 px on 120 drawn subjects: large enough that a heat map has places. About a quarter of an hour. */
export function makeTrialRun(pretrained: string | undefined): { data: string; run: string; dataset: string } {
  const at = (name: string) => join(trialFolder, name);
  const [data, dataset, run] = [drawTrialSet(), at("dataset"), at("run")];
  const labels = ["--labels", join(data, "labels.csv")];
  groundglass(["prepare", data, ...labels, "-o", dataset, "--input-px", "160", "--max-slices", "9"]);
  const start = pretrained === undefined ? [] : ["--pretrained", pretrained];
  groundglass(["train", dataset, "-o", run, "--epochs", "5", "--learning-rate", "3e-4", ...start]);
  return { data, dataset, run };
}

/** The phantoms alone: 120 subjects of all three classes. */
export function drawTrialSet(): string {
  const data = join(trialFolder, "data");
  groundglass(["phantom", data, "--subjects", "120", "--seed", "11", "--matrix", "256", "--slice-spacing", "10"]);
  return data;
}

/** Runs the program as a user would; ends this process where it fails. */
export function groundglass(args: readonly string[]): void {
  process.stderr.write(`\n$ groundglass ${args.join(" ")}\n`);
  const program = join(import.meta.dirname, "..", "bin", "groundglass.js");
  const child = spawnSync(process.execPath, [program, ...args], { stdio: "inherit" });
  if (child.status !== 0) process.exit(child.status ?? 70);
}
