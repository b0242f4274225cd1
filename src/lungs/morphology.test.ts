import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ballOf, closeByBall, dilateByBall, erodeByBall, openByBall } from "./ball.ts";
import { type BitMask, countOf, maskOfBytes, not, sliceOf, writeInto } from "./bitMask.ts";
import {
  type Connectivity,
  clearBorder,
  fillHoles,
  floodFrom,
  labelComponents,
  maskOfComponents,
  withoutSmall,
  withoutSmallHoles,
} from "./components.ts";
import { convexHull } from "./convexHull.ts";
import { distanceMm } from "./distance.ts";
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
  inSpace: GoldenCase["operations"];
  sizes: Record<Connectivity, number[]>;
  withoutSmallHoles: string;
  withoutSmallHolesOfVolume: string;
  withoutSmallOfVolume: string;
  clearBorder: string;
  floods: { seed: [number, number, number]; slice4: string; volume26: string }[];
  hulls: (string | null)[];
  distances: { spacingMm: [number, number, number]; volume: GoldenDistances; slices: GoldenDistances[] };
  largestOfVolume: string;
  withoutSmall: string;
  fillHoles: string;
}

/** null where no voxel is unset. */
type GoldenDistances = { sum: number; most: number; every37th: number[] } | null;

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

  test.each(golden.inSpace)("has them in space, by a ball of $radiusMm mm at $spacingMm", (operation) => {
    const ball = ballOf(operation.radiusMm, operation.spacingMm);
    expect(hexOf(dilateByBall(mask, ball))).toBe(operation.dilate);
    expect(hexOf(erodeByBall(mask, ball))).toBe(operation.erode);
    expect(hexOf(openByBall(mask, ball))).toBe(operation.open);
    expect(hexOf(closeByBall(mask, ball))).toBe(operation.close);
  });

  test.each(["slice4", "slice8", "volume6", "volume26"] as const)(
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
    expect(hexOf(withoutSmall(mask, 30, "volume26"))).toBe(golden.withoutSmallOfVolume);
    expect(hexOf(withoutSmallHoles(mask, 9))).toBe(golden.withoutSmallHoles);
    expect(hexOf(withoutSmallHoles(mask, 30, "volume6"))).toBe(golden.withoutSmallHolesOfVolume);
    expect(hexOf(clearBorder(mask))).toBe(golden.clearBorder);
  });

  test("floods from a voxel as scikit-image does", () => {
    for (const { seed, slice4, volume26 } of golden.floods) {
      expect(hexOf(floodFrom(mask, seed))).toBe(slice4);
      expect(hexOf(floodFrom(mask, seed, "volume26"))).toBe(volume26);
    }
  });

  test("has the convex hulls of Qhull", () => {
    golden.hulls.forEach((hull, z) => {
      if (hull !== null) expect(hexOf(convexHull(sliceOf(mask, z)))).toBe(hull);
    });
  });

  test("is as far from what is not set as scipy says, over the volume and over slices", () => {
    const { spacingMm, volume, slices } = golden.distances;
    expectDistances(distanceMm(mask, spacingMm), volume);
    const within = distanceMm(mask, spacingMm, { within: "slice" });
    const area = mask.shape[1] * mask.shape[2];
    slices.forEach((slice, z) => {
      expectDistances(within.subarray(z * area, (z + 1) * area), slice);
    });
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

function expectDistances(found: Float32Array, golden: GoldenDistances): void {
  if (golden === null) {
    expect(found.every((mm) => mm === Number.POSITIVE_INFINITY)).toBe(true);
    return;
  }
  expect(found.reduce((sum, mm) => sum + mm, 0)).toBeCloseTo(golden.sum, 2);
  expect(found.reduce((most, mm) => Math.max(most, mm))).toBeCloseTo(golden.most, 4);
  golden.every37th.forEach((mm, i) => {
    expect(found[i * 37]).toBeCloseTo(mm, 4);
  });
}

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
