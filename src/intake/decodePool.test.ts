import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultParseLimits } from "../dicom/dataSet.ts";
import { parseInstance } from "../dicom/parseInstance.ts";
import { encodeTestFile, testSlice } from "../dicom/testInstance.ts";
import type { DecodeJob } from "./decodeJob.ts";
import { decodeInPool } from "./decodePool.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-pool-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = encodeTestFile(testSlice());
const jobOf = (source: DecodeJob["source"], path = "slice"): DecodeJob => ({
  path,
  source,
  instance: parseInstance(file)!,
  frames: [0],
  lowestHu: -1024,
  targets: [target()],
  limits: defaultParseLimits,
});

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

  it("gives up on a file that takes too long, naming it", async () => {
    await expect(decode(64, (i) => jobOf({ bytes: file }, `slice ${i}`), 0.001)).rejects.toMatchObject({
      code: "DECODER_DIED",
      message: expect.stringMatching(/^slice \d+: /),
    });
  });

  it("lends out no decoder that was given up, and goes on with the others", async () => {
    await expect(decode(64, () => jobOf({ bytes: file }), 0.001)).rejects.toMatchObject({ code: "DECODER_DIED" });
    expect(await decode(64, () => jobOf({ bytes: file }))).toEqual(new Array(64).fill((1500 * 16) / 2 - 1024 * 16));
  });

  it("names a file that has gone", async () => {
    await expect(decode(3, (i) => jobOf({ diskPath: join(folder, "gone") }, `slice ${i}`))).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("slice 0"),
    });
  });
});
