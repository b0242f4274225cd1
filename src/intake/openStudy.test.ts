import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTestFile, testSlice } from "../dicom/testInstance.ts";
import type { VolumePlanes } from "../study/volumePlanes.ts";
import { wholeVolume } from "../study/volumePlanes.ts";
import { openStudy, type ReadStudyOptions, readStudy } from "./readStudy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-open-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Elements = NonNullable<NonNullable<Parameters<typeof testSlice>[0]>["elements"]>;

/** Slices of size², 2 mm apart: dark below, brighter to the head, with a step in the middle. */
async function put(count: number, { size = 4, at = (_: number): Elements => ({}) } = {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    const pixels = Array.from({ length: size * size }, (_, p) => 24 + 7 * i + (p % 50) + (i > count / 2 ? 1000 : 0));
    const elements: Elements = {
      "0020000E": ["UI", "1.2.3.4"],
      "00080018": ["UI", `1.2.3.4.${i}`],
      "00280010": ["US", [size]],
      "00280011": ["US", [size]],
      ...at(i),
    };
    await writeFile(join(folder, `${100 + i}.dcm`), encodeTestFile(testSlice({ z: 2 * i, pixels, elements })));
  }
}

async function opened(options: ReadStudyOptions = {}) {
  const study = await openStudy(folder, { ...options, mostVoxelsWhole: 0 });
  if (study.images.kind !== "volume") throw new Error("no volume");
  return { study, planes: study.images.volume };
}

/** The study's volume and warnings by both ways: read whole, and plane by plane in another order. */
async function bothWays(options: ReadStudyOptions = {}) {
  const whole = await readStudy(folder, options);
  const { study, planes } = await opened(options);
  expect(planes.whole).toBeUndefined();
  const order = [...planes.sliceNames.keys()].reverse();
  const parts = new Map<number, Int16Array>();
  for (const z of order) parts.set(z, await planes.read([z]));
  const [, rows, columns] = planes.shape;
  const voxels = new Int16Array(planes.shape[0] * rows * columns);
  for (const [z, part] of parts) voxels.set(part, z * rows * columns);
  const { read: _, whole: __, ...header } = planes as VolumePlanes & { isPlanewise?: boolean };
  return { whole, byPlane: { volume: { ...header, voxels }, warnings: await study.warnings() } };
}

function expectSame({ whole, byPlane }: Awaited<ReturnType<typeof bothWays>>): void {
  if (whole.images.kind !== "volume") throw new Error("no volume");
  const { voxels, ...header } = whole.images.volume;
  const { voxels: own, ...ownHeader } = byPlane.volume;
  expect([...own]).toEqual([...voxels]);
  expect(ownHeader).toMatchObject(JSON.parse(JSON.stringify(header)));
  expect(byPlane.warnings).toEqual(whole.warnings);
}

describe("openStudy", () => {
  it("gives plane by plane what readStudy reads whole, warnings too", async () => {
    await put(14, { size: 64 });
    const ways = await bothWays();
    expectSame(ways);
    expect(ways.whole.warnings.map(({ code }) => code)).toContain("SLICES_JUMP");
  });

  it("turns prone planes, straightens leaning ones and takes repeated ones once, as when read whole", async () => {
    const prone = { "00200037": ["DS", "-1\\0\\0\\0\\-1\\0"] } as const;
    await put(5, { at: () => prone });
    expectSame(await bothWays());
    await put(5, { at: (i) => ({ "00200032": ["DS", `0\\${i}\\${2 * i}`] }) });
    const tilted = await bothWays();
    expect(tilted.whole.warnings.map(({ code }) => code)).toContain("GANTRY_TILT");
    expectSame(tilted);
    await put(5);
    await writeFile(
      join(folder, "again.dcm"),
      encodeTestFile(
        testSlice({
          z: 2,
          pixels: Array.from({ length: 16 }, (_, p) => 31 + p),
          elements: { "0020000E": ["UI", "1.2.3.4"], "00080018": ["UI", "1.2.3.4.1"] },
        }),
      ),
    );
    const repeated = await bothWays();
    expect(repeated.whole.warnings.map(({ code }) => code)).toContain("DUPLICATE_SLICES");
    expectSame(repeated);
  });

  it("sees planes that nobody asked for, and refuses what the settings refuse, when it tells its warnings", async () => {
    await put(14, { size: 64 });
    const { study, planes } = await opened({ intake: { findings: { SLICES_JUMP: "refuse" } } });
    await planes.read([3, 4]);
    await expect(study.warnings()).rejects.toMatchObject({ code: "SLICES_JUMP" });
  });

  it("finds a file that was cut after its header was read when its plane is read", async () => {
    await put(5);
    const { planes } = await opened();
    await truncate(join(folder, "102.dcm"), 400);
    expect(await planes.read([0, 1])).toHaveLength(32);
    await expect(wholeVolume(planes)).rejects.toMatchObject({ code: "FILE_TRUNCATED" });
  });

  it("reads a short study whole", async () => {
    await put(5);
    const { images } = await openStudy(folder);
    expect(images.kind === "volume" && images.volume.whole?.voxels).toHaveLength(5 * 16);
  });
});
