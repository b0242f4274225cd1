import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createRandom } from "../src/base/random.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import { encodeSafetensors } from "../src/network/safetensors.ts";

const work = mkdtempSync(join(tmpdir(), "weights-"));
afterAll(() => rmSync(work, { recursive: true }));

function groundglass(...args: string[]) {
  const bin = join(import.meta.dirname, "..", "bin", "groundglass.js");
  const env = { ...process.env, GROUNDGLASS_WEIGHTS: join(work, "cache") };
  return spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env });
}

it("weights add, list and check work on a file, and train asks for what was not fetched", () => {
  const path = join(work, "stem.safetensors");
  const stem = [...initialStateDict({ name: "resnet18", classes: 3 }, createRandom(1))].slice(0, 5);
  writeFileSync(path, encodeSafetensors(new Map(stem)));

  const added = groundglass("weights", "add", path, "--license", "CC0");
  expect(added.status).toBe(0);
  expect(added.stdout).toMatch(/5 of 102 arrays loaded[\s\S]*Use it: --pretrained stem/);

  const { weights } = JSON.parse(groundglass("weights", "list", "--json").stdout);
  expect(weights.find((one: { name: string }) => one.name === "stem")).toMatchObject({ license: "CC0", url: null });

  const [report] = JSON.parse(groundglass("weights", "check", "stem", "--network", "resnet18", "--json").stdout);
  expect(report.loaded[0]).toEqual({ name: "conv1.weight", shape: [64, 3, 7, 7], from: "conv1.weight" });
  expect(report.missing).toHaveLength(97);

  const training = groundglass("train", join(work, "none"), "-o", join(work, "run"), "--pretrained", "imagenet");
  expect(training.stderr).toContain("groundglass weights pull imagenet-resnet18");
  const unfinished = groundglass("weights", "add", "--json");
  expect(JSON.parse(unfinished.stderr).error).toMatchObject({ code: "ARGUMENTS", exitCode: 2 });
});
