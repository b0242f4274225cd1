import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inflateBeginning } from "./inflateBeginning.ts";
import { createRandom } from "./random.ts";

const random = createRandom(3);
const noise = Uint8Array.from({ length: 100_000 }, () => random.integer(40));

describe("inflateBeginning", () => {
  it.each([
    ["deflate", deflateRawSync(noise)],
    ["gzip", gzipSync(noise)],
  ] as const)("gives so many of the bytes that %s packed, and all where more are asked", (kind, packed) => {
    for (const count of [0, 1, 5000, 65_537]) {
      expect(inflateBeginning(packed, count, kind)).toEqual(noise.subarray(0, count));
    }
    expect(inflateBeginning(packed, 2 ** 30, kind)).toEqual(noise);
  });

  it("gives what a cut stream still holds, and nothing of bytes that are none", () => {
    const cut = inflateBeginning(deflateRawSync(noise).subarray(0, 30_000), 2 ** 30, "deflate");
    expect(cut.length).toBeGreaterThan(20_000);
    expect(cut).toEqual(noise.subarray(0, cut.length));
    expect(inflateBeginning(new TextEncoder().encode("no gzip file"), 100, "gzip")).toHaveLength(0);
  });

  it("goes no further than asked into a bomb", () => {
    const bomb = deflateRawSync(new Uint8Array(50 * 2 ** 20));
    expect(inflateBeginning(bomb, 10, "deflate")).toEqual(new Uint8Array(10));
  });
});
