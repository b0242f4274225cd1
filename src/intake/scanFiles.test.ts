import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTestFile, type TestElements, testSlice } from "../dicom/testInstance.ts";
import { intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { readStudy } from "./readStudy.ts";
import { scanFiles } from "./scanFiles.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-scan-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

type Changes = Readonly<Record<string, TestElements[string] | undefined>>;
const slice = (z: number, elements: Changes = {}) => testSlice({ z, elements });
const series = (prefix = "", elements: Changes = {}) =>
  Object.fromEntries([0, 2, 4].map((z) => [`${prefix}${z}.dcm`, encodeTestFile(slice(z, elements))]));

async function scan() {
  const settings = intakeSettingsOf();
  return scanFiles((await listFiles(folder, settings)).files, settings);
}

const pathsOf = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path);

describe("scanFiles", () => {
  it("tells files by their content, whatever they are called and packed in", async () => {
    const dicomdir = {
      "00041130": ["CS", "DISC"],
      "00041220": ["SQ", [{ "00041430": ["CS", "PATIENT"] }]],
    } as const;
    const directoryMeta = { "00080016": ["UI", "1.2.840.10008.1.3.10"] } as const;
    await put({
      "a.txt": encodeTestFile(slice(0)),
      "b.jpg": encodeTestFile(slice(2), { hasPreamble: false, hasMeta: false }),
      "c.dcm.gz": gzipSync(encodeTestFile(slice(4))),
      "d.dat": zipSync({ "deep/x": encodeTestFile(slice(6)), "deep/.hidden": encodeTestFile(slice(8)) }),
      DICOMDIR: encodeTestFile({ ...directoryMeta, ...dicomdir }),
      "notes.txt": "slices of the chest",
      "broken.dcm": "no longer what its name says",
    });
    const { instances, broken, others } = await scan();
    expect(pathsOf(instances.map(({ file }) => file))).toEqual(["a.txt", "b.jpg", "c.dcm.gz", "d.dat/deep/x"]);
    expect(pathsOf(broken)).toEqual(["broken.dcm"]);
    expect(pathsOf(others)).toEqual(["DICOMDIR", "notes.txt"]);
  });

  it("finds the pixels behind a long header, whether its sequences say their length or not", async () => {
    const item = Array.from({ length: 900 }, () => ({ "00081030": ["LO", "w".repeat(60)] }) as const);
    const long = encodeTestFile(slice(0, { "00081032": ["SQ", item], "00081110": ["SQ", item] }));
    expect(long.length).toBeGreaterThan(120_000);
    await put({ "known.dcm": long, "unknown.dcm": withUnknownLengths(long) });
    const { instances } = await scan();
    expect(instances.map(({ instance }) => [instance.isCut, instance.pixels?.rows])).toEqual([
      [false, 4],
      [false, 4],
    ]);
  });

  it("inflates no gzip file beyond what an honest one could hold", async () => {
    await put({ "x.nii.gz": gzipSync(niftiOfZeros(80 * 2 ** 20)) });
    await expect(readStudy(folder)).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  });
});

/** The same file with its two long sequences written without a length. */
function withUnknownLengths(file: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const bytes = Buffer.from(file);
  let at = 0;
  for (const tag of [
    [8, 0, 0x32, 0x10],
    [8, 0, 0x10, 0x11],
  ]) {
    const start = bytes.indexOf(Buffer.from([...tag, 0x53, 0x51]));
    const end = start + 12 + bytes.readUInt32LE(start + 8);
    parts.push(bytes.subarray(at, start + 8), Buffer.from([255, 255, 255, 255]), bytes.subarray(start + 12, end));
    parts.push(Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]));
    at = end;
  }
  return new Uint8Array(Buffer.concat([...parts, bytes.subarray(at)]));
}

/** A NIfTI header that says 80 MB of bytes, and zeros. */
function niftiOfZeros(bytes: number): Uint8Array {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  view.setInt32(0, 348, true);
  [3, 512, 512, 300, 1, 1, 1, 1].forEach((size, i) => {
    view.setInt16(40 + 2 * i, size, true);
  });
  view.setInt16(70, 2, true);
  file.set(new TextEncoder().encode("n+1"), 344);
  return file;
}

describe("a study of many kinds of objects", () => {
  it("gives the CT series, and says of each other why it was left aside", async () => {
    const kinds: Readonly<Record<string, readonly [Changes, RegExp]>> = {
      localizer: [{ "00080008": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER"] }, /localizer/],
      capture: [{ "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.7"] }, /no CT images/],
      "dose report": [
        { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.88.67"], "00080060": ["CS", "SR"], "7FE00010": undefined },
        /is SR, not CT/,
      ],
      segmentation: [
        { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.66.4"], "00080060": ["CS", "SEG"] },
        /is SEG, not CT/,
      ],
      "presentation state": [
        { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.11.1"], "00080060": ["CS", "PR"], "7FE00010": undefined },
        /is PR, not CT/,
      ],
      reformat: [{ "00080008": ["CS", "DERIVED\\SECONDARY\\MPR"] }, /derived/],
    };
    const names = Object.keys(kinds);
    await put(series("ct/"));
    for (const [i, name] of names.entries()) {
      await put(series(`${name}/`, { "0020000E": ["UI", `1.2.3.5.${i}`], ...kinds[name]?.[0] }));
    }
    const { seriesChoice, images } = await readStudy(folder);
    expect(seriesChoice?.read.seriesUid).toBe("1.2.3.4");
    expect(images).toMatchObject({ kind: "volume", volume: { shape: [3, 4, 4] } });
    for (const [i, name] of names.entries()) {
      const other = seriesChoice?.others.find(({ seriesUid }) => seriesUid === `1.2.3.5.${i}`);
      expect([name, other?.reason]).toEqual([name, expect.stringMatching(kinds[name]?.[1] as RegExp)]);
    }
  });

  it("reads instances that were sent twice once, with a warning", async () => {
    await put({ ...series("first/"), ...series("again/") });
    const { images, warnings } = await readStudy(folder);
    expect(images).toMatchObject({ kind: "volume", volume: { shape: [3, 4, 4] } });
    expect(warnings.map(({ code }) => code)).toEqual(["DUPLICATE_SLICES"]);
  });

  it("reads CTs whose UIDs are none, and shows none of them", async () => {
    const uids = { "0020000D": ["UI", "Doe^Jane 7"], "0020000E": ["UI", `1.${"2".repeat(80)}`] } as const;
    const files = [0, 2, 4].map((z) => {
      const own = { ...uids, "00080018": ["UI", z === 2 ? "" : `DoeJane-${z}`] } as const;
      return [`${z}.dcm`, encodeTestFile(slice(z, own))] as const;
    });
    await put(Object.fromEntries(files));
    const reading = await readStudy(folder);
    expect(reading.images).toMatchObject({ kind: "volume", volume: { shape: [3, 4, 4] } });
    expect(reading.studyUid).toMatch(/^invalid-[0-9a-f]{12}$/);
    expect(JSON.stringify(reading)).not.toMatch(/Doe|Jane|22222/);
  });
});
