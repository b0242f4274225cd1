import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BitMask, countOf, maskOfBytes, not, writeInto } from "./bitMask.ts";
import { type Connectivity, fillHoles, labelComponents, maskOfComponents, withoutSmall } from "./components.ts";
import { close, dilate, discOf, erode, open } from "./morphology.ts";

interface GoldenCase {
  shape: [number, number, number];
  mask: string;
  operations: {
    radiusMm: number;
    spacingMm: [number, number, number];
    dilate: string;
    erode: string;
    open: string;
    close: string;
  }[];
  sizes: Record<Connectivity, number[]>;
  largestOfVolume: string;
  withoutSmall: string;
  fillHoles: string;
}

/** Made by morphology.golden.py with scikit-image. */
const cases = JSON.parse(
  readFileSync(new URL("./morphology.golden.json", import.meta.url), "utf8"),
) as readonly GoldenCase[];

describe.each(cases)("a mask of $shape", (golden) => {
  const mask = maskOfHex(golden.mask, golden.shape);

  test.each(golden.operations)(
    "has the dilation, erosion, opening and closing of scikit-image at $radiusMm mm",
    (operation) => {
      const disc = discOf(operation.radiusMm, operation.spacingMm);
      expect(hexOf(dilate(mask, disc))).toBe(operation.dilate);
      expect(hexOf(erode(mask, disc))).toBe(operation.erode);
      expect(hexOf(open(mask, disc))).toBe(operation.open);
      expect(hexOf(close(mask, disc))).toBe(operation.close);
    },
  );

  test.each(["slice4", "slice8", "volume6"] as const)(
    "has the components of scikit-image over %s, in raster order",
    (connectivity) => {
      expect([...labelComponents(mask, connectivity).sizes]).toEqual(golden.sizes[connectivity]);
    },
  );

  test("gives back one component as a mask", () => {
    const components = labelComponents(mask, "volume6");
    const largest = components.sizes.indexOf(Math.max(...components.sizes));
    const only = maskOfComponents(
      components,
      Uint8Array.from(components.sizes, (_, label) => Number(label === largest)),
    );
    expect(hexOf(only)).toBe(golden.largestOfVolume);
  });

  test("loses small objects and fills holes as scikit-image and scipy do", () => {
    expect(hexOf(withoutSmall(mask, 12))).toBe(golden.withoutSmall);
    expect(hexOf(fillHoles(mask))).toBe(golden.fillHoles);
  });
});

test("bytes survive packing, and a mask and its complement share the volume", () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 70 }),
  );
  const anyBytes = shapes.chain((shape) => {
    const length = shape[0] * shape[1] * shape[2];
    return fc.tuple(fc.constant(shape), fc.uint8Array({ minLength: length, maxLength: length, max: 1 }));
  });
  fc.assert(
    fc.property(anyBytes, ([shape, bytes]) => {
      const mask = maskOfBytes(bytes, shape);
      expect(bytesOf(mask)).toEqual(bytes);
      expect(countOf(mask) + countOf(not(mask))).toBe(bytes.length);
    }),
    { seed: 1, numRuns: 200 },
  );
});

function bytesOf(mask: BitMask): Uint8Array {
  const bytes = new Uint8Array(mask.shape[0] * mask.shape[1] * mask.shape[2]);
  writeInto(bytes, mask, 1);
  return bytes;
}

/** As numpy.packbits: the first voxel is the highest bit. */
function hexOf(mask: BitMask): string {
  const bytes = bytesOf(mask);
  const packed = Buffer.alloc(Math.ceil(bytes.length / 8));
  bytes.forEach((bit, i) => {
    packed[i >> 3]! |= bit << (7 - (i & 7));
  });
  return packed.toString("hex");
}

function maskOfHex(hex: string, shape: readonly [number, number, number]): BitMask {
  const packed = Buffer.from(hex, "hex");
  const bytes = Uint8Array.from(
    { length: shape[0] * shape[1] * shape[2] },
    (_, i) => (packed[i >> 3]! >> (7 - (i & 7))) & 1,
  );
  return maskOfBytes(bytes, shape);
}
