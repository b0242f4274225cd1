import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const work = mkdtempSync(join(tmpdir(), "groundglass-commands-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function groundglass(...args: string[]) {
  return spawnSync(process.execPath, [join(root, "bin", "groundglass.js"), ...args], { encoding: "utf8" });
}

const verbs = ["phantom", "inspect", "prepare", "audit", "train", "predict", "evaluate", "diagnose"];

describe("the command line", () => {
  it("names every verb and says that it is for research", () => {
    const { stdout, status } = groundglass("--help");
    expect(status).toBe(0);
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    expect(stdout).toContain("not a medical device");
  });

  it.each(verbs)("shows the options and an example of %s, in kebab case and without colour codes in a pipe", (verb) => {
    const { stdout, status } = groundglass(verb, "--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`EXAMPLES?\\n\\n {2}groundglass ${verb} `));
    expect(stdout).toContain("--json");
    expect(stdout).not.toMatch(/--[a-z]+[A-Z]/);
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    [["pahntom"], "VERB_UNKNOWN"],
    [["train", "dataset", "-o", "run", "--epoch", "3"], "OPTION_UNKNOWN"],
    [["train", "dataset"], "ARGUMENTS"],
    [["train", "dataset", "extra", "-o", "run"], "ARGUMENTS"],
    [["train", "dataset", "-o", "run", "--epochs"], "ARGUMENTS"],
    [["train", "dataset", "-o", "run", "--epochs", "many"], "OPTION_INVALID"],
    [["train", "dataset", "-o", "run", "--epochs", "1.5"], "OPTION_INVALID"],
    [["predict", "run", "dataset", "--device", "tpu"], "OPTION_INVALID"],
    [["diagnose", "study", "--classifier", "run", "-o", "out", "--device", "tpu"], "OPTION_INVALID"],
    [["diagnose", "study", "--classifier", "run", "-o", "out", "--days", "14"], "OPTION_INVALID"],
    [["phantom", join(work, "p"), "--subjects", "0"], "OPTION_INVALID"],
    [["prepare", work, "--labels", join(work, "none.csv"), "-o", join(work, "d")], "FILE_MISSING"],
    [["evaluate", join(work, "none")], "RUN_INCOMPLETE"],
  ])("refuses %j with %s and exit code 2, in words and in JSON", (args, code) => {
    const words = groundglass(...args);
    expect(words.status).toBe(2);
    expect(words.stderr).toContain(`groundglass: ${code}: `);
    const json = groundglass(...args, "--json");
    expect(JSON.parse(json.stderr.trim().split("\n").at(-1) ?? "").error).toMatchObject({ code, exitCode: 2 });
  });

  it("prints the package's version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(groundglass("--version").stdout.trim()).toBe(version);
  });

  it("draws phantoms and prints the set as JSON on standard output alone", () => {
    const args = [
      "phantom",
      join(work, "phantoms"),
      "--subjects",
      "1",
      "--matrix",
      "64",
      "--slice-spacing",
      "20",
      "--json",
    ];
    const { stdout, status } = groundglass(...args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: "groundglass-phantoms/1", subjects: 1 });
  });
});
