import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStudy } from "../src/intake/readStudy.ts";
import { drawPhantoms } from "../src/phantom/drawPhantoms.ts";

const door = join(import.meta.dirname, "..", "bin", "groundglass.js");
const work = mkdtempSync(join(tmpdir(), "groundglass-bad-"));
const at = (...parts: string[]) => join(work, ...parts);
let study: string;

/** Runs a verb as a user would; the error as scripts see it. */
function groundglass(...args: string[]): { status: number | null; code?: string; message: string; stdout: string } {
  const child = spawnSync(process.execPath, [door, ...args, "--json", "--quiet"], { encoding: "utf8" });
  const line = child.stderr.split("\n").find((text) => text.startsWith("{"));
  const error = line === undefined ? undefined : JSON.parse(line).error;
  return { status: child.status, code: error?.code, message: error?.message ?? child.stderr, stdout: child.stdout };
}

/** Prepares a folder that holds one study, `case`, beside the good ones that a split needs. */
function prepare(name: string, spoil: (folder: string) => void, labels?: string) {
  const data = at(name);
  cpSync(at("phantoms", "studies"), join(data, "studies"), { recursive: true });
  spoil(join(data, "studies", study));
  writeFileSync(join(data, "labels.csv"), labels ?? readFileSync(at("phantoms", "labels.csv"), "utf8"));
  const out = at(`${name}-dataset`);
  const outcome = groundglass("prepare", data, "--labels", join(data, "labels.csv"), "-o", out, "--input-px", "32");
  return { ...outcome, out };
}

const filesOf = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((file) => join(folder, file));

/** Replaces text by text of the same length in a file's bytes. */
function replaceInFile(path: string, from: string, to: string): void {
  expect(to).toHaveLength(from.length);
  const text = readFileSync(path, "latin1");
  expect(text).toContain(from);
  writeFileSync(path, text.replaceAll(from, to), "latin1");
}

function elementText(path: string, name: "kernel" | "series"): string {
  // (0018,1210) Convolution Kernel SH and (0020,000E) Series Instance UID UI, explicit VR little endian.
  const tag = name === "kernel" ? "\x18\x00\x10\x12SH" : "\x20\x00\x0e\x00UI";
  const bytes = readFileSync(path);
  const start = bytes.indexOf(Buffer.from(tag, "latin1"));
  const length = bytes.readUInt16LE(start + 6);
  return bytes.toString("latin1", start + 8, start + 8 + length);
}

beforeAll(async () => {
  const set = await drawPhantoms(at("phantoms"), { subjects: 9, seed: 4, matrix: 64, sliceSpacingMm: 15 });
  study = set.studies[0]!.name;
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Other studies that were finished stay for the next try; nothing half-made does, and nothing that train would read. */
function expectNothingHalfMade(out: string): void {
  if (!existsSync(out)) return;
  const files = readdirSync(out, { recursive: true }).map(String);
  expect(files.filter((name) => name.endsWith(".part") || name.endsWith("dataset.json"))).toEqual([]);
  const prepared = (ending: string) =>
    files.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  expect(prepared(".json").filter((name) => !prepared(".u8").includes(name))).toEqual([]);
}

describe("bad input ends with a code of its own, exit code 2, and leaves nothing half-made", () => {
  it("an empty folder", () => {
    mkdirSync(at("empty"));
    expect(groundglass("diagnose", at("empty"), "--classifier", at("none"), "-o", at("d1"))).toMatchObject({
      status: 2,
    });
    const outcome = prepare("empty-study", (folder) => {
      for (const file of filesOf(folder)) rmSync(file);
    });
    expect(outcome).toMatchObject({ status: 2, code: "NO_IMAGES" });
    expectNothingHalfMade(outcome.out);
  });

  it("a folder without CT", () => {
    const outcome = prepare("no-ct", (folder) => {
      for (const file of filesOf(folder)) {
        replaceInFile(file, "1.2.840.10008.5.1.4.1.1.2\0", "1.2.840.10008.5.1.4.1.1.4\0");
        replaceInFile(file, "CS\x02\0CT", "CS\x02\0MR");
      }
    });
    expect(outcome).toMatchObject({ status: 2, code: "NO_CT" });
    expectNothingHalfMade(outcome.out);
  });

  it("a series with a gap", () => {
    const outcome = prepare("gap", (folder) => {
      // Instance numbers need not be anatomical; without a third of the files there is a gap somewhere inside.
      for (const file of filesOf(folder).filter((_, i) => i % 3 === 1)) rmSync(file);
    });
    expect(outcome).toMatchObject({ status: 2, code: "SLICE_GAP" });
    expectNothingHalfMade(outcome.out);
  });

  it("a series with two different slices at one position", () => {
    const outcome = prepare("duplicate", (folder) => {
      const [first] = filesOf(folder) as [string];
      const bytes = readFileSync(first);
      bytes.fill(0, bytes.length - 2000);
      writeFileSync(join(folder, "again.dcm"), bytes);
    });
    expect(outcome).toMatchObject({ status: 2, code: "DUPLICATE_POSITION" });
    expectNothingHalfMade(outcome.out);
  });

  it("one series whose slices have different kernels", () => {
    const outcome = prepare("mixed-kernels", (folder) => {
      const files = filesOf(folder);
      const kernel = elementText(files[0]!, "kernel");
      for (const file of files.filter((_, i) => i % 2 === 0)) replaceInFile(file, kernel, "X".repeat(kernel.length));
    });
    expect(outcome).toMatchObject({ status: 2, code: "KERNELS_MIXED" });
    expectNothingHalfMade(outcome.out);
  });

  it("two series of different kernels: one is chosen, with a coded warning, or the setting refuses with a code", async () => {
    const outcome = prepare("two-kernels", (folder) => {
      const files = filesOf(folder);
      const kernel = elementText(files[0]!, "kernel");
      const series = elementText(files[0]!, "series");
      mkdirSync(join(folder, "second"));
      for (const file of files) {
        const copy = join(folder, "second", `${file.split(/[\\/]/).at(-1)}`);
        cpSync(file, copy);
        replaceInFile(copy, kernel, "X".repeat(kernel.length));
        replaceInFile(copy, series, `9${series.slice(1)}`);
      }
    });
    expect(outcome.status).toBe(0);
    const warnings = JSON.parse(outcome.stdout).cases.flatMap(
      (one: { prepared: { warnings: { code: string }[] } }) => one.prepared.warnings,
    );
    expect(warnings.map((warning: { code: string }) => warning.code)).toContain("KERNELS_SEVERAL");
    const refusing = readStudy(at("two-kernels", "studies", study), {
      intake: { findings: { KERNELS_SEVERAL: "refuse" } },
    });
    await expect(refusing).rejects.toMatchObject({ code: "KERNELS_SEVERAL" });
  });

  it("a truncated file", () => {
    const outcome = prepare("truncated", (folder) => truncateSync(filesOf(folder)[0]!, 3000));
    expect(outcome).toMatchObject({ status: 2, code: "FILE_TRUNCATED" });
    expectNothingHalfMade(outcome.out);
  });

  it("a label file with a subject in two splits, the line named", () => {
    const rows = readFileSync(at("phantoms", "labels.csv"), "utf8").trim().split("\n");
    const labels = rows.map((row, i) =>
      i === 0 ? `${row},split` : `${row},${["training", "validation", "test"][i % 3]}`,
    );
    labels[2] = labels[2]!.replace(/,PHANTOM-\d+,/, `,${rows[1]!.split(",")[1]},`);
    const outcome = prepare("two-splits", () => {}, `${labels.join("\n")}\n`);
    expect(outcome).toMatchObject({ status: 2, code: "SUBJECT_IN_TWO_SPLITS" });
    expect(outcome.message).toMatch(/line 3|:3/);
    expectNothingHalfMade(outcome.out);
  });

  it("a classifier folder with a missing file", () => {
    mkdirSync(at("classifier"));
    const outcome = groundglass(
      "diagnose",
      at("phantoms", "studies", study),
      "--classifier",
      at("classifier"),
      "-o",
      at("d2"),
    );
    expect(outcome).toMatchObject({ status: 2, code: "CLASSIFIER_INCOMPLETE" });
    expect(existsSync(at("d2"))).toBe(false);
  });

  it("a full disk (a small tmpfs), without a half-written file", (context) => {
    const small = at("small");
    mkdirSync(small);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
    if (mounted.status !== 0) context.skip("mounting a tmpfs needs root");
    try {
      const labels = at("phantoms", "labels.csv");
      const outcome = groundglass(
        "prepare",
        at("phantoms"),
        "--labels",
        labels,
        "-o",
        join(small, "dataset"),
        "--input-px",
        "64",
      );
      expect(outcome).toMatchObject({ status: 2, code: "DISK_FULL" });
      expectNothingHalfMade(join(small, "dataset"));
    } finally {
      spawnSync("umount", [small]);
    }
  });
});

describe("no identity of a patient", () => {
  it("reaches the data set, whatever the DICOM files hold", () => {
    const outcome = prepare("identity", (folder) => {
      for (const file of filesOf(folder)) replaceInFile(file, "PHANTOM-0001", "SECRET-00042");
    });
    expect(outcome.status).toBe(0);
    for (const entry of readdirSync(outcome.out, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        expect(readFileSync(join(entry.parentPath, entry.name), "latin1")).not.toMatch(/SECRET-00042|Phantom\^/);
    }
  });
});
