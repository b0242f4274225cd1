import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { expect, test } from "vitest";
import { type CtInstance, encodeCtInstance } from "./encodeInstance.ts";

const instance: CtInstance = {
  patient: { name: "Phantom^0001", id: "PHANTOM-0001", sex: "O", ageYears: 40 },
  study: { uid: "2.25.11", id: "S1", description: "Chest", date: { date: "20200301", time: "101500" } },
  series: {
    uid: "2.25.12",
    number: 2,
    description: "Chest 5 mm",
    kernel: "B31f",
    manufacturer: "Groundglass",
    modelName: "Drawn",
    kvp: 120,
    patientPosition: "HFS",
    frameOfReferenceUid: "2.25.13",
  },
  instanceUid: "2.25.14",
  instanceNumber: 7,
  positionMm: [-170.123456789, -150.5, 33.3],
  orientation: [1, 0, 0, 0, 1, 0],
  pixelSpacingMm: [0.7, 0.7],
  sliceThicknessMm: 5,
  spacingBetweenSlicesMm: 5,
  windowLevel: { levelHu: -600, widthHu: 1500 },
  rows: 2,
  columns: 3,
};
const hounsfield = Int16Array.from([-2000, -1024, -1000, 0, 400, 9000]);

test("writes what dicom-parser reads back: geometry, rescale and pixels clipped to 12 bits", () => {
  const data = dicomParser.parseDicom(encodeCtInstance(instance, hounsfield));
  expect(data.string("x00020010")).toBe("1.2.840.10008.1.2.1");
  expect(data.string("x00080016")).toBe("1.2.840.10008.5.1.4.1.1.2");
  expect(data.string("x00080018")).toBe("2.25.14");
  expect(data.string("x00200032")).toBe("-170.123456789\\-150.5\\33.3");
  expect(data.string("x00280030")).toBe("0.7\\0.7");
  expect(data.string("x00101010")).toBe("040Y");
  expect(data.intString("x00281052")).toBe(-1024);
  expect([data.uint16("x00280010"), data.uint16("x00280011")]).toEqual([2, 3]);
  const pixels = data.elements.x7fe00010!;
  const stored = [0, 1, 2, 3, 4, 5].map(
    (i) => data.byteArray[pixels.dataOffset + 2 * i]! + 256 * data.byteArray[pixels.dataOffset + 2 * i + 1]!,
  );
  expect(stored).toEqual([0, 0, 24, 1024, 1424, 4095]);
});

test("writes numbers in at most the 16 characters of a decimal string", () => {
  const long = encodeCtInstance({ ...instance, positionMm: [-1 / 3, 1e-9, 1234.123456789012] }, hounsfield);
  const parts = dicomParser.parseDicom(long).string("x00200032")!.split("\\");
  expect(parts.map(Number)).toEqual([-0.33333333, 0, 1234.12345679]);
});

const hasDciodvfy = spawnSync("dciodvfy", ["-version"]).error === undefined;

test.skipIf(!hasDciodvfy)("gives dciodvfy nothing to call an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "groundglass-"));
  try {
    const path = join(folder, "ct.dcm");
    writeFileSync(path, encodeCtInstance(instance, hounsfield));
    const { stderr, stdout } = spawnSync("dciodvfy", [path], { encoding: "utf8" });
    expect(stderr + stdout).toContain("CTImage");
    expect((stderr + stdout).split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
