import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PrepareOptions, prepareDataset } from "../src/dataset/prepareDataset.ts";
import { encodeTestFile, testSlice } from "../src/dicom/testInstance.ts";
import { inspectData } from "../src/report/inspection/inspectData.ts";

/** Four studies of three slices, whose UIDs and accession numbers are their numbers; 3 and 4 share an accession number. */
const studies = [1, 2, 3, 4];
const uidOf = (study: number) => `1.2.840.99.${study}`;
const accessionOf = (study: number) => `00A${Math.min(study, 3)}`;

function fileOf(study: number, z: number): Uint8Array {
  const pixels = Array.from({ length: 16 }, (_, i) => (study * 211 + z * 37 + i * i * 13) % 1500);
  const elements = {
    "00080018": ["UI", `${uidOf(study)}.1.${z}`],
    "00080050": ["SH", accessionOf(study)],
    "00100020": ["LO", `MRN-${study}`],
    "0020000D": ["UI", uidOf(study)],
    "0020000E": ["UI", `${uidOf(study)}.1`],
  } as const;
  return encodeTestFile(testSlice({ z, pixels, elements }));
}

type Files = Record<string, Uint8Array>;
const heights = [0, 2, 4];
const filesOf = (nameOf: (study: number, z: number) => string): Files =>
  Object.fromEntries(studies.flatMap((study) => heights.map((z) => [nameOf(study, z), fileOf(study, z)])));
/** Neighbours in name are of different studies. */
const flat = () => filesOf((study, z) => `IM${z}${study}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-flat-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, files: Files): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), bytes);
  }
  return join(folder, name);
}

let runs = 0;
function prepare(data: string, rows: readonly string[], options: Partial<PrepareOptions> = {}) {
  const labels = join(folder, `labels-${++runs}.csv`);
  writeFileSync(labels, `${rows.join("\n")}\n`);
  const recipe = { lungs: { method: "none" }, storedPx: 32, inputPx: 28 } as const;
  const out = join(folder, `dataset-${runs}`);
  return prepareDataset(data, { labels, out, recipe, workers: 1, forPrediction: true, ...options });
}

const labelOf = (study: number) => (study % 2 === 1 ? "COVID-19" : "normal");
const byUid = ["Study Instance UID,label", ...studies.map((study) => `${uidOf(study)},${labelOf(study)}`)];
const hashes = ({ cases }: Awaited<ReturnType<typeof prepare>>) =>
  cases.map(({ studyUid, prepared }) => [studyUid, prepared.pixelsSha256]);

describe("a folder of many studies mixed", () => {
  it("is prepared by UID from a flat or nested folder, a zip and a DICOMDIR as by path from a folder for each study", async () => {
    const apart = put(
      "apart",
      filesOf((study, z) => `s${study}/${z}`),
    );
    const expected = await prepare(apart, ["path,label", ...studies.map((study) => `s${study},${labelOf(study)}`)]);
    expect(new Set(hashes(expected).map(([, hash]) => hash)).size).toBe(4);
    const directory = encodeTestFile({ "00080016": ["UI", "1.2.840.10008.1.3.10"], "00041130": ["CS", "DISC"] });
    const places = [
      put("flat", flat()),
      put(
        "nested",
        filesOf((study, z) => `d${(study + z) % 3}/s${z}/${study}.dcm`),
      ),
      join(put("zipped", { "all.zip": zipSync(flat()) }), "all.zip"),
      put("parts", {
        "a.zip": zipSync(filesOf((study, z) => (z === 0 ? `x/${study}` : "x/none"))),
        "b.zip": zipSync({ "deep.zip": zipSync(flat()) }),
      }),
      join(put("disc", { ...flat(), DICOMDIR: directory }), "DICOMDIR"),
    ];
    for (const data of places) {
      const dataset = await prepare(data, byUid);
      expect([data, hashes(dataset)]).toEqual([data, hashes(expected)]);
      expect(dataset.excluded).toEqual([]);
      expect(dataset.cases.map(({ path }) => path)).toEqual(studies.map(uidOf));
    }
  });

  it("is prepared by accession number, which goes no further, and asks for a UID where two studies share one", async () => {
    const data = put("flat", flat());
    const rows = ["Accession Number,label,study_uid", "00A1,COVID-19,", "00A2,normal,", `00A3,COVID-19,${uidOf(3)}`];
    const dataset = await prepare(data, rows);
    expect(dataset.cases.map(({ studyUid }) => studyUid)).toEqual([1, 2, 3].map(uidOf));
    expect(readFileSync(join(folder, `dataset-${runs}`, "dataset.json"), "utf8")).not.toContain("00A");
    expect(dataset.warnings.map(({ code }) => code)).toEqual(["STUDIES_UNLABELLED"]);
    const shared = prepare(data, ["accession,label", "00A1,COVID-19", "00A3,normal"]);
    await expect(shared).rejects.toMatchObject({ code: "STUDY_SEVERAL", message: expect.stringContaining(uidOf(4)) });
  });

  it("loses one study to a broken file, not the others, and tells of each broken file once by its code", async () => {
    const files = flat();
    const cut = (name: string, bytes: number) => ({ [name]: files[name]?.subarray(0, bytes) as Uint8Array });
    const text = new TextEncoder();
    const data = put("broken", {
      ...files,
      // Long enough to say which study it is of, too short to have pixels.
      ...cut("IM21", (files.IM21?.length ?? 0) - 60),
      // So short that it says nothing.
      ...cut("IM02", 300),
      "torn.dcm": text.encode("no DICOM at all"),
      "torn.zip": text.encode("PK\u0003\u0004 no archive"),
    });
    await expect(prepare(data, byUid)).rejects.toMatchObject({ code: "FILE_TRUNCATED" });
    const dataset = await prepare(data, byUid, { onBadStudy: "exclude" });
    expect(dataset.cases.map(({ studyUid }) => studyUid)).toEqual([3, 4].map(uidOf));
    expect(dataset.excluded).toMatchObject([
      { path: uidOf(1), code: "FILE_TRUNCATED", message: expect.stringContaining("IM21") },
      { path: uidOf(2), code: "NO_AXIAL_SERIES" },
    ]);
    const told = dataset.warnings.map(({ code, message }) => `${code} ${/^\S+/.exec(message)?.[0]}`);
    expect(told.filter((line) => /IM|torn/.test(line)).sort()).toEqual([
      "ARCHIVE_UNREADABLE torn.zip",
      "FILE_TRUNCATED IM02",
      "FILE_TRUNCATED IM21",
      "FILE_TRUNCATED torn.dcm",
    ]);
    const { studies: inspected } = await inspectData(data, { intake: { minSlices: 2 } });
    const codes = inspected.map(({ studyUid, error }) => [studyUid, error?.code ?? null]);
    expect(codes.filter(([uid]) => uid !== null).sort()).toEqual([
      [uidOf(1), "FILE_TRUNCATED"],
      [uidOf(2), null],
      [uidOf(3), null],
      [uidOf(4), null],
    ]);
  });

  it("says of a row whose study is not there so, and of one study in two rows", async () => {
    const data = put("flat", flat());
    const unknown = prepare(data, [...byUid, "1.2.3.9,normal"]);
    await expect(unknown).rejects.toMatchObject({
      code: "LABELS_STUDY_UNKNOWN",
      message: expect.stringContaining("line 6"),
    });
    const left = await prepare(data, [...byUid, "1.2.3.9,normal"], { onBadStudy: "exclude" });
    expect(left.excluded).toMatchObject([{ path: "1.2.3.9", code: "LABELS_STUDY_UNKNOWN" }]);
    const twice = prepare(data, ["study_uid,accession,label", `${uidOf(1)},,normal`, ",00A1,COVID-19"]);
    await expect(twice).rejects.toMatchObject({ code: "LABELS_DUPLICATE" });
    const within = prepare(data, ["path,study_uid,label", ".,,normal", `,${uidOf(1)},COVID-19`]);
    await expect(within).rejects.toMatchObject({ code: "LABELS_DUPLICATE" });
  });

  it("makes no path of a UID, whatever the label file says", async () => {
    const data = put("flat", flat());
    writeFileSync(join(folder, "outside"), fileOf(1, 0));
    const rows = (uid: string) => ["study_uid,label", `${uid},normal`, `${uidOf(2)},COVID-19`];
    for (const uid of ["../outside", "IM01", "/etc/passwd", "..", "."]) {
      await expect(prepare(data, rows(uid))).rejects.toMatchObject({ code: "LABELS_STUDY_UNKNOWN" });
    }
  });

  it("takes the study of a UID that lies under a row's path, and no path of an archive", async () => {
    const data = put("two", { "a/1.zip": zipSync(flat()), "b/1.zip": zipSync(flat()) });
    const one = await prepare(data, ["path,study_uid,label", `a/1.zip,${uidOf(1)},normal`, `b,${uidOf(2)},COVID-19`]);
    expect(one.cases.map(({ studyUid }) => studyUid)).toEqual([uidOf(1), uidOf(2)]);
    const archive = prepare(join(data, "a", "1.zip"), ["path,label", "IM01,normal", "IM02,COVID-19"]);
    await expect(archive).rejects.toMatchObject({ code: "DATA_FOLDER_MISSING" });
  });

  it("labels slices of a study that is named by UID or accession number", async () => {
    const data = put("flat", flat());
    const sliceLabels = join(folder, "slices.csv");
    writeFileSync(sliceLabels, `study,slice,label\n${uidOf(1)},IM21,opacity\n00A2,0,streaks\n`);
    const rows = ["study_uid,accession,subject", `${uidOf(1)},,a`, ",00A2,b"];
    const dataset = await prepare(data, rows, { sliceLabels });
    expect(dataset.cases.map(({ studyUid, sliceLabels: own }) => [studyUid, own])).toEqual([
      [uidOf(1), { 1: "opacity" }],
      [uidOf(2), { 0: "streaks" }],
    ]);
  });
});
