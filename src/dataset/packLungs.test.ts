import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packLungs, unpackLungs } from "./packLungs.ts";

test("packs eight pixels into a byte, and gives the same back", () => {
  const lungs = Uint8Array.from([1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1]);
  // Bits 0, 3 and 7 are 1 + 8 + 128; bits 0 and 2 of the second byte are 1 + 4.
  expect([...gunzipSync(packLungs(lungs))]).toEqual([137, 5]);
  expect([...unpackLungs(gzipSync(Uint8Array.from([137, 5])), 11)]).toEqual([...lungs]);
  expect([...unpackLungs(packLungs(lungs), 11)]).toEqual([...lungs]);
});

test("refuses lungs of another number of pixels, and damaged ones", () => {
  const packed = packLungs(new Uint8Array(64));
  expect(() => unpackLungs(packed, 32)).toThrow();
  expect(() => unpackLungs(packed, 128)).toThrow();
  expect(() => unpackLungs(packed.subarray(0, packed.length - 4), 64)).toThrow();
});
