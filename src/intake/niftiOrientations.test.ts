import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import type { Volume } from "../study/volume.ts";
import golden from "./niftiOrientations.golden.json" with { type: "json" };
import { readStudy } from "./readStudy.ts";
import { dicomSlices, niftiFile, niftiHu, niftiShape, niftiTable } from "./testNifti.ts";

const byNibabel = golden as unknown as Readonly<
  Record<string, readonly [sha256: string, affineLps: readonly number[]]>
>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-orientations-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readVolume(path: string): Promise<Volume> {
  const { images } = await readStudy(path);
  if (images.kind !== "volume") throw new Error("no volume");
  return images.volume;
}

async function readDicom(leanDegrees: number): Promise<Volume> {
  const series = join(folder, `lean ${leanDegrees}`);
  await mkdir(series);
  for (const [i, bytes] of dicomSlices(leanDegrees).entries()) await writeFile(join(series, `${i}.dcm`), bytes);
  return readVolume(series);
}

/** Where a volume lies: origin, spacing and axes as one list of numbers. */
const placeOf = ({ geometry: { originMm, spacingMm, axes } }: Volume) => [...originMm, ...spacingMm, ...axes.flat()];

function expectNear(found: readonly number[], expected: readonly number[], name: string, withinMm = 1e-4): void {
  expect(found).toHaveLength(expected.length);
  const furthest = Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect([name, furthest < withinMm || furthest]).toEqual([name, true]);
}

describe("a NIfTI file", () => {
  it("gives the same volume as the DICOM that it was made from, in all 48 orientations", async () => {
    const upright = await readDicom(0);
    expect(upright.shape).toEqual(niftiShape);
    expect([...upright.voxels]).toEqual(niftiHu);
    const leaning = await readDicom(8);
    const rows = niftiTable();
    expect(rows).toHaveLength(2 * 48 + 3);
    for (const [i, row] of rows.entries()) {
      const bytes = niftiFile(row);
      const path = join(folder, i % 2 ? "volume.nii" : "volume.nii.gz");
      await writeFile(path, i % 2 ? bytes : gzipSync(bytes));
      const volume = await readVolume(path);
      const dicom = row.leanDegrees === 0 ? upright : leaning;
      expect([row.name, volume.shape]).toEqual([row.name, dicom.shape]);
      expect([row.name, ...volume.voxels]).toEqual([row.name, ...dicom.voxels]);
      expectNear(placeOf(volume), placeOf(dicom), row.name);
    }
  });

  it("gives what nibabel gives", async () => {
    expect(Object.keys(byNibabel).sort()).toEqual(
      niftiTable()
        .map(({ name }) => name)
        .sort(),
    );
    for (const row of niftiTable()) {
      const path = join(folder, "one.nii");
      await writeFile(path, niftiFile(row));
      const volume = await readVolume(path);
      const [sha256, affine] = byNibabel[row.name] as (typeof byNibabel)[string];
      const voxels = new Uint8Array(volume.voxels.buffer, volume.voxels.byteOffset, volume.voxels.byteLength);
      expect([row.name, sha256Hex(voxels).slice(0, 16)]).toEqual([row.name, sha256]);
      const { originMm, spacingMm, axes } = volume.geometry;
      const steps = [2, 1, 0].map((axis) =>
        (axes[axis as 0] as readonly number[]).map((part) => part * (spacingMm[axis as 0] as number)),
      );
      const found = [0, 1, 2].flatMap((i) => [...steps.map((step) => step[i] as number), originMm[i as 0]]);
      // Of half a turn in a qform, nibabel takes what 32 bits leave over for an angle of 0.0003.
      expectNear(found, affine, row.name, row.form === "qform" ? 3e-3 : 1e-4);
    }
  });
});
