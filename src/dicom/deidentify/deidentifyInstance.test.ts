import { spawnSync } from "node:child_process";
import { createSecretKey } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodePixels } from "../decodePixels.ts";
import { type CtInstance, encodeCtInstance } from "../encodeInstance.ts";
import { parseInstance } from "../parseInstance.ts";
import { encodeTestFile, fragmentsOf, type TestElements, testSlice } from "../testInstance.ts";
import { type RetainOptions, retainNothing } from "./action.ts";
import { profileRowOf } from "./confidentialityProfile.ts";
import { deidentifyInstance } from "./deidentifyInstance.ts";
import { pseudonymsOf } from "./pseudonyms.ts";

const keyOf = (seed: number) => createSecretKey(Buffer.alloc(32, seed));
const deidentify = (file: Uint8Array, retain: Partial<RetainOptions> = {}, seed = 1) => {
  const made = deidentifyInstance(file, {
    pseudonyms: pseudonymsOf(keyOf(seed)),
    retain: { ...retainNothing, ...retain },
  });
  if (made === null) throw new Error("no DICOM file");
  return made;
};

/** Values that must not survive, each with "SECRET" or another mark of its own in it. */
const secrets: TestElements = {
  "00080050": ["SH", "SECRETACC"],
  "00080080": ["LO", "SECRET HOSPITAL"],
  "00080081": ["ST", "SECRET STREET 7"],
  "00080090": ["PN", "Secretref^Anna"],
  "00081010": ["SH", "SECRETSTATION"],
  "00081030": ["LO", "Secretstudy of Secretname"],
  "0008103E": ["LO", "Chest Secretname"],
  "00081070": ["PN", "Secretop^Eve"],
  "00081140": ["SQ", [{ "00081150": ["UI", "1.2.840.10008.5.1.4.1.1.2"], "00081155": ["UI", "1.2.99.7777.1"] }]],
  "00090010": ["LO", "SECRETCREATOR"],
  "00091001": ["LO", "SECRETPRIVATE"],
  "00100010": ["PN", "Secretname^Maria"],
  "00100020": ["LO", "SECRETID4711"],
  "00100030": ["DA", "19561231"],
  "00100040": ["CS", "F"],
  "00101000": ["LO", "SECRETOTHERID"],
  "00101010": ["AS", "063Y"],
  "00101040": ["LO", "Secret Lane 3"],
  "001021B0": ["LT", "SECRETHISTORY"],
  "00104000": ["LT", "SECRETCOMMENT"],
  "00181000": ["LO", "SECRETSERIAL"],
  "00181030": ["LO", "SECRETPROTOCOL"],
  "00204000": ["LT", "SECRETIMAGECOMMENT"],
  "00321032": ["PN", "Secretreq^Tom"],
  "00400275": ["SQ", [{ "00401001": ["SH", "SECRETREQUEST"], "00400007": ["LO", "SECRETSTEP"] }]],
  // A text attribute that the profile does not name, with the patient's name in it.
  "00181251": ["SH", "coil Secretname"],
};
const marks = ["SECRET", "MARIA", "ANNA", "19561231", "1.2.99.7777", "1.2.3.4.1000"];

function secretFile(options: Parameters<typeof encodeTestFile>[1] = {}, more: TestElements = {}): Uint8Array {
  const file = encodeTestFile(testSlice({ elements: { ...secrets, ...more } }), options);
  file.set(new TextEncoder().encode("SECRETPREAMBLE"), 0);
  return file;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes).toUpperCase();
}

function contentOf(bytes: Uint8Array, isDeflated: boolean): string {
  if (!isDeflated) return textOf(bytes);
  const metaLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true);
  return textOf(bytes.subarray(0, 144 + metaLength)) + textOf(inflateRawSync(bytes.subarray(144 + metaLength)));
}

const writtenSlice: CtInstance = {
  patient: { name: "Doe^Jane", id: "MRN-4711", sex: "F", ageYears: 61 },
  study: { uid: "1.2.3", id: "7", description: "Chest", date: { date: "20200301", time: "101500" } },
  series: {
    uid: "1.2.3.4",
    number: 2,
    description: "Thorax 1.5 B70f",
    kernel: "B70f",
    manufacturer: "Maker",
    modelName: "Model",
    kvp: 120,
    patientPosition: "HFS",
    frameOfReferenceUid: "1.2.3.5",
  },
  instanceUid: "1.2.3.4.1",
  instanceNumber: 1,
  positionMm: [-20, -20, 0],
  orientation: [1, 0, 0, 0, 1, 0],
  pixelSpacingMm: [0.7, 0.7],
  sliceThicknessMm: 1.5,
  spacingBetweenSlicesMm: 1.5,
  windowLevel: { levelHu: -600, widthHu: 1500 },
  rows: 64,
  columns: 64,
};

const writings = [
  ["explicit little endian", {}],
  ["implicit little endian", { transferSyntaxUid: "1.2.840.10008.1.2", isExplicit: false }],
  ["big endian", { transferSyntaxUid: "1.2.840.10008.1.2.2", isBigEndian: true }],
  ["deflated", { transferSyntaxUid: "1.2.840.10008.1.2.1.99", isDeflated: true }],
] as const;

describe("deidentifyInstance", () => {
  it.each(writings)("leaves no identifying value anywhere in the bytes: %s", (_, options) => {
    const file = secretFile(options);
    const before = contentOf(file, false);
    if (!("isDeflated" in options)) expect(marks.filter((mark) => !before.includes(mark))).toEqual([]);
    const { bytes } = deidentify(file);
    const after = contentOf(bytes, "isDeflated" in options);
    expect(marks.filter((mark) => after.includes(mark))).toEqual([]);
    expect(bytes.subarray(0, 128).every((byte) => byte === 0)).toBe(true);
  });

  it.each(writings)("keeps the pixels and the geometry bit for bit: %s", async (_, options) => {
    const file = secretFile(options);
    const { bytes } = deidentify(file);
    const [before, after] = [parseInstance(file)!, parseInstance(bytes)!];
    expect(await decodePixels(bytes, after, [0])).toEqual(await decodePixels(file, before, [0]));
    expect(after.frames).toEqual(before.frames);
    expect(after.transferSyntaxUid).toBe(before.transferSyntaxUid);
    expect(after.kernel).toBe("B30f");
  });

  it("copies encapsulated pixels as they are, and refuses a name in a comment of them", () => {
    const fragments = (comment: string) => ({
      "7FE00010": [
        "fragments",
        fragmentsOf([new TextEncoder().encode(`\u00ff${comment}xxxxxxxx`.slice(0, 24))]),
      ] as const,
    });
    const options = { transferSyntaxUid: "1.2.840.10008.1.2.4.70" };
    const { bytes } = deidentify(secretFile(options, fragments("nothing to see here") as unknown as TestElements));
    expect(textOf(bytes)).toContain("NOTHING TO SEE HERE");
    const named = secretFile(options, fragments("by Secretname") as unknown as TestElements);
    expect(() => deidentify(named)).toThrow(expect.objectContaining({ code: "DEIDENTIFY_VALUE_LEFT" }));
    expect(() => deidentify(named)).toThrow(expect.not.objectContaining({ message: expect.stringMatching(/secret/i) }));
  });

  it("gives the same UIDs and subject under the same key, others under another, and valid ones", () => {
    const [once, again, other] = [deidentify(secretFile()), deidentify(secretFile()), deidentify(secretFile(), {}, 2)];
    expect(again.bytes).toEqual(once.bytes);
    expect(other.studyUid).not.toBe(once.studyUid);
    expect(other.subject).not.toBe(once.subject);
    for (const uid of [once.studyUid, once.seriesUid, once.sopInstanceUid])
      expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    // The reference to an image leads to that image's new UID.
    expect(textOf(once.bytes)).toContain(pseudonymsOf(keyOf(1)).uid("1.2.99.7777.1"));
  });

  it("moves all dates of a subject by the same days, and keeps how far they lie apart", () => {
    const dated = (date: string) => secretFile({}, { "00080020": ["DA", date], "00080022": ["DA", date] });
    const dateOf = (bytes: Uint8Array) => {
      const instance = textOf(bytes);
      return [...instance.matchAll(/DA..(\d{8})/gs)].map((match) => match[1]!);
    };
    const day = (text: string) => Date.UTC(+text.slice(0, 4), +text.slice(4, 6) - 1, +text.slice(6)) / 86_400_000;
    const [first] = dateOf(deidentify(dated("20200228"), { dates: "shift" }).bytes);
    const later = dateOf(deidentify(dated("20200305"), { dates: "shift" }).bytes);
    expect(day(later[0]!) - day(first!)).toBe(6); // 2020 was a leap year.
    expect(new Set(later).size).toBe(1);
    expect(day("20200228") - day(first!)).toBeGreaterThanOrEqual(365);
    expect(dateOf(deidentify(dated("20200228")).bytes)).toEqual([]);
  });

  it.each<[string, Partial<RetainOptions>, RegExp]>([
    ["sex and age", { patient: true }, /AS..063Y/s],
    ["the device", { device: true }, /SECRETSERIAL/],
    ["the institution", { institution: true }, /SECRET HOSPITAL/],
    ["UIDs", { uids: true }, /1\.2\.99\.7777\.1/],
    ["descriptions, without what may be a name", { descriptors: true }, /LO..CHEST /s],
  ])("keeps %s where that is asked", (_, retain, kept) => {
    if ("institution" in retain || "device" in retain) {
      expect(
        textOf(
          deidentify(
            encodeTestFile(
              testSlice({ elements: { "00080080": ["LO", "SECRET HOSPITAL"], "00181000": ["LO", "SECRETSERIAL"] } }),
            ),
            retain,
          ).bytes,
        ),
      ).toMatch(kept);
      return;
    }
    expect(textOf(deidentify(secretFile()).bytes)).not.toMatch(kept);
    expect(textOf(deidentify(secretFile(), retain).bytes)).toMatch(kept);
  });

  it("says how it was de-identified", () => {
    const text = textOf(deidentify(secretFile(), { dates: "shift", patient: true }).bytes);
    for (const code of ["113100", "113107", "113108"]) expect(text).toContain(code);
    expect(text).not.toContain("113109");
    expect(text).toContain("MODIFIED");
  });

  it("caps ages above 89 years", () => {
    const old = secretFile({}, { "00101010": ["AS", "094Y"] });
    expect(textOf(deidentify(old, { patient: true }).bytes)).toMatch(/AS..090Y/s);
  });
});

describe("the table of the profile", () => {
  it("removes private attributes, curves and overlays, and names no attribute twice", () => {
    for (const tag of ["00091001", "50003000", "60023000", "60024000"]) expect(profileRowOf(tag)?.basic).toBe("X");
    expect(profileRowOf("60020010")).toBeUndefined();
    const source = readFileSync(join(import.meta.dirname, "confidentialityProfile.ts"), "utf8");
    const tags = [...source.matchAll(/\b([0-9a-f]{8})[a-z]*\b/g)].map((match) => match[1]!);
    expect(tags.length).toBeGreaterThan(400);
    expect(tags.filter((tag, i) => tags.indexOf(tag) !== i)).toEqual([]);
  });
});

const studies = join(import.meta.dirname, "..", "..", "..", "..", "shared", "data", "ct-studies");
const hasDciodvfy = spawnSync("dciodvfy", ["-version"]).error === undefined;

function faultsOf(path: string): string[] {
  const said = spawnSync("dciodvfy", [path], { encoding: "utf8" }).stderr;
  return said.split("\n").filter((line) => line.startsWith("Error"));
}

describe.skipIf(!hasDciodvfy)("on a file that we wrote (needs dicom3tools)", () => {
  it.each<[string, Partial<RetainOptions>]>([
    ["nothing is retained", {}],
    [
      "everything is retained",
      { uids: true, device: true, institution: true, patient: true, descriptors: true, dates: "keep" },
    ],
    ["dates are moved", { dates: "shift" }],
  ])("leaves no fault that dciodvfy finds where %s", (_, retain) => {
    const folder = mkdtempSync(join(tmpdir(), "groundglass-deidentify-"));
    try {
      const slice = encodeCtInstance(writtenSlice, new Int16Array(64 * 64).fill(-1000));
      writeFileSync(join(folder, "before.dcm"), slice);
      writeFileSync(join(folder, "after.dcm"), deidentify(slice, retain).bytes);
      expect(faultsOf(join(folder, "before.dcm"))).toEqual([]);
      expect(faultsOf(join(folder, "after.dcm"))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(!existsSync(studies) || !hasDciodvfy)("on real files (needs ../shared/data and dicom3tools)", () => {
  it("adds no fault that dciodvfy finds", () => {
    const folder = mkdtempSync(join(tmpdir(), "groundglass-deidentify-"));
    try {
      for (const study of ["P001", "cap001", "normal001"]) {
        const name = readdirSync(join(studies, study)).sort()[0]!;
        const path = join(studies, study, name);
        const out = join(folder, `${study}.dcm`);
        writeFileSync(out, deidentify(readFileSync(path), { dates: "shift" }).bytes);
        const before = faultsOf(path);
        expect(faultsOf(out).filter((fault) => !before.includes(fault))).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
