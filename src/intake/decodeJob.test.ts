import { describe, expect, it } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import { defaultParseLimits } from "../dicom/dataSet.ts";
import { decodePixels } from "../dicom/decodePixels.ts";
import type { Instance } from "../dicom/instance.ts";
import { parseInstance } from "../dicom/parseInstance.ts";
import { transferSyntaxOf } from "../dicom/transferSyntax.ts";
import golden from "./decodeJob.golden.json" with { type: "json" };
import { runDecodeJob } from "./decodeJob.ts";
import { fileOf, type PixelRow, pixelTable, storedOf, tableColumns, tableRows } from "./testPixelTable.ts";

const rows = pixelTable();
const expectedOf = golden as unknown as Readonly<Record<string, readonly [file: string, stored: string, hu: string]>>;
const digest = (values: Int32Array | Int16Array) =>
  sha256Hex(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).slice(0, 16);

async function decode(row: PixelRow): Promise<{ file: Uint8Array; stored: Int32Array; hu: Int16Array }> {
  const file = await fileOf(row);
  const instance = parseInstance(file) as Instance;
  const frames = instance.frames.map((_, frame) => frame);
  const stored = (await decodePixels(file, instance, frames)).flatMap((values) => [...values]);
  const size = tableRows * tableColumns;
  const shared = new Int16Array(new SharedArrayBuffer(2 * size * frames.length));
  await runDecodeJob({
    path: row.name,
    source: { bytes: file },
    instance,
    frames,
    targets: frames.map((frame) => shared.subarray(frame * size, (frame + 1) * size)),
    lowestHu: -1024,
    limits: defaultParseLimits,
  });
  return { file, stored: Int32Array.from(stored), hu: Int16Array.from(shared) };
}

describe("runDecodeJob", () => {
  it("knows what other programs read of every row of the table", () => {
    expect(Object.keys(expectedOf).sort()).toEqual(rows.map(({ name }) => name).sort());
    expect(new Set(rows.map(({ transferSyntaxUid }) => transferSyntaxUid)).size).toBe(16);
  });

  const uids = [...new Set(rows.map(({ transferSyntaxUid }) => transferSyntaxUid))];
  it.each(uids)(
    "gives what pydicom with GDCM or OpenJPH gives, and what was written, for all forms of %s",
    async (uid) => {
      for (const row of rows.filter(({ transferSyntaxUid }) => transferSyntaxUid === uid)) {
        const [fileDigest, storedDigest, huDigest] = expectedOf[row.name] as (typeof expectedOf)[string];
        const { file, stored, hu } = await decode(row);
        // Another file than the other programs saw would make their values worthless.
        if (fileDigest !== "") expect([row.name, sha256Hex(file).slice(0, 16)]).toEqual([row.name, fileDigest]);
        // OpenJPH's program writes no negative values: those are held against what was written alone.
        if (storedDigest !== "") expect([row.name, digest(stored)]).toEqual([row.name, storedDigest]);
        if (huDigest !== "") expect([row.name, digest(hu)]).toEqual([row.name, huDigest]);
        if (transferSyntaxOf(uid)?.isLossy && storedDigest !== "") continue;
        const written = Array.from({ length: row.frames }, (_, frame) => storedOf(row, frame)).flat();
        expect([row.name, ...stored]).toEqual([row.name, ...written]);
      }
    },
  );
});
