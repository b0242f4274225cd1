import { describe, expect, it } from "vitest";
import { elementsIn, mutate, mutators } from "../../scripts/fuzz/mutate.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { createRandom } from "../../src/base/random.ts";
import { parseInstance } from "../../src/dicom/parseInstance.ts";
import { encodeTestFile, testSlice } from "../../src/dicom/testInstance.ts";

const file = encodeTestFile(testSlice());

describe("mutators", () => {
  it.each(Object.entries(mutators))(
    "%s: leaves the original, and some time makes other bytes of it",
    (name, mutator) => {
      const before = sha256Hex(file);
      const random = createRandom(`mutators ${name}`);
      const results = Array.from({ length: 6 }, () => sha256Hex(mutator(file, random)));
      expect(sha256Hex(file)).toBe(before);
      expect(results.some((digest) => digest !== before)).toBe(true);
    },
  );

  it("make the same of the same seed", () => {
    const digests = (seed: number) =>
      Array.from({ length: 10 }, (_, i) => sha256Hex(mutate(file, createRandom(seed).fork(i)).bytes));
    expect(digests(1)).toEqual(digests(1));
    expect(digests(2)).not.toEqual(digests(1));
  });

  it("do what their names say", () => {
    const apply = (name: string) => mutators[name]!(file, createRandom(name));
    expect(parseInstance(apply("writes rows and columns of 65,535"))?.pixels).toMatchObject({
      rows: 65_535,
      columns: 65_535,
    });
    expect(apply("cuts the end").length).toBeLessThan(file.length);
    expect(apply("repeats a part").length).toBeGreaterThan(file.length);
    const leftOut = elementsIn(apply("leaves an element out")).length;
    expect(leftOut).toBe(elementsIn(file).length - 1);
    expect(elementsIn(apply("puts an element twice"))).toHaveLength(elementsIn(file).length + 1);
  });

  it("know every element of a plain file", () => {
    const tags = elementsIn(file).map(({ group, element }) => (group << 16) + element);
    // Those of testSlice, and one of the meta information.
    expect(tags).toHaveLength(Object.keys(testSlice()).length + 1);
    expect(tags.at(-1)).toBe((0x7fe0 << 16) + 0x10);
  });
});
