import { createSecretKey } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTestFile, testSlice } from "../dicom/testInstance.ts";
import { deidentifyStudies } from "./deidentifyStudies.ts";
import { readStudy } from "./readStudy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-deidentify-"));
  await mkdir(join(folder, "Doe Jane"), { recursive: true });
  for (const z of [0, 2, 4]) await writeFile(join(folder, "Doe Jane", `${z}.dcm`), encodeTestFile(testSlice({ z })));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = createSecretKey(Buffer.alloc(32, 7));
const input = () => join(folder, "Doe Jane");
const out = () => join(folder, "out");

async function filesIn(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((path) => path.endsWith(".dcm")).sort();
}

describe("deidentifyStudies", () => {
  it("writes a study that reads the same, under names that follow from the key alone", async () => {
    const report = await deidentifyStudies(input(), { out: out(), key });
    expect(report).toMatchObject({ subjects: 1, studies: 1, files: 3, leftAside: {} });
    const files = await filesIn(out());
    expect(files).toHaveLength(3);
    for (const file of files) expect(file).toMatch(/^subject-\w{12}\/study-\w{12}\/series-\w{12}\/image-\w{12}\.dcm$/);
    const [before, after] = [await readStudy(input()), await readStudy(out())];
    const volume = (reading: typeof before) => (reading.images.kind === "volume" ? reading.images.volume : null);
    expect(volume(after)?.voxels).toEqual(volume(before)?.voxels);
    expect(volume(after)?.geometry).toEqual(volume(before)?.geometry);
    expect(after.studyUid).not.toBe(before.studyUid);

    await deidentifyStudies(input(), { out: out(), key });
    expect(await filesIn(out())).toEqual(files);
  });

  it("leaves aside what is no CT image, is broken or carries text, and counts it", async () => {
    const capture = testSlice({ elements: { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.7"] } });
    const burned = testSlice({ z: 6, elements: { "00280301": ["CS", "YES"] } });
    await writeFile(join(input(), "capture.dcm"), encodeTestFile(capture));
    await writeFile(join(input(), "burned.dcm"), encodeTestFile(burned));
    await writeFile(join(input(), "cut.dcm"), encodeTestFile(testSlice({ z: 8 })).subarray(0, 400));
    const report = await deidentifyStudies(input(), { out: out(), key });
    expect(report).toMatchObject({ files: 3, leftAside: { BURNED_IN_TEXT: 1, NOT_CT: 1, FILE_TRUNCATED: 1 } });
    const accepting = await deidentifyStudies(input(), { out: out(), key, acceptBurnedIn: true });
    expect(accepting.files).toBe(4);
  });

  it("leads from new to old only in the file that was asked for", async () => {
    const link = join(folder, "link.csv");
    const data = join(folder, "data");
    await mkdir(data);
    await rename(input(), join(data, "Doe Jane"));
    await deidentifyStudies(data, { out: out(), key, link });
    expect(await readFile(link, "utf8")).toMatch(
      /^"path","subject","study"\n"Doe Jane\/0\.dcm","subject-\w{12}","subject-/,
    );
    const report = await readFile(join(out(), "deidentified.json"), "utf8");
    expect(report).not.toMatch(/doe|jane|4711/i);
  });

  it("refuses to write into what it reads, and says so where nothing is a CT image", async () => {
    await expect(deidentifyStudies(input(), { out: join(input(), "x"), key })).rejects.toMatchObject({
      code: "OUT_INSIDE_STUDY",
    });
    const empty = join(folder, "empty");
    await mkdir(empty);
    await expect(deidentifyStudies(empty, { out: out(), key })).rejects.toMatchObject({ code: "NO_CT" });
  });
});
