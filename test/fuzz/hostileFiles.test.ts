import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuardedReader } from "../../scripts/fuzz/guardedReader.ts";
import { mutate } from "../../scripts/fuzz/mutate.ts";
import { corpusSeedFiles, madeSeedFiles, type SeedFile } from "../../scripts/fuzz/seedFiles.ts";
import { createRandom } from "../../src/base/random.ts";
import { encodeTestFile, testSlice } from "../../src/dicom/testInstance.ts";

const corpus = join(import.meta.dirname, "../../../shared/data/dicom-corpus");
const work = mkdtempSync(join(tmpdir(), "groundglass-hostile-"));
const reader = new GuardedReader();
let made: SeedFile[];
beforeAll(async () => {
  made = await madeSeedFiles();
});
afterAll(async () => {
  await reader.close();
  rmSync(work, { recursive: true, force: true });
});

/** How a file went; fails where it was neither read nor refused with a code, in the limits of time and memory. */
async function read(name: string, bytes: Uint8Array): Promise<string | null> {
  const path = join(work, `case${extname(name)}`);
  writeFileSync(path, bytes);
  const { code, offence } = await reader.read(path);
  expect(offence).toBeUndefined();
  return code;
}

async function readMutants(seeds: readonly SeedFile[], count: number, seed: string): Promise<Map<string, number>> {
  const codes = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const random = createRandom(seed).fork(i);
    const { name, bytes } = random.pick(seeds);
    const code = String(await read(name, mutate(bytes, random).bytes));
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

const sizes = (rows: number, columns: number) =>
  ({ "00280010": ["US", [rows]], "00280011": ["US", [columns]] }) as const;
const jpeg2000 = "1.2.840.10008.1.2.4.90";

/** A slice of 24 × 24 in JPEG 2000, its header changed at some offsets from its start. */
function tiled(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = made.find(({ name }) => name === `${jpeg2000}.dcm`)!.bytes.slice();
  const start = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  for (const [at, value] of Object.entries(changes)) new DataView(bytes.buffer).setUint32(start + Number(at), value);
  return bytes;
}

/** A slice with sequences within sequences before its pixels; whole, or cut within them. */
function nested(depth: number, isWhole: boolean): Uint8Array {
  const plain = encodeTestFile(testSlice());
  const at = Buffer.from(plain).indexOf(Buffer.from([0x20, 0, 0x0d, 0])); // Study Instance UID
  const open = [0x18, 0, 0x40, 0x91, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255];
  const close = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
  const opened = new Array(depth).fill(open).flat();
  const closed = isWhole ? [...new Array(depth).fill(close).flat(), ...plain.subarray(at)] : [];
  return Uint8Array.from([...plain.subarray(0, at), ...opened, ...closed]);
}

function niftiHeader(dims: readonly number[], bytes: number): Uint8Array {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  view.setInt32(0, 348, true);
  dims.forEach((size, i) => {
    view.setInt16(40 + 2 * i, size, true);
  });
  view.setInt16(70, 2, true);
  view.setFloat32(108, 352, true);
  file.set(new TextEncoder().encode("n+1"), 344);
  return file;
}

function pngOf(width: number, height: number): Uint8Array {
  const bytes = made.find(({ name }) => name === "picture.png")!.bytes.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(bytes.subarray(12, 29))); // so that only the size is a lie
  return bytes;
}

function deflated(zeros: number): Uint8Array {
  const plain = encodeTestFile(testSlice());
  const dataSet = plain.subarray(Buffer.from(plain).indexOf(Buffer.from([8, 0, 8, 0])));
  const meta = encodeTestFile({}, { transferSyntaxUid: "1.2.840.10008.1.2.1.99" });
  return Uint8Array.from([...meta, ...deflateRawSync(Buffer.concat([dataSet, new Uint8Array(zeros)]))]);
}

/** Two entries, the second one with the first one's bytes. */
function overlapping(): Uint8Array {
  const zip = zipSync({ a: new Uint8Array(2 ** 20), b: new Uint8Array(1) }, { level: 0 });
  const first = new DataView(zip.buffer).getUint32(zip.length - 6, true); // the directory, as the end record says
  zip.set(zip.subarray(first + 20, first + 28), first + 47 + 20); // an entry of a one-letter name has 47 bytes
  return zip;
}

const slice = () => encodeTestFile(testSlice());
const known: readonly [what: string, name: string, code: string, bytes: () => Uint8Array][] = [
  ["an image of 65,535²", "x.dcm", "TOO_LARGE", () => encodeTestFile(testSlice({ elements: sizes(65_535, 65_535) }))],
  [
    "an image of 4000² without its pixels",
    "x.dcm",
    "FILE_TRUNCATED",
    () => encodeTestFile(testSlice({ elements: sizes(4000, 4000) })).subarray(0, -1),
  ],
  ["a JPEG 2000 stream that says 65,535²", "x.dcm", "PIXELS_INVALID", () => tiled({ 8: 65_535, 12: 65_535 })],
  ["a JPEG 2000 stream of tiles of one pixel", "x.dcm", "PIXELS_INVALID", () => tiled({ 24: 1, 28: 1 })],
  ["sequences nested 1,000 deep", "x.dcm", "read", () => nested(1000, true)],
  ["sequences nested 1,000 deep and cut", "x.dcm", "FILE_TRUNCATED", () => nested(1000, false)],
  ["sequences nested 50,000 deep", "x.dcm", "FILE_TRUNCATED", () => nested(50_000, true)],
  ["a deflate bomb of 300 MB behind a slice", "x.dcm", "read", () => deflated(300e6)],
  [
    "a gzip bomb of 300 MB",
    "x.nii.gz",
    "FILE_TOO_LARGE",
    () => gzipSync(niftiHeader([3, 512, 512, 1100, 1, 1, 1, 1], 300e6)),
  ],
  ["a zip bomb of 100 MB", "x.zip", "ARCHIVE_TOO_LARGE", () => zipSync({ x: new Uint8Array(100e6) }, { level: 1 })],
  ["a zip whose entries share their bytes", "x.zip", "ARCHIVE_UNREADABLE", overlapping],
  ["a zip with a name that climbs out", "x.zip", "read", () => zipSync({ "../../../../tmp/x.dcm": slice() })],
  ["a NIfTI of 32,767³", "x.nii", "TOO_LARGE", () => niftiHeader([3, 32_767, 32_767, 32_767, 1, 1, 1, 1], 400)],
  ["a PNG of 65,535²", "x.png", "PICTURE_INVALID", () => pngOf(65_535, 65_535)],
];

describe("hostile files", () => {
  it.each(known)("reads or refuses %s (%s) as %s", async (_, name, code, bytes) => {
    expect(await read(name, bytes())).toBe(code);
  });

  it("reads every made file as it is: every transfer syntax, zip, gzip, NIfTI and pictures", async () => {
    for (const { name, bytes } of made) expect([name, await read(name, bytes)]).toEqual([name, "read"]);
  });

  it("reads or refuses 100 spoiled made files, within the limits of time and memory", async () => {
    const codes = await readMutants(made, 100, "made");
    expect(codes.get("read")).toBeGreaterThan(10);
    expect([...codes.keys()].length).toBeGreaterThan(5);
  });

  describe.skipIf(!existsSync(corpus))("of the corpus", () => {
    it("reads or refuses 30 spoiled files", async () => {
      const codes = await readMutants(corpusSeedFiles(corpus), 30, "corpus");
      expect([...codes.keys()].length).toBeGreaterThan(3);
    });
  });
});
