import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../base/errors.ts";
import type { Volume } from "../study/volume.ts";
import { readStudy } from "./readStudy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-nifti-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Made {
  readonly values?: readonly number[];
  /** Datatype code and bytes each: 4 int16, 16 float32, 2 uint8. */
  readonly type?: readonly [code: number, bytes: number, write: "setInt16" | "setFloat32" | "setUint8"];
  readonly slope?: number;
  readonly intercept?: number;
  readonly sform?: readonly (readonly number[])[];
  /** b, c, d and the offset. */
  readonly qform?: readonly number[];
  readonly isLittle?: boolean;
  readonly version?: 1 | 2;
  readonly dims?: readonly number[];
}

const size = [4, 3, 2] as const; // columns, rows, slices
const counting = Array.from({ length: 24 }, (_, i) => i - 1000);

/** @source nifti1.h, nifti2.h: the offsets of the fields */
function nifti(made: Made = {}): Uint8Array {
  const { values = counting, type = [4, 2, "setInt16"], slope = 0, intercept = 0, isLittle = true, version = 1 } = made;
  const start = version === 1 ? 352 : 544;
  const bytes = new Uint8Array(start + values.length * type[1]);
  const view = new DataView(bytes.buffer);
  const shape = made.dims ?? size;
  const dims = [shape.length, ...shape, 1, 1, 1, 1].slice(0, 8);
  const float = (at: number, value: number) =>
    version === 1 ? view.setFloat32(at, value, isLittle) : view.setFloat64(at, value, isLittle);
  const step = version === 1 ? 4 : 8;
  view.setInt32(0, version === 1 ? 348 : 540, isLittle);
  dims.forEach((dim, i) => {
    if (version === 1) view.setInt16(40 + 2 * i, dim, isLittle);
    else view.setBigInt64(16 + 8 * i, BigInt(dim), isLittle);
  });
  view.setInt16(version === 1 ? 70 : 12, type[0], isLittle);
  view.setInt16(version === 1 ? 72 : 14, 8 * type[1], isLittle);
  [1, 0.8, 0.5, 2].forEach((mm, i) => {
    float((version === 1 ? 76 : 104) + step * i, mm);
  });
  if (version === 1) view.setFloat32(108, start, isLittle);
  else view.setBigInt64(168, BigInt(start), isLittle);
  float(version === 1 ? 112 : 176, slope);
  float(version === 1 ? 116 : 184, intercept);
  if (made.qform) {
    if (version === 1) view.setInt16(252, 1, isLittle);
    else view.setInt32(344, 1, isLittle);
    made.qform.forEach((value, i) => {
      float((version === 1 ? 256 : 352) + step * i, value);
    });
  }
  if (made.sform) {
    if (version === 1) view.setInt16(254, 2, isLittle);
    else view.setInt32(348, 2, isLittle);
    made.sform.flat().forEach((value, i) => {
      float((version === 1 ? 280 : 400) + step * i, value);
    });
  }
  const magic = version === 1 ? "n+1\0" : "n+2\0\r\n\u001a\n";
  bytes.set(new TextEncoder().encode(magic), version === 1 ? 344 : 4);
  values.forEach((value, i) => {
    view[type[2]](start + i * type[1], value, isLittle);
  });
  return bytes;
}

async function read(bytes: Uint8Array, name = "scan.nii"): Promise<Volume & { codes: string[] }> {
  await writeFile(join(folder, name), bytes);
  const { images, warnings } = await readStudy(join(folder, name));
  if (images.kind !== "volume") throw new Error("no volume");
  return { ...images.volume, codes: warnings.map((warning) => warning.code) };
}

/** Right to left is x of NIfTI; this sform runs to the left, the back and the head, as LPS does. */
const lps = [
  [-0.8, 0, 0, 10],
  [0, -0.5, 0, 20],
  [0, 0, 2, 30],
];

describe("niftiVolume", () => {
  it("turns RAS into LPS", async () => {
    const volume = await read(nifti({ sform: lps }));
    expect(volume.shape).toEqual([2, 3, 4]);
    expect([...volume.voxels]).toEqual(counting);
    expect(volume.geometry.originMm).toEqual([-10, -20, 30]);
    [2, 0.5, 0.8].forEach((mm, i) => {
      expect(volume.geometry.spacingMm[i]).toBeCloseTo(mm, 6);
    });
    expect(volume.sliceNames).toEqual(["scan.nii#1", "scan.nii#2"]);
  });

  it("flips a volume stored to the right and the front", async () => {
    const volume = await read(nifti({ sform: [[0.8, 0, 0, 0], [0, 0.5, 0, 0], lps[2]!] }));
    expect([...volume.voxels.slice(0, 4)]).toEqual([-989, -990, -991, -992]);
    expect(volume.geometry.originMm[0]).toBeCloseTo(-3 * 0.8, 6);
  });

  it("reads the qform's quaternion where there is no sform", async () => {
    // Half a turn about z, d = 1: x and y of RAS run backwards, which is LPS.
    const half = await read(nifti({ qform: [0, 0, 1, 10, 20, 30] }));
    expect([...half.voxels]).toEqual(counting);
    expect(half.geometry.originMm).toEqual([-10, -20, 30]);
    // A quarter turn about x, b = √½: y of the file runs to the head, z to the back (−y of RAS).
    const quarter = await read(nifti({ qform: [Math.SQRT1_2, 0, 0, 0, 0, 0] }));
    expect(quarter.shape).toEqual([3, 2, 4]);
    expect(quarter.codes).toContain("RESLICED");
  });

  it("takes the voxel sizes alone where there is neither, as RAS", async () => {
    const volume = await read(nifti());
    expect(volume.voxels[0]).toBe(counting[11]);
    expect(volume.geometry.spacingMm[2]).toBeCloseTo(0.8, 6);
  });

  it.each<[string, Made, (i: number) => number]>([
    ["big endian", { isLittle: false }, (i) => counting[i]!],
    ["version 2", { version: 2 }, (i) => counting[i]!],
    ["with slope and intercept", { slope: 2, intercept: -5 }, (i) => Math.max(-1024, 2 * counting[i]! - 5)],
    [
      "of floating-point numbers",
      { type: [16, 4, "setFloat32"], values: counting.map((v) => v + 0.25) },
      (i) => counting[i]!,
    ],
    [
      "of bytes with an intercept",
      { type: [2, 1, "setUint8"], values: counting.map((v) => v + 1000), slope: 1, intercept: -1000 },
      (i) => counting[i]!,
    ],
  ])("reads values %s", async (_, made, expected) => {
    const volume = await read(nifti({ sform: lps, ...made }));
    expect([...volume.voxels]).toEqual(Array.from({ length: 24 }, (__, i) => expected(i)));
  });

  it("reads .nii.gz, and a value that is no number as outside", async () => {
    const values = [Number.NaN, ...counting.slice(1)];
    const volume = await read(gzipSync(nifti({ sform: lps, type: [16, 4, "setFloat32"], values })), "scan.nii.gz");
    expect([...volume.voxels.slice(0, 2)]).toEqual([-1024, -999]);
  });

  it("warns where no value is as low as air", async () => {
    expect((await read(nifti({ sform: lps, values: counting.map((v) => v + 1000) }))).codes).toContain(
      "NOT_HOUNSFIELD",
    );
  });

  it.each<[string, string, () => Uint8Array]>([
    ["a cut file", "FILE_TRUNCATED", () => nifti().subarray(0, 390)],
    [
      "a cut .gz",
      "FILE_TRUNCATED",
      () => gzipSync(nifti({ values: counting.map((i) => Math.sin(i * i) * 1e4) })).subarray(0, 110),
    ],
    ["several volumes", "NIFTI_INVALID", () => nifti({ dims: [2, 2, 2, 3] })],
    ["complex numbers", "NIFTI_INVALID", () => nifti({ type: [32, 8, "setFloat32"] })],
    [
      "skewed axes",
      "NIFTI_INVALID",
      () =>
        nifti({
          sform: [
            [1, 0.5, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 1, 0],
          ],
        }),
    ],
    [
      "axes of no length",
      "NIFTI_INVALID",
      () =>
        nifti({
          sform: [
            [0, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 1, 0],
          ],
        }),
    ],
    ["an enormous volume", "TOO_LARGE", () => nifti({ dims: [32_000, 32_000, 32_000] })],
  ])("refuses %s with %s", async (_, code, bytes) => {
    await expect(read(bytes())).rejects.toMatchObject({ code });
  });

  it("gives a volume or an InputError for any mutation", async () => {
    const original = nifti({ sform: lps });
    const changes = fc.array(fc.record({ at: fc.nat(original.length - 1), byte: fc.nat(255) }), {
      minLength: 1,
      maxLength: 6,
    });
    const property = fc.asyncProperty(changes, async (some) => {
      const bytes = original.slice();
      for (const { at, byte } of some) bytes[at] = byte;
      await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(InputError));
    });
    await fc.assert(property, { numRuns: 200, seed: 3 });
  });
});
