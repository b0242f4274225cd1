import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../base/errors.ts";
import { encodeTestFile, type TestElements, testSlice } from "../dicom/testInstance.ts";
import type { Volume } from "../study/volume.ts";
import golden from "./readStudy.golden.json" with { type: "json" };
import { type ReadStudyOptions, readStudy, type StudyReading } from "./readStudy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-intake-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Changes = NonNullable<Parameters<typeof testSlice>[0]>;

/** Files of a series, 2 mm apart, whose names and numbers run against their positions. */
function series(zs: readonly number[], { elements = {}, uid = "1.2.3.4" }: Changes & { uid?: string } = {}) {
  return Object.fromEntries(
    zs.map((z, i) => {
      const own: Record<string, TestElements[string] | undefined> = {
        "0020000E": ["UI", uid],
        "00080018": ["UI", `${uid}.${1000 + i}`],
        "00200013": ["IS", String(zs.length - i)],
        ...elements,
      };
      const pixels = Array.from({ length: 16 }, (_, at) => 1024 + z * 16 + at);
      return [`${uid}/${zs.length - i}.dcm`, encodeTestFile(testSlice({ z, pixels, elements: own }))];
    }),
  );
}

async function put(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

const read = (options?: ReadStudyOptions, path = ".") => readStudy(join(folder, path), options);

function volumeOf(reading: StudyReading): Volume {
  if (reading.images.kind !== "volume") throw new Error("no volume");
  return reading.images.volume;
}

const codesOf = (reading: StudyReading) => reading.warnings.map((warning) => warning.code);

describe("readStudy of DICOM", () => {
  it("sorts by position, not by number or name, and gives Hounsfield units and geometry", async () => {
    await put(series([4, 0, 2]));
    const reading = await read();
    const volume = volumeOf(reading);
    expect(volume.shape).toEqual([3, 4, 4]);
    expect([0, 16, 32].map((i) => volume.voxels[i])).toEqual([0, 32, 64]);
    expect(volume.geometry).toEqual({
      originMm: [-10, -20, 0],
      spacingMm: [2, 0.5, 0.8],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    });
    expect(volume.sliceNames).toEqual(["1.2.3.4.1001", "1.2.3.4.1002", "1.2.3.4.1000"]);
    expect(reading).toMatchObject({
      studyUid: "1.2.3",
      seriesChoice: { reason: "the only axial CT series", others: [], read: { seriesUid: "1.2.3.4", kernel: "B30f" } },
      warnings: [],
    });
  });

  it("names the subject by 12 digits of the hash of the Patient ID, and by nothing else", async () => {
    await put(series([0, 2, 4]));
    const reading = await read();
    const hash = createHash("sha256").update("MRN-4711").digest("hex");
    expect(reading.subjectId).toBe(`subject-${hash.slice(0, 12)}`);
    expect(JSON.stringify(reading)).not.toMatch(/Doe|Jane|4711|1970/);
  });

  it("turns a prone, right-to-left series to LPS", async () => {
    await put(series([0, 2, 4], { elements: { "00200037": ["DS", "-1\\0\\0\\0\\-1\\0"] } }));
    const volume = volumeOf(await read());
    expect([...volume.voxels.slice(0, 16)]).toEqual(Array.from({ length: 16 }, (_, i) => 15 - i));
    expect(volume.geometry.originMm[0]).toBeCloseTo(-10 - 3 * 0.8, 9);
    expect(volume.geometry.originMm[1]).toBeCloseTo(-20 - 3 * 0.5, 9);
    expect(volume.geometry.axes[2]).toEqual([1, 0, 0]);
  });

  it("reads the same from a zip as from a folder, however nested", async () => {
    await put(series([0, 2, 4]));
    const loose = await read();
    await put({
      "again/study.zip": zipSync({ "a/b.zip": zipSync(series([0, 2, 4])), "notes.txt": new Uint8Array(3) }),
    });
    const zipped = await read({}, "again/study.zip");
    expect(volumeOf(zipped).voxels).toEqual(volumeOf(loose).voxels);
    expect(zipped.subjectId).toBe(loose.subjectId);
    expect(codesOf(zipped)).toEqual(["FILES_IGNORED"]);
  });

  it("decodes the same in workers as in the calling thread", async () => {
    await put(series(Array.from({ length: 70 }, (_, i) => 2 * i)));
    const [inline, threaded] = [
      await read({ intake: { decodeWorkers: 0 } }),
      await read({ intake: { decodeWorkers: 2 } }),
    ];
    expect(volumeOf(threaded).voxels).toEqual(volumeOf(inline).voxels);
  });

  it("names the first truncated file in the order of positions, from workers too", async () => {
    const files = series(Array.from({ length: 70 }, (_, i) => 2 * i));
    for (const name of ["1.2.3.4/20.dcm", "1.2.3.4/30.dcm"]) files[name] = files[name]!.subarray(0, -7);
    await put(files);
    for (const decodeWorkers of [0, 2]) {
      await expect(read({ intake: { decodeWorkers } })).rejects.toMatchObject({
        code: "FILE_TRUNCATED",
        message: expect.stringContaining("1.2.3.4/30.dcm"),
      });
    }
  });

  it("refuses a gap and names where it is, or warns by setting", async () => {
    await put(series([0, 2, 4, 8, 10]));
    await expect(read()).rejects.toMatchObject({
      code: "SLICE_GAP",
      message: expect.stringContaining("4.0 mm to 8.0 mm"),
    });
    expect(codesOf(await read({ intake: { findings: { SLICE_GAP: "warn" } } }))).toContain("SLICE_GAP");
  });

  it("takes a slice that is there twice once, and refuses two different ones at a position", async () => {
    const files = series([0, 2, 4]);
    await put({ ...files, "again.dcm": files["1.2.3.4/1.dcm"]! });
    const reading = await read();
    expect(volumeOf(reading).shape[0]).toBe(3);
    expect(codesOf(reading)).toEqual(["DUPLICATE_SLICES"]);
    await put({ "again.dcm": encodeTestFile(testSlice({ z: 4, pixels: new Array(16).fill(7) })) });
    await expect(read()).rejects.toMatchObject({ code: "DUPLICATE_POSITION" });
  });

  it("reads one acquisition of a series that repeats positions by acquisition", async () => {
    const second = Object.entries(series([0, 2, 4, 6], { elements: { "00200012": ["IS", "2"] } }));
    await put({
      ...series([0, 2, 4]),
      ...Object.fromEntries(second.map(([path, bytes]) => [`second/${path}`, bytes])),
    });
    const reading = await read();
    expect(volumeOf(reading).shape[0]).toBe(4);
    expect(codesOf(reading)).toEqual(["SERIES_MIXED"]);
  });

  it.each<[string, (time: number) => Record<string, TestElements[string]>]>([
    ["instance numbers", (time) => ({ "00200013": ["IS", String(10 * time)] })],
    ["temporal positions", (time) => ({ "00200100": ["IS", String(time)] })],
  ])("reads the first time of a series whose times are interleaved, told by %s", async (_, elementsOf) => {
    const pixelsAt = (time: number) => Array.from({ length: 16 }, () => 1000 + time);
    const files = [0, 2, 4].flatMap((z) =>
      [1, 2].map((time) => {
        const slice = testSlice({ z, pixels: pixelsAt(time), elements: elementsOf(time) });
        return [`${z}-${time}.dcm`, encodeTestFile(slice)] as const;
      }),
    );
    await put(Object.fromEntries(files));
    const reading = await read();
    expect(volumeOf(reading).shape[0]).toBe(3);
    expect(new Set(volumeOf(reading).voxels)).toEqual(new Set([1001 - 1024]));
    expect(codesOf(reading)).toEqual(["SERIES_MIXED"]);
  });

  it("joins two acquisitions that show the upper and the lower body, and says so", async () => {
    const upper = Object.entries(series([4, 6, 8, 10], { elements: { "00200012": ["IS", "2"] } }));
    const upperFiles = upper.map(([path, bytes]) => [`upper/${path}`, bytes] as const);
    // At 4 mm both have a slice, of different pixels.
    const lower = [0, 2, 4, -2, -4].map((z) => [
      `lower/${z}.dcm`,
      encodeTestFile(
        testSlice({ z, pixels: Array.from({ length: 16 }, () => 5), elements: { "0020000E": ["UI", "1.2.3.4"] } }),
      ),
    ]);
    await put({ ...Object.fromEntries(upperFiles), ...Object.fromEntries(lower) });
    const reading = await read();
    const volume = volumeOf(reading);
    expect(volume.shape[0]).toBe(8);
    expect(volume.geometry.spacingMm[0]).toBe(2);
    // The lower part has more slices: its own slice at 4 mm is the one that stays.
    expect([...volume.voxels.subarray(4 * 16, 5 * 16)]).toEqual(Array.from({ length: 16 }, () => 5 - 1024));
    expect(codesOf(reading).sort()).toEqual(["ACQUISITIONS_JOINED", "SERIES_MIXED"]);
  });

  it("straightens a tilted gantry, or by setting refuses it or reads it as it is", async () => {
    const files: Record<string, Uint8Array> = {};
    for (const z of [0, 2, 4]) {
      files[`${z}.dcm`] = encodeTestFile(testSlice({ z, elements: { "00200032": ["DS", `0\\${z * 0.25}\\${z}`] } }));
    }
    await put(files);
    const straight = await read();
    expect(codesOf(straight)).toEqual(["GANTRY_TILT"]);
    // Rows are 0.5 mm apart: the second slice stands 1 row, the third 2 rows further back.
    const { shape, voxels, geometry } = volumeOf(straight);
    expect(shape).toEqual([3, 6, 4]);
    expect(geometry.originMm).toEqual([0, 0, 0]);
    const column = (z: number) => Array.from({ length: 6 }, (_, y) => voxels[(z * 6 + y) * 4]);
    expect(column(0)).toEqual([-1024, -624, -224, 176, -1024, -1024]);
    expect(column(1)).toEqual([-1024, -1024, -624, -224, 176, -1024]);
    expect(column(2)).toEqual([-1024, -1024, -1024, -624, -224, 176]);
    await expect(read({ intake: { findings: { GANTRY_TILT: "refuse" } } })).rejects.toMatchObject({
      code: "GANTRY_TILT",
      message: expect.stringContaining("14.0°"),
    });
    const asItIs = await read({ intake: { gantryTilt: "ignore" } });
    expect(codesOf(asItIs)).toEqual(["GANTRY_TILT"]);
    expect(volumeOf(asItIs).shape).toEqual([3, 4, 4]);
  });

  it("leaves a localizer of the same series aside with a warning, or refuses by setting", async () => {
    const localizer = testSlice({ z: 0, elements: { "00080008": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER"] } });
    await put({ ...series([0, 2, 4]), "scout.dcm": encodeTestFile(localizer) });
    expect(codesOf(await read())).toEqual(["SERIES_MIXED"]);
    await expect(read({ intake: { findings: { SERIES_MIXED: "refuse" } } })).rejects.toMatchObject({
      code: "SERIES_MIXED",
    });
  });

  it("warns of thick slices, lossy compression, uneven spacing and missing rescale", async () => {
    await put(series([0, 6, 12.8], { elements: { "00282110": ["CS", "01"], "00281052": undefined } }));
    expect(codesOf(await read()).sort()).toEqual([
      "LOSSY_COMPRESSION",
      "NOT_HOUNSFIELD",
      "THICK_SLICES",
      "UNEVEN_SPACING",
    ]);
  });

  it("refuses two studies and names them, unless one is asked for", async () => {
    await put({ ...series([0, 2, 4]), ...series([0, 2, 4], { uid: "9.9", elements: { "0020000D": ["UI", "1.9"] } }) });
    await expect(read()).rejects.toMatchObject({
      code: "STUDY_SEVERAL",
      message: expect.stringMatching(/1\.2\.3.*1\.9|1\.9.*1\.2\.3/),
    });
    expect((await read({ studyUid: "1.9" })).studyUid).toBe("1.9");
    await expect(read({ studyUid: "1.10" })).rejects.toMatchObject({ code: "STUDY_UNKNOWN" });
  });

  it("leaves a broken file of another series, and files that are no images, aside", async () => {
    const other = encodeTestFile(testSlice({ elements: { "0020000E": ["UI", "7.7"] } })).subarray(0, -60);
    await put({ ...series([0, 2, 4]), "other.dcm": other, "labels.csv": "path,label\n", "._junk": "x" });
    expect(codesOf(await read())).toEqual(["FILES_IGNORED"]);
  });

  it("does not follow links", async () => {
    await put(series([0, 2, 4]));
    await symlink("/etc", join(folder, "outside"));
    await symlink(folder, join(folder, "loop"));
    expect(codesOf(await read())).toEqual(["LINKS_NOT_FOLLOWED"]);
  });

  const refusals: readonly [string, string, () => Record<string, Uint8Array | string>, ReadStudyOptions?][] = [
    ["an empty folder", "NO_IMAGES", () => ({})],
    ["a folder of texts", "NO_IMAGES", () => ({ "labels.csv": "path,label\n" })],
    [
      "a study without CT",
      "NO_CT",
      () =>
        series([0, 2, 4], { elements: { "00080060": ["CS", "MR"], "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.4"] } }),
    ],
    ["two slices", "NO_AXIAL_SERIES", () => series([0, 2])],
    [
      "a coronal series",
      "NO_AXIAL_SERIES",
      () => series([0, 2, 4], { elements: { "00200037": ["DS", "1\\0\\0\\0\\0\\-1"] } }),
    ],
    ["slices without a position", "NO_AXIAL_SERIES", () => series([0, 2, 4], { elements: { "00200032": undefined } })],
    [
      "a file cut before its pixels",
      "FILE_TRUNCATED",
      () => ({ ...series([0, 2, 4]), "x.dcm": encodeTestFile(testSlice({ z: 6 })).subarray(0, 400) }),
    ],
    ["an empty file named .dcm", "FILE_TRUNCATED", () => ({ ...series([0, 2, 4]), "x.dcm": "" })],
    ["only cut files", "FILE_TRUNCATED", () => ({ "x.dcm": encodeTestFile(testSlice({ z: 6 })).subarray(0, 400) })],
    [
      "an unknown transfer syntax",
      "UNSUPPORTED_TRANSFER_SYNTAX",
      () =>
        Object.fromEntries(
          [0, 2, 4].map((z) => [
            `${z}`,
            encodeTestFile(testSlice({ z }), { transferSyntaxUid: "1.2.840.10008.1.2.4.100" }),
          ]),
        ),
    ],
    ["pixels of 32 bits", "PIXELS_UNSUPPORTED", () => series([0, 2, 4], { elements: { "00280100": ["US", [32]] } })],
    [
      "fewer pixels than rows and columns say",
      "PIXELS_INVALID",
      () =>
        series([0, 2, 4], {
          elements: { "7FE00010": ["OW", [1, 2, 3]], "7FE10010": ["LO", "more than enough text to fill the file"] },
        }),
    ],
    [
      "an enormous matrix",
      "TOO_LARGE",
      () => series([0, 2, 4], { elements: { "00280010": ["US", [65_535]], "00280011": ["US", [65_535]] } }),
    ],
    ["a series that is not there", "SERIES_UNKNOWN", () => series([0, 2, 4]), { seriesUid: "5.5" }],
    [
      "a series that cannot be read",
      "SERIES_UNREADABLE",
      () => ({ ...series([0, 2, 4]), ...series([0], { uid: "5.5" }) }),
      { seriesUid: "5.5" },
    ],
    ["more files than allowed", "TOO_MANY_FILES", () => series([0, 2, 4]), { intake: { maxFiles: 2 } }],
    [
      "folders deeper than allowed",
      "FOLDER_TOO_DEEP",
      () => ({ "a/b/c/d.txt": "x" }),
      { intake: { maxFolderDepth: 2 } },
    ],
    ["a damaged archive", "ARCHIVE_UNREADABLE", () => ({ "x.zip": zipSync(series([0, 2, 4])).subarray(0, -30) })],
    [
      "an archive that inflates too far",
      "ARCHIVE_TOO_LARGE",
      () => ({ "x.zip": zipSync({ x: new Uint8Array(4e6) }) }),
      { intake: { maxInflatedMb: 3 } },
    ],
    [
      "a text named .png by its content",
      "PICTURE_INVALID",
      () => ({ "x.png": Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]) }),
    ],
  ];
  it.each(refusals)("refuses %s with %s", async (_, code, files, options) => {
    await put(files());
    await expect(read(options)).rejects.toMatchObject({ code });
  });

  it("refuses a setting that does not fit, naming it", async () => {
    await expect(read({ intake: { maxGap: 0.5 } })).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringContaining("intake.maxGap"),
    });
  });

  it("refuses a path where nothing is", async () => {
    await expect(read({}, "nowhere")).rejects.toMatchObject({ code: "FILE_MISSING" });
  });

  it("gives a reading or an InputError for any mutation of a series", async () => {
    const files = Object.entries(series([0, 2, 4]));
    const change = fc.record({ file: fc.nat(2), at: fc.nat(), byte: fc.nat(255) });
    const property = fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (changes, isZip) => {
        const mutated = files.map(([path, bytes]) => [path, bytes.slice()] as const);
        for (const { file, at, byte } of changes) mutated[file]![1][at % mutated[file]![1].length] = byte;
        await rm(folder, { recursive: true, force: true });
        const all = Object.fromEntries(mutated);
        await put(isZip ? { "study.zip": zipSync(all) } : all);
        try {
          await read();
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).not.toMatch(/Doe|Jane|4711|1970/);
        }
      },
    );
    await fc.assert(property, { numRuns: 120, seed: 2 });
  });
});

const corpus = join(import.meta.dirname, "../../../shared/data/dicom-corpus");

describe.skipIf(!existsSync(corpus))("readStudy of a corpus of odd files", () => {
  it("reads each or refuses it with a code", async () => {
    for (const name of await readdir(corpus)) {
      const options = { intake: { decodeWorkers: 0, minSlices: 1 } };
      const outcome = await readStudy(join(corpus, name), options).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(InputError);
      // Every CT image of the corpus but localizers, one without geometry and the damaged ones is read.
      const isCtTest = /CT\d?_|CTImage|CT_small|J2KI|pixelrep/.test(name);
      if (isCtTest) expect([name, outcome]).toMatchObject([name, { images: { kind: "volume" } }]);
    }
  });
});

describe("readStudy of pictures", () => {
  const grey = (value: number) =>
    sharp(new Uint8Array(12).fill(value), { raw: { width: 4, height: 3, channels: 1 } })
      .png()
      .toBuffer();

  it("reads a folder of pictures in the order of their numbers, without Hounsfield units", async () => {
    await put({ "10.png": await grey(10), "9.png": await grey(9), "labels.csv": "x" });
    const reading = await read();
    expect(reading.images).toMatchObject({
      kind: "pictures",
      pictures: [{ name: "9.png", shape: [3, 4] }, { name: "10.png" }],
    });
    expect(reading.studyUid).toMatch(/^file:[0-9a-f]{32}$/);
    expect(reading.seriesChoice).toBeNull();
  });

  it("gives a picture the same study UID wherever it lies, and other pictures another", async () => {
    await put({ "a/x.png": await grey(1), "b/x.png": await grey(1), "c/x.png": await grey(2) });
    const [a, b, c] = await Promise.all(["a/x.png", "b/x.png", "c/x.png"].map((path) => read({}, path)));
    expect(a!.studyUid).toBe(b!.studyUid);
    expect(a!.studyUid).not.toBe(c!.studyUid);
  });
});

const data = join(import.meta.dirname, "../../../shared/data/ct-studies");

describe.skipIf(!existsSync(data))("readStudy of real studies", () => {
  it.each(Object.entries(golden))("gives pydicom's and GDCM's Hounsfield units for %s", async (study, expected) => {
    const reading = await readStudy(join(data, study));
    const volume = volumeOf(reading);
    expect(volume.shape).toEqual(expected.shape);
    expect(volume.geometry.originMm).toEqual(expected.origin);
    volume.geometry.spacingMm.forEach((mm, i) => {
      expect(mm).toBeCloseTo(expected.spacing[i]!, 6);
    });
    expect(volume.sliceNames[0]).toBe(expected.firstSlice);
    expect(createHash("sha256").update(new Uint8Array(volume.voxels.buffer)).digest("hex")).toBe(expected.sha256);
  });
});
