import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import sharp from "sharp";
import { encodePixels, testEncoders } from "../../src/dicom/testEncodePixels.ts";
import { encodeTestFile, fragmentsOf, type TestElements, testSlice } from "../../src/dicom/testInstance.ts";

/** A sound file to spoil. */
export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const side = 24;

/** A body of 0 HU in air, with a gradient and noise, 12 bits unsigned. */
function slicePixels(z: number): Uint16Array {
  return Uint16Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) - side / 2, Math.floor(i / side) - side / 2];
    const isBody = x * x + y * y < (side / 2.4) ** 2;
    return (isBody ? 1000 + 3 * x + z : 20) + ((i * 2654435761) % 23);
  });
}

function slice(z: number, changes: Record<string, TestElements[string] | undefined> = {}): TestElements {
  const size = { "00280010": ["US", [side]], "00280011": ["US", [side]] } as const;
  return testSlice({ z, pixels: [...slicePixels(z)], elements: { ...size, ...changes } });
}

/** DICOM in every transfer syntax and form that is read, zip, gzip, NIfTI, PNG and JPEG; all small. */
export async function madeSeedFiles(): Promise<SeedFile[]> {
  const seeds: SeedFile[] = [
    { name: "explicit.dcm", bytes: encodeTestFile(slice(0)) },
    {
      name: "implicit.dcm",
      bytes: encodeTestFile(slice(0), { transferSyntaxUid: "1.2.840.10008.1.2", isExplicit: false }),
    },
    {
      name: "big.dcm",
      bytes: encodeTestFile(slice(0), { transferSyntaxUid: "1.2.840.10008.1.2.2", isBigEndian: true }),
    },
    { name: "bare.dcm", bytes: encodeTestFile(slice(0), { hasPreamble: false, hasMeta: false }) },
    {
      name: "deflated.dcm",
      bytes: encodeTestFile(slice(0), { transferSyntaxUid: "1.2.840.10008.1.2.1.99", isDeflated: true }),
    },
    { name: "lut.dcm", bytes: encodeTestFile(slice(0, modalityLut)) },
    { name: "enhanced.dcm", bytes: encodeTestFile(enhanced()) },
  ];
  for (const uid of Object.keys(testEncoders)) {
    const isBaseline = uid.endsWith(".4.50") || uid.endsWith(".4.51");
    const wide = slicePixels(0);
    const samples = isBaseline ? Uint8Array.from(wide, (value) => value >> 4) : wide;
    const bits = isBaseline ? 8 : 12;
    const coded = await encodePixels(uid, samples, {
      rows: side,
      columns: side,
      bitsAllocated: isBaseline ? 8 : 16,
      bitsStored: bits,
    });
    const elements = slice(0, {
      "00280100": ["US", [isBaseline ? 8 : 16]],
      "00280101": ["US", [bits]],
      "00280102": ["US", [bits - 1]],
      "7FE00010": ["fragments", fragmentsOf([coded])],
    });
    seeds.push({ name: `${uid}.dcm`, bytes: encodeTestFile(elements, { transferSyntaxUid: uid }) });
  }
  const study = Object.fromEntries([0, 2, 4, 6].map((z) => [`series/${z}.dcm`, encodeTestFile(slice(z))]));
  const png = await sharp(Buffer.from(slicePixels(0).map((value) => value >> 4)), {
    raw: { width: side * 2, height: side / 2, channels: 1 },
  })
    .png()
    .toBuffer();
  const jpeg = await sharp(png).jpeg().toBuffer();
  const volume = nifti();
  return [
    ...seeds,
    { name: "study.zip", bytes: zipSync(study) },
    { name: "slice.dcm.gz", bytes: gzipSync(encodeTestFile(slice(0))) },
    { name: "volume.nii", bytes: volume },
    { name: "volume.nii.gz", bytes: gzipSync(volume) },
    { name: "picture.png", bytes: new Uint8Array(png) },
    { name: "picture.jpg", bytes: new Uint8Array(jpeg) },
  ];
}

const modalityLut: TestElements = {
  "00281052": ["DS", ""],
  "00283000": [
    "SQ",
    [{ "00283002": ["US", [256, 0, 16]], "00283006": ["OW", Array.from({ length: 256 }, (_, i) => 4 * i)] }],
  ],
};

function enhanced(): TestElements {
  const frame = (z: number): TestElements => ({
    "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]],
    "00289145": ["SQ", [{ "00281052": ["DS", "-1000"], "00281053": ["DS", "1"] }]],
  });
  return slice(0, {
    "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2.1"],
    "00200032": undefined,
    "00280008": ["IS", "3"],
    "52009230": ["SQ", [frame(0), frame(2), frame(4)]],
    "7FE00010": ["OW", [0, 2, 4].flatMap((z) => [...slicePixels(z)])],
  });
}

/** @source nifti1.h */
function nifti(): Uint8Array {
  const bytes = new Uint8Array(352 + 2 * side * side * 4);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [3, side, side, 4, 1, 1, 1, 1].forEach((size, i) => {
    view.setInt16(40 + 2 * i, size, true);
  });
  view.setInt16(70, 4, true);
  view.setInt16(72, 16, true);
  [1, 0.8, 0.8, 2].forEach((mm, i) => {
    view.setFloat32(76 + 4 * i, mm, true);
  });
  view.setFloat32(108, 352, true);
  view.setInt16(254, 1, true);
  [-0.8, 0, 0, 0, 0, -0.8, 0, 0, 0, 0, 2, 0].forEach((part, i) => {
    view.setFloat32(280 + 4 * i, part, true);
  });
  bytes.set(new TextEncoder().encode("n+1"), 344);
  [0, 2, 4, 6].forEach((z, i) => {
    new Int16Array(bytes.buffer, 352 + 2 * side * side * i, side * side).set(
      slicePixels(z).map((value) => value - 1024),
    );
  });
  return bytes;
}

/** The files of a folder as seeds; none where it is absent. */
export function corpusSeedFiles(folder: string): SeedFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".dcm"))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}
