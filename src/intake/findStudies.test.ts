import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeTestFile, testSlice } from "../dicom/testInstance.ts";
import { findStudies } from "./findStudies.ts";
import { readStudy } from "./readStudy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-find-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const slice = (z: number, uid: string) => encodeTestFile(testSlice({ z, elements: { "0020000D": ["UI", uid] } }));

it("finds each study once, where readStudy can be pointed at it, with the same UID", async () => {
  const picture = await sharp(new Uint8Array(4), { raw: { width: 2, height: 2, channels: 1 } })
    .png()
    .toBuffer();
  const files: Record<string, Uint8Array | string> = {
    "labels.csv": "path,label\n",
    "one/series/1": slice(0, "1.1"),
    "one/series/2": slice(2, "1.1"),
    "one/other/3": slice(4, "1.1"),
    "two/1.zip": zipSync({ "a/1": slice(0, "1.2"), "a/2": slice(2, "1.2"), "b/3": slice(4, "1.2") }),
    "three/1.png": picture,
    "three/2.png": picture,
  };
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  const found = await findStudies(folder);
  expect(found).toMatchObject([
    { path: "one", studyUid: "1.1", kind: "dicom", files: 3 },
    { path: "three", kind: "pictures", files: 2 },
    { path: "two/1.zip", studyUid: "1.2", kind: "zip", files: 3 },
  ]);
  for (const { path, studyUid } of found) {
    expect((await readStudy(join(folder, path), { intake: { minSlices: 1 } })).studyUid).toBe(studyUid);
  }
});

it("finds nothing in an empty folder", async () => {
  expect(await findStudies(folder)).toEqual([]);
});

it("tells of what cannot be read and goes on, where it is asked to", async () => {
  await mkdir(join(folder, "good"), { recursive: true });
  await writeFile(join(folder, "good", "1"), slice(0, "1.1"));
  await writeFile(join(folder, "torn.zip"), new Uint8Array([0x50, 0x4b, 3, 4, 1, 2, 3]));
  await writeFile(join(folder, "torn.dcm"), "no DICOM at all");
  await expect(findStudies(folder)).rejects.toMatchObject({ code: "ARCHIVE_UNREADABLE" });
  const faults: [string, string][] = [];
  const found = await findStudies(folder, { onFault: (path, { code }) => faults.push([path, code]) });
  expect(found.map(({ path }) => path)).toEqual(["good"]);
  expect(faults.sort()).toEqual([
    ["torn.dcm", "FILE_TRUNCATED"],
    ["torn.zip", "ARCHIVE_UNREADABLE"],
  ]);
});
