import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { defaultParseLimits } from "../dicom/dataSet.ts";
import { parseInstance } from "../dicom/parseInstance.ts";
import { encodePixels } from "../dicom/testEncodePixels.ts";
import { encodeTestFile, fragmentsOf, testSlice } from "../dicom/testInstance.ts";
import type { DecodeJob } from "./decodeJob.ts";
import { decodeInPool } from "./decodePool.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-pool-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = encodeTestFile(testSlice());
const jobOf = (source: DecodeJob["source"], path = "slice", of = file): DecodeJob => ({
  path,
  source,
  instance: parseInstance(of)!,
  frames: [0],
  lowestHu: -1024,
  targets: [target()],
  limits: defaultParseLimits,
});

/** A slice of 400 × 400 values of noise in JPEG 2000: some 50 ms of work. */
async function heavySlice(): Promise<Uint8Array> {
  const { uniform } = createRandom(1);
  const pixels = Uint16Array.from({ length: 400 * 400 }, () => 4096 * uniform());
  const coded = await encodePixels("1.2.840.10008.1.2.4.90", pixels, { rows: 400, columns: 400, bitsStored: 12 });
  const elements = {
    "00280010": ["US", [400]],
    "00280011": ["US", [400]],
    "7FE00010": ["fragments", fragmentsOf([coded])],
  } as const;
  return encodeTestFile(testSlice({ elements }), { transferSyntaxUid: "1.2.840.10008.1.2.4.90" });
}

function target(): Int16Array<SharedArrayBuffer> {
  return new Int16Array(new SharedArrayBuffer(2 * 16));
}

async function decode(count: number, job: (index: number) => DecodeJob, timeoutMs = 60_000) {
  const jobs = Array.from({ length: count }, (_, index) => job(index));
  await decodeInPool(count, { job: async (index) => jobs[index]!, workers: 2, timeoutMs });
  return jobs.map(({ targets }) => targets[0]!.reduce((sum, hu) => sum + hu, 0));
}

describe("decodeInPool", () => {
  it("gives every job's frames at its index, from bytes and from the disk", async () => {
    await writeFile(join(folder, "x"), file);
    const sums = await decode(64, (i) => jobOf(i % 2 ? { bytes: file } : { diskPath: join(folder, "x") }));
    // 16 values 0, 100 … 1500, each less 1024
    expect(sums).toEqual(new Array(64).fill((1500 * 16) / 2 - 1024 * 16));
  });

  it("gives up on a file that takes too much processor time, and lends out no decoder that was given up", async () => {
    const slow = await heavySlice();
    await expect(
      decode(3, (i) => (i === 1 ? jobOf({ bytes: slow }, `slice ${i}`, slow) : jobOf({ bytes: file })), 8),
    ).rejects.toMatchObject({ code: "DECODER_DIED", message: expect.stringMatching(/^slice 1: .* processor time/) });
    expect(await decode(64, () => jobOf({ bytes: file }))).toEqual(new Array(64).fill((1500 * 16) / 2 - 1024 * 16));
    expect(await decode(1, () => jobOf({ bytes: slow }, "slice", slow))).toHaveLength(1);
  });

  it("gives up on a file that never ends", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    await writeFile(join(folder, "x"), file);
    const hung = decode(64, (i) => jobOf({ diskPath: i === 5 ? pipe : join(folder, "x") }, `slice ${i}`), 5);
    await expect(hung).rejects.toMatchObject({ code: "DECODER_DIED", message: expect.stringMatching(/^slice 5: /) });
    await (await open(pipe, "r+")).close(); // lets the thread go that still waits to open it
  });

  it("fails a file that takes more memory than a decoder has, not the run", async () => {
    const endless = { ...jobOf({ bytes: file }, "slice 2"), frames: new Array(1_500_000).fill(0) };
    await expect(decode(64, (i) => (i === 2 ? endless : jobOf({ bytes: file })))).rejects.toMatchObject({
      code: "DECODER_DIED",
      message: expect.stringMatching(/^slice 2: .*ended the decoder/),
    });
    expect(await decode(64, () => jobOf({ bytes: file }))).toHaveLength(64);
  });

  it("decodes compressed pixels beside the calling thread, however few", async () => {
    const slow = await heavySlice();
    const target = new Int16Array(new SharedArrayBuffer(2 * 400 * 400));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await decode(1, () => ({ ...jobOf({ bytes: slow }, "slice", slow), targets: [target] }));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(target.some((hu) => hu !== 0)).toBe(true);
  });

  it("reads no more of a file on the disk than holds its pixels", async () => {
    const path = join(folder, "long");
    await writeFile(path, file);
    await truncate(path, 2 ** 40); // sparse: a terabyte that the disk does not hold
    expect(await decode(1, () => jobOf({ diskPath: path }))).toEqual([(1500 * 16) / 2 - 1024 * 16]);
  });

  it("names a file that has gone", async () => {
    await expect(decode(3, (i) => jobOf({ diskPath: join(folder, "gone") }, `slice ${i}`))).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("slice 0"),
    });
  });
});
