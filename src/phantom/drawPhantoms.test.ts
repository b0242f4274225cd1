import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import dicomParser from "dicom-parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProgressUpdate } from "../base/progress.ts";
import { drawPhantoms } from "./drawPhantoms.ts";
import { studyTruthSchema } from "./truth.ts";

const options = { subjects: 3, seed: 5, matrix: 64, sliceSpacingMm: 18 };
let work = "";
const at = (...parts: string[]) => join(work, ...parts);

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "groundglass-"));
  await drawPhantoms(at("one"), { ...options, workers: 1 });
});
afterAll(() => rmSync(work, { recursive: true }));

test("the bytes do not depend on the number of workers", async () => {
  await drawPhantoms(at("two"), { ...options, workers: 3 });
  expect(digests(at("two"))).toEqual(digests(at("one")));
});

test("a stopped run goes on: whole studies are kept, the others drawn again, to the same bytes", async () => {
  const set = await drawPhantoms(at("stopped"), options);
  const [kept, lost, torn] = set.studies.map(({ name }) => name);
  rmSync(at("stopped", "phantoms.json"));
  rmSync(at("stopped", "truth", `${lost}.json`));
  rmSync(at("stopped", "studies", torn!, "0001.dcm"));
  mkdirSync(at("stopped", ".drawing", lost!), { recursive: true });
  writeFileSync(at("stopped", ".drawing", lost!, "0001.dcm"), "half a fi");
  const before = statSync(at("stopped", "studies", kept!, "0001.dcm")).mtimeMs;
  const heard: ProgressUpdate[] = [];
  await drawPhantoms(at("stopped"), { ...options, progress: (update) => heard.push(update) });
  expect(digests(at("stopped"))).toEqual(digests(at("one")));
  expect(statSync(at("stopped", "studies", kept!, "0001.dcm")).mtimeMs).toBe(before);
  expect(heard[0]).toEqual({ stage: "drawing", done: set.studies.length - 2, total: set.studies.length });
  expect(heard.at(-1)).toMatchObject({ done: set.studies.length });
});

test("other settings in the same folder are refused, naming them", async () => {
  await expect(drawPhantoms(at("one"), { ...options, seed: 6 })).rejects.toMatchObject({
    code: "PHANTOM_SETTINGS_DIFFER",
    message: expect.stringContaining("seed 5 instead of 6"),
  });
});

test("a folder that holds something else is refused and left alone", async () => {
  mkdirSync(at("taken"));
  writeFileSync(at("taken", "thesis.txt"), "x");
  await expect(drawPhantoms(at("taken"), options)).rejects.toMatchObject({ code: "PHANTOM_FOLDER_TAKEN" });
  expect(readdirSync(at("taken"))).toEqual(["thesis.txt"]);
  await expect(drawPhantoms(at("taken", "thesis.txt"), options)).rejects.toMatchObject({
    code: "PHANTOM_FOLDER_TAKEN",
  });
});

test("settings that cannot be drawn are refused before anything is written", async () => {
  for (const wrong of [{ subjects: 0 }, { matrix: 20 }, { sliceSpacingMm: Number.NaN }, { seed: 1.5 }]) {
    await expect(drawPhantoms(at("wrong"), { ...options, ...wrong })).rejects.toMatchObject({
      code: "PHANTOM_SETTINGS_INVALID",
      message: expect.stringContaining(Object.keys(wrong)[0]!),
    });
  }
  expect(readdirSync(work)).not.toContain("wrong");
});

test("labels, truth and files agree", () => {
  const rows = readFileSync(at("one", "labels.csv"), "utf8").trim().split("\n");
  expect(rows[0]).toBe("path,subject,study,label");
  const sliceRows = readFileSync(at("one", "slice-labels.csv"), "utf8").trim().split("\n");
  const shownRows = readFileSync(at("one", "slice-manifestations.csv"), "utf8").trim().split("\n");
  expect(shownRows.filter((row) => !row.endsWith(","))).toHaveLength(sliceRows.length);
  expect(sliceRows[0]).toBe("study,slice,label");
  let labelled = 0;
  for (const row of rows.slice(1)) {
    const [path, subject, name, label] = row.split(",");
    const truth = studyTruthSchema.parse(JSON.parse(readFileSync(at("one", "truth", `${name}.json`), "utf8")));
    expect(truth).toMatchObject({ path, subject, label });
    const voxels = truth.shape[0] * truth.shape[1] * truth.shape[2];
    for (const mask of [truth.masks.lungs, truth.masks.lesions]) {
      expect(gunzipSync(readFileSync(at("one", mask)))).toHaveLength(voxels);
    }
    const files = readdirSync(at("one", path!)).map((file) => {
      const data = dicomParser.parseDicom(readFileSync(at("one", path!, file)));
      expect(data.string("x0020000d")).toBe(truth.studyUid);
      expect(data.string("x00100020")).toBe(subject);
      expect(Number(file.slice(0, 4))).toBe(data.intString("x00200013"));
      return { uid: data.string("x00080018"), z: data.floatString("x00200032", 2)! };
    });
    files.sort((a, b) => a.z - b.z);
    expect(files.map(({ uid }) => uid)).toEqual(truth.slices.map(({ uid }) => uid));
    for (let i = 1; i < files.length; i++) expect(files[i]!.z - files[i - 1]!.z).toBeCloseTo(truth.spacingMm[0], 3);
    for (const slice of truth.slices) {
      if (slice.label === null) continue;
      labelled += 1;
      expect(sliceRows).toContain(`${name},${slice.uid},${slice.label}`);
    }
  }
  expect(labelled).toBe(sliceRows.length - 1);
});

function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), createHash("sha256").update(readFileSync(path)).digest("hex")] as const)
      .sort(),
  );
}
