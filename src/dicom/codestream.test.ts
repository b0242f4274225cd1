import { describe, expect, it } from "vitest";
import { codestreamHeader, isWholeCodestream } from "./codestream.ts";
import { encodePixels, testEncoders } from "./testEncodePixels.ts";

const streams = Object.keys(testEncoders).filter((uid) => !uid.endsWith(".1.2.5"));
const image = { rows: 20, columns: 30, bitsAllocated: 8, bitsStored: 8 } as const;
const pixels = Uint8Array.from({ length: 600 }, (_, i) => (i * 7919) % 251);

describe("codestreams", () => {
  it.each(streams)("of %s are whole with and without padding, and not when cut anywhere", async (uid) => {
    const whole = await encodePixels(uid, pixels, image);
    expect(codestreamHeader(whole)).toMatchObject({ rows: 20, columns: 30, components: 1, precision: 8 });
    for (const padding of [[], [0], [0, 0, 0], [0xff]])
      expect(isWholeCodestream(Uint8Array.from([...whole, ...padding]))).toBe(true);
    for (const length of [4, 60, whole.length >> 1, whole.length - 20]) {
      expect([length, isWholeCodestream(whole.subarray(0, length))]).toEqual([length, false]);
    }
  });

  it.each([
    ["begins after the image", 32, 8],
    ["ends before the image", 24, 0],
    ["is beside an image that begins later", 16, 40],
  ])("of JPEG 2000 have no header where the first tile %s", async (_, field, value) => {
    const spoiled = (await encodePixels("1.2.840.10008.1.2.4.201", pixels, image)).slice();
    for (const axis of [0, 4]) {
      const copy = spoiled.slice();
      new DataView(copy.buffer).setUint32(field + axis, value);
      expect(codestreamHeader(copy)).toBeUndefined();
    }
  });

  it("of JPEG 2000 are not whole where tiles are missing", async () => {
    const whole = await encodePixels("1.2.840.10008.1.2.4.90", pixels, image);
    const halved = whole.slice();
    new DataView(halved.buffer).setUint32(24, 15); // XTsiz: two tiles beside each other, one of them there
    expect(isWholeCodestream(halved)).toBe(false);
  });
});
