import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { researchUseNotice } from "../../src/base/version.ts";
import { encodeTestFile, testSlice } from "../../src/dicom/testInstance.ts";
import { drawThorax } from "../../src/lungs/drawnThorax.fixture.ts";
import { isolateLungs } from "../../src/lungs/isolateLungs.ts";
import { lungAreasMm2 } from "../../src/lungs/lungMask.ts";
import { chen2021Lungs, defaultLungs } from "../../src/lungs/lungSettings.ts";
import { drawPhantoms } from "../../src/phantom/drawPhantoms.ts";
import { inspectData } from "../../src/report/inspection/inspectData.ts";
import { type Inspection, inspectionSchema } from "../../src/report/inspection/inspection.ts";
import { inspectionTable } from "../../src/report/inspection/inspectionTable.ts";
import { inspectStages } from "../../src/report/inspection/inspectStages.ts";
import { chen2021Recipe, defaultRecipe } from "../../src/slices/sliceRecipe.ts";
import { drawDataset } from "../training/drawDataset.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-inspect-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(root: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
}

/** Slices of 4 × 4 pixels of Jane Doe, MRN-4711, born on 1970-01-01. */
function janesSlices(at: string, uid: string, kernel: string): Record<string, Uint8Array> {
  const elements = (z: number) => ({
    "0020000D": ["UI", "1.2"] as const,
    "0020000E": ["UI", uid] as const,
    "00080018": ["UI", `${uid}.${z}`] as const,
    "00181210": ["SH", kernel] as const,
  });
  return Object.fromEntries(
    [0, 2, 4].map((z) => [`${at}/${uid}-${z}`, encodeTestFile(testSlice({ z, elements: elements(z) }))]),
  );
}

describe("a folder of studies good and bad", () => {
  let inspection: Inspection;
  let page: string;
  let out: string;
  beforeAll(async () => {
    const data = join(folder, "data");
    out = join(folder, "inspection");
    await drawPhantoms(join(data, "phantoms"), { subjects: 1, seed: 1, matrix: 64, sliceSpacingMm: 16 });
    const picture = await sharp(new Uint8Array(64 * 64).fill(99), { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer();
    await put(data, {
      "pictures/1.png": picture,
      ...janesSlices("jane", "1.2.1", "B30f"),
      ...janesSlices("jane", "1.2.2", "B70f"),
      "mr/1": encodeTestFile(
        testSlice({
          elements: {
            "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.4"],
            "00080060": ["CS", "MR"],
            "0020000D": ["UI", "1.9"],
          },
        }),
      ),
      "short/1": encodeTestFile(testSlice({ elements: { "0020000D": ["UI", "1.5"] } })),
      "torn/archive.zip": new Uint8Array([0x50, 0x4b, 3, 4, 9, 9]),
      "torn/1.dcm": "cut short",
      "torn/2.dcm": "cut short",
      "notes.txt": "no study",
    });
    inspection = await inspectData(data, { out });
    page = await readFile(join(out, "inspection.html"), "utf8");
  });

  it("has a row for each study and each fault, what cannot be read first", () => {
    const rows = inspection.studies.map(({ path, error }) => [path, error?.code ?? null]);
    expect(rows.slice(0, 4)).toEqual([
      ["mr", "NO_CT"],
      ["short", "NO_AXIAL_SERIES"],
      ["torn", "FILE_TRUNCATED"],
      ["torn/archive.zip", "ARCHIVE_UNREADABLE"],
    ]);
    expect(rows.slice(4).map(([, code]) => code)).toEqual([null, null, null]);
    expect(inspection.studies.map(({ attention }) => attention)).toEqual(
      inspection.studies.map(({ attention }) => attention).sort((a, b) => b - a),
    );
    expect(inspection.studies[2]!.error!.message).toMatch(/^2 like it/);
  });

  it("tells which series was read, and why not the others", () => {
    const { series, warnings, lungs } = inspection.studies.find(({ path }) => path === "jane")!;
    expect(series).toMatchObject({ seriesUid: "1.2.1", others: [{ seriesUid: "1.2.2" }] });
    expect(series!.reason).toContain("of the preferred kernel");
    expect(series!.others[0]!.reason).toContain("B70f");
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["KERNELS_SEVERAL", "NO_LUNGS_FOUND"]));
    expect(lungs).toMatchObject({ totalMl: 0 });
  });

  it("measures lungs, of which pictures have none", () => {
    const phantom = inspection.studies.find(({ path }) => path.startsWith("phantoms"))!;
    expect(phantom.lungs!.totalMl).toBeCloseTo(phantom.lungs!.rightMl! + phantom.lungs!.leftMl!, 0);
    expect(phantom.lungs!.rightMl).toBeGreaterThan(500);
    expect(inspection.studies.find(({ kind }) => kind === "pictures")!.lungs).toBeNull();
  });

  it("writes the same as inspection.json, by its schema, and nothing that names the patient", async () => {
    const text = await readFile(join(out, "inspection.json"), "utf8");
    expect(inspectionSchema.parse(JSON.parse(text))).toEqual(inspection);
    for (const written of [text, page, inspectionTable(inspection)]) {
      expect(written).not.toMatch(/Doe|Jane\b|MRN|4711|1970/);
    }
  });

  it("makes a page that needs nothing but itself, with six planes of a volume and their outlines", () => {
    const { document } = parseHTML(page);
    expect(page).toContain(researchUseNotice);
    expect(document.querySelectorAll("script, link")).toHaveLength(0);
    const sources = [...document.querySelectorAll("img")].map((image) => image.getAttribute("src") ?? "");
    expect(sources.filter((source) => !/^data:image\/(webp|png|jpeg);base64,/.test(source))).toEqual([]);
    const phantom = [...document.querySelectorAll("section.study")].find((section) =>
      section.querySelector("h3")!.textContent!.startsWith("phantoms"),
    )!;
    const captions = [...phantom.querySelectorAll("figcaption")].map((caption) => caption.textContent!.split(",")[0]);
    expect(captions).toEqual(["axial", "axial", "axial", "coronal", "sagittal", "sagittal"]);
    expect(phantom.querySelectorAll("img.edges")).toHaveLength(6);
  });

  it("keeps the pictures of those that need eyes most where there are too many, and says so", async () => {
    const few = join(folder, "few");
    const { pictured } = await inspectData(join(folder, "data"), { out: few, pictured: 1 });
    const { document } = parseHTML(await readFile(join(few, "inspection.html"), "utf8"));
    expect(pictured).toBe(1);
    const [first, ...rest] = [...document.querySelectorAll("section.study h3")].map((title) => title.textContent);
    expect([first, rest]).toEqual(["jane", []]);
    expect(document.body.textContent).toContain("1 of 3 studies are shown in pictures");
  });

  it("reads the series that is asked for, and of studies without it the one that is chosen", async () => {
    const { studies } = await inspectData(join(folder, "data"), {
      seriesUid: "1.2.2",
      recipe: { ...defaultRecipe, lungs: { method: "none" } },
    });
    const read = (path: string) => studies.find((study) => study.path.startsWith(path))!;
    expect(read("jane").series).toMatchObject({ seriesUid: "1.2.2", reason: "asked for" });
    expect(read("phantoms")).toMatchObject({ error: null, lungs: null });
  });

  it("looks at the studies that are named, by path or UID, and refuses others", async () => {
    const data = join(folder, "data");
    const paths = async (name: string) =>
      (await inspectData(data, { studies: [name] })).studies.map(({ path }) => path);
    expect(await paths("jane/")).toEqual(["jane"]);
    expect(await paths("1.2")).toEqual(["jane"]);
    await expect(paths("jan")).rejects.toMatchObject({ code: "STUDY_UNKNOWN" });
  });

  it("numbers studies of one folder, and gives a broken file a row of its own", async () => {
    const shared = join(folder, "shared");
    const others = Object.entries(janesSlices(".", "1.7.1", "B30f"));
    const secondStudy = [0, 2, 4].map((z) =>
      encodeTestFile(testSlice({ z, elements: { "0020000D": ["UI", "1.8"], "0020000E": ["UI", "1.8.1"] } })),
    );
    await put(shared, {
      ...Object.fromEntries(others),
      ...Object.fromEntries(secondStudy.map((bytes, i) => [`second-${i}`, bytes])),
    });
    const { studies } = await inspectData(shared);
    expect(studies.map(({ path, studyUid }) => [path, studyUid])).toEqual([
      ["shared #1", "1.2"],
      ["shared #2", "1.8"],
    ]);
    await put(shared, { "torn.dcm": "cut short" });
    const torn = await inspectData(shared);
    expect(torn.studies.map(({ path, error }) => [path, error?.code])).toEqual([
      ["torn.dcm", "FILE_TRUNCATED"],
      ["shared #1", undefined],
      ["shared #2", undefined],
    ]);
  });

  it("refuses a folder without studies", async () => {
    await put(folder, { "empty/readme.txt": "nothing here" });
    await expect(inspectData(join(folder, "empty"))).rejects.toMatchObject({ code: "NO_IMAGES" });
  });
});

describe("the table", () => {
  it("aligns its columns, numbers to the right, and leaves out columns that are empty", () => {
    const study = { kind: "dicom", studyUid: null, error: null, series: null, label: null, set: null } as const;
    const base = { ...study, lungs: null, warnings: [], attention: 0 };
    const studies = [
      { ...base, path: "a", attributes: { slicesInStudy: 9, rows: 512, columns: 512, spacingZMm: 1.25 } },
      { ...base, path: "long", attributes: { slicesInStudy: 120, rows: 512, columns: 400, spacingZMm: 5 } },
    ];
    expect(inspectionTable({ studies }).split("\n")).toEqual([
      "study  slices  spacing  matrix",
      "a           9     1.25  512²",
      "long      120        5  512 × 400",
    ]);
  });
});

describe("the stages of isolation", () => {
  const volume = drawThorax({ slices: 12, lungSlices: [2, 10] });

  it("are the paper's for chen2021: each with its area, the last one the mask's", async () => {
    const [drawn] = await inspectStages("x", volume, null, { sliceIndex: 5, recipes: [chen2021Recipe] });
    const { stages, method, sliceName } = drawn!.stages;
    expect([method, sliceName]).toEqual(["chen2021", "slice 5"]);
    expect(stages.map(({ name }) => name)).toEqual(["slice", "above", "cleaned", "chest", "range", "lungs", "image"]);
    const area = (name: string) => stages.find((stage) => stage.name === name)!.areaMm2!;
    const slice = volume.voxels.subarray(5 * 128 * 128, 6 * 128 * 128);
    const pixelMm2 = 2.6 * 2.6;
    expect(area("above")).toBe(Math.round(slice.filter((hu) => hu > -850).length * pixelMm2));
    const mask = isolateLungs(volume, chen2021Lungs);
    expect(area("lungs")).toBe(Math.round(lungAreasMm2(mask, volume.geometry)[5]!));
    expect(area("chest")).toBeGreaterThan(area("range"));
    expect(drawn!.pictures).toHaveLength(stages.length);
    expect(drawn!.pictures[2]!.labels!.filter((label) => label > 0).length * pixelMm2).toBeCloseTo(area("cleaned"), 0);
  });

  it("are its own for default, on the slice with the most lung where none is named", async () => {
    const mask = isolateLungs(volume, defaultLungs);
    const areas = [...lungAreasMm2(mask, volume.geometry)];
    const [drawn] = await inspectStages("x", volume, mask, { recipes: [defaultRecipe] });
    const { stages, sliceIndex } = drawn!.stages;
    expect(areas[sliceIndex]).toBe(Math.max(...areas));
    expect(stages.map(({ name }) => name)).toEqual([
      "slice",
      "body",
      "air",
      "airways",
      "aerated",
      "sides",
      "lungs",
      "image",
    ]);
    const area = (name: string) => stages.find((stage) => stage.name === name)!.areaMm2!;
    expect(area("lungs")).toBe(Math.round(areas[sliceIndex]!));
    expect(area("air")).toBeLessThan(area("body"));
    expect(area("aerated")).toBeLessThan(area("air"));
    expect(area("sides")).toBe(area("aerated"));
  });

  it("are drawn as a figure of their own, as SVG, PNG and CSV, and on the page", async () => {
    const out = join(folder, "stages");
    const stages = { recipes: [chen2021Recipe] };
    await inspectData(join(folder, "data"), { out, studies: ["phantoms"], stages });
    const { width } = await sharp(join(out, "figures", "stages-1-chen2021.png")).metadata();
    expect(width).toBe(970);
    const svg = await readFile(join(out, "figures", "stages-1-chen2021.svg"), "utf8");
    expect(svg.match(/<image /g)).toHaveLength(7);
    expect(svg).toContain("R6: above −850 HU");
    const csv = await readFile(join(out, "figures", "stages-1-chen2021.csv"), "utf8");
    expect(csv.split("\r\n")[2]).toMatch(/^2,above,R6: above −850 HU,\d+$/);
    const { document } = parseHTML(await readFile(join(out, "inspection.html"), "utf8"));
    expect(document.querySelectorAll("ol.stages img")).toHaveLength(7);
  });
});

describe("a prepared data set", () => {
  it("shows its split with its counts, and its cases as they were prepared", async () => {
    const dataset = join(folder, "dataset");
    await drawDataset(dataset, { subjects: 20 });
    const out = join(folder, "dataset-inspection");
    const { of, studies, split } = await inspectData(dataset, { out });
    expect(of).toBe("dataset");
    expect(studies).toHaveLength(20);
    // Ten subjects of each class, 15 % of ten rounded up to two, six pictures a study.
    expect(split).toEqual([countsOf("Training", 12, 6), countsOf("Validation", 4, 2), countsOf("Test", 4, 2)]);
    expect(studies.filter(({ set }) => set === "test")).toHaveLength(4);
    const csv = await readFile(join(out, "figures", "split.csv"), "utf8");
    expect(csv.split("\r\n").slice(0, 4)).toEqual([
      "set,class,subjects,studies,images",
      "Training,blob,6,6,36",
      "Training,stripes,6,6,36",
      "Training,all,12,12,72",
    ]);
    const { document } = parseHTML(await readFile(join(out, "inspection.html"), "utf8"));
    const words = [...document.querySelectorAll("figure svg text")].map((text) => text.textContent);
    expect(words).toContain("20\u00a0subjects · 20\u00a0studies · 120\u00a0images");
    expect(words.filter((word) => word === "6 · 6 · 36")).toHaveLength(2);
  });
});

/** Of a set of two classes with as many subjects each, one study a subject. */
function countsOf(set: string, subjects: number, ofClass: number) {
  const counts = (n: number) => ({ subjects: n, studies: n, images: 6 * n });
  const classes = ["blob", "stripes"].map((name) => ({ class: name, ...counts(ofClass) }));
  return { set, total: counts(subjects), classes };
}
