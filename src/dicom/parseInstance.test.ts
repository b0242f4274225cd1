import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { decodePixels } from "./decodePixels.ts";
import { parseInstance } from "./parseInstance.ts";
import { encodeTestFile, fragmentsOf, type TestFileOptions, testSlice } from "./testInstance.ts";

const implicit = "1.2.840.10008.1.2";
const bigEndian = "1.2.840.10008.1.2.2";
const deflated = "1.2.840.10008.1.2.1.99";

const writings: Readonly<Record<string, TestFileOptions>> = {
  "explicit little endian": {},
  "implicit little endian": { transferSyntaxUid: implicit, isExplicit: false },
  "explicit big endian": { transferSyntaxUid: bigEndian, isBigEndian: true },
  deflated: { transferSyntaxUid: deflated, isDeflated: true },
  "without a preamble": { hasPreamble: false },
  "without preamble or meta, explicit": { hasPreamble: false, hasMeta: false },
  "without preamble or meta, implicit": { hasPreamble: false, hasMeta: false, isExplicit: false },
  "without preamble or meta, big endian": { hasPreamble: false, hasMeta: false, isBigEndian: true },
  "implicit, said to be explicit": { isExplicit: false },
  "explicit, said to be implicit": { transferSyntaxUid: implicit },
};

describe("parseInstance", () => {
  it.each(Object.entries(writings))("reads attributes and pixels written %s", async (_, options) => {
    const file = encodeTestFile(testSlice({ z: 12.5 }), options);
    const instance = parseInstance(file)!;
    expect(instance).toMatchObject({
      modality: "CT",
      studyUid: "1.2.3",
      seriesUid: "1.2.3.4",
      description: "Chest 2.0",
      kernel: "B30f",
      isCut: false,
      frames: [
        { positionMm: [-10, -20, 12.5], pixelSpacingMm: [0.5, 0.8], slope: 1, intercept: -1024, hasRescale: true },
      ],
    });
    const [values] = await decodePixels(file, instance, [0]);
    expect([...values!]).toEqual(Array.from({ length: 16 }, (_, i) => 100 * i));
  });

  it("lets nothing through that names the patient, only the hash of the ID", () => {
    const instance = parseInstance(encodeTestFile(testSlice()))!;
    expect(instance.patientIdSha256).toBe(sha256Hex("MRN-4711"));
    expect(JSON.stringify(instance)).not.toMatch(/Doe|Jane|4711|1970/);
  });

  it("hides a UID that is none behind a hash", () => {
    for (const written of ["JaneDoe", "JaneDoe\0", "JaneDoe   "]) {
      const instance = parseInstance(encodeTestFile(testSlice({ elements: { "0020000D": ["UI", written] } })))!;
      expect(instance.studyUid).toBe(`invalid-${sha256Hex("JaneDoe").slice(0, 12)}`);
    }
  });

  it("takes the stored bits out of the allocated ones, with their sign", async () => {
    const elements = { "00280101": ["US", [12]], "00280102": ["US", [13]], "00280103": ["US", [1]] } as const;
    // 12 bits at 2…13: 0x7FF = 2047, 0x800 = −2048, 0xFFF = −1; bits 0, 1, 14 and 15 hold something else.
    const pixels = [0x7ff, 0x800, 0xfff].map((value) => (value << 2) | 0xc003);
    const file = encodeTestFile(testSlice({ pixels: [...pixels, ...new Array(13).fill(0)], elements }));
    const [values] = await decodePixels(file, parseInstance(file)!, [0]);
    expect([...values!.slice(0, 4)]).toEqual([2047, -2048, -1, 0]);
  });

  it("says that a file cut before its pixels is cut, and refuses one cut within them", async () => {
    const file = encodeTestFile(testSlice());
    expect(parseInstance(file.subarray(0, 300))?.isCut).toBe(true);
    const within = file.subarray(0, file.length - 5);
    const instance = parseInstance(within)!;
    expect(instance.isCut).toBe(false);
    await expect(decodePixels(within, instance, [0])).rejects.toMatchObject({ code: "FILE_TRUNCATED" });
  });

  it.each(Object.entries(writings).slice(0, 3))(
    "says of a file written %s that it is cut, wherever that is",
    (_, options) => {
      const inner = { "00080100": ["SH", "x".repeat(40)], "00080104": ["LO", "y".repeat(40)] } as const;
      const elements = { "00081032": ["SQ", [inner, inner]], "00209999": ["LO", "z".repeat(40)] } as const;
      const file = encodeTestFile(testSlice({ elements }), options);
      for (const letter of ["x", "y", "z"]) {
        const within = Buffer.from(file).lastIndexOf(letter.repeat(8)) - 10;
        expect([letter, parseInstance(file.subarray(0, within))?.isCut]).toEqual([letter, true]);
      }
    },
  );

  it("reads each frame's place in an enhanced multi-frame image", async () => {
    const frame = (z: number) => ({
      "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]] as const,
      "00289145": ["SQ", [{ "00281052": ["DS", "-1000"], "00281053": ["DS", "2"] }]] as const,
    });
    const file = encodeTestFile(
      testSlice({
        pixels: Array.from({ length: 32 }, (_, i) => i),
        elements: {
          "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2.1"],
          "00200032": undefined,
          "00280008": ["IS", "2"],
          "52009230": ["SQ", [frame(5), frame(10)]],
        },
      }),
    );
    const instance = parseInstance(file)!;
    expect(instance.frames).toMatchObject([
      { positionMm: [0, 0, 5], slope: 2, intercept: -1000 },
      { positionMm: [0, 0, 10] },
    ]);
    const [second] = await decodePixels(file, instance, [1]);
    expect(second![0]).toBe(16);
  });

  it("is null for bytes that are no DICOM file", () => {
    for (const text of ["", "path,label\nP001,COVID-19\n", "x".repeat(5000)]) {
      expect(parseInstance(new TextEncoder().encode(text))).toBeNull();
    }
    expect(parseInstance(Uint8Array.of(8, 0, 5, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9))).toBeNull();
  });

  it("lives through sequences nested a hundred thousand deep", () => {
    const depth = 100_000;
    const level = [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255];
    const nest = new Uint8Array(132 + depth * level.length);
    nest.set([0x44, 0x49, 0x43, 0x4d], 128);
    for (let i = 0; i < depth; i++) nest.set(level, 132 + i * level.length);
    expect(parseInstance(nest)?.isCut).toBe(true);
  });

  it("inflates no more of a deflated file than its header, and its pixels within the limit", async () => {
    const pixels = new Array(250 * 400).fill(7);
    const elements = { "00280010": ["US", [250]], "00280011": ["US", [400]] } as const;
    const file = encodeTestFile(testSlice({ pixels, elements }), { transferSyntaxUid: deflated, isDeflated: true });
    const limits = { maxHeaderBytes: 2000, maxInflatedBytes: 250_000 };
    const instance = parseInstance(file, limits)!;
    expect(instance).toMatchObject({ isCut: false, pixels: { length: 200_000 } });
    expect((await decodePixels(file, instance, [0], limits))[0]).toEqual(Uint16Array.from(pixels));
    await expect(decodePixels(file, instance, [0], { ...limits, maxInflatedBytes: 200_000 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
    });
    expect(parseInstance(file, { maxHeaderBytes: 100, maxInflatedBytes: 250_000 })?.isCut).toBe(true);
  });

  it("ends at a header with more elements than memory could hold", () => {
    const element = [0x09, 0, 0x10, 0x10, 0x4c, 0x4f, 0, 0]; // (0009,1010) LO, empty
    const file = new Uint8Array(132 + 2_000_000 * element.length);
    file.set([0x44, 0x49, 0x43, 0x4d], 128);
    for (let i = 0; i < 2_000_000; i++) {
      element[2] = i & 0xff;
      element[3] = (i >> 8) & 0xff;
      file.set(element, 132 + i * element.length);
    }
    file.set([8, 0, 0x60, 0, 0x43, 0x53, 2, 0, 0x43, 0x54], 132);
    expect(parseInstance(file)).toMatchObject({ isCut: true, modality: "CT" });
  });

  it("follows no more frames than an image can have", () => {
    const items = new Array(20_001).fill({});
    const file = encodeTestFile(testSlice({ elements: { "52009230": ["SQ", items] } }));
    expect(parseInstance(file)).toMatchObject({ isCut: true, frames: [{ positionMm: [-10, -20, 0] }] });
  });

  it("gives a result or an InputError for any mutation of a file, never another error", async () => {
    // A JPEG frame header that says 4 × 4, and then no image.
    const jpeg = [
      0xff, 0xd8, 0xff, 0xc3, 0, 11, 12, 0, 4, 0, 4, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0, 1, 2, 3,
    ];
    const coded = testSlice({ elements: { "7FE00010": ["fragments", fragmentsOf([Uint8Array.from(jpeg)])] } });
    const files = [
      ...Object.values(writings).map((options) => encodeTestFile(testSlice(), options)),
      encodeTestFile(coded, { transferSyntaxUid: "1.2.840.10008.1.2.4.70" }),
      encodeTestFile(coded, { transferSyntaxUid: "1.2.840.10008.1.2.5" }),
    ];
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    const property = fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.option(fc.nat()),
      async (original, changes, cut) => {
        const file = original.slice();
        for (const { at, byte } of changes) file[at % file.length] = byte;
        const bytes = cut === null ? file : file.subarray(0, cut % file.length);
        try {
          const instance = parseInstance(bytes);
          const size = (instance?.pixels?.rows ?? 0) * (instance?.pixels?.columns ?? 0);
          if (instance && size < 2 ** 22) await decodePixels(bytes, instance, [0]);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    );
    await fc.assert(property, { numRuns: 2000, seed: 1 });
  });
});
