import { describe, expect, it } from "vitest";
import type { Geometry, Shape3 } from "../study/volume.ts";
import { and, countOf, emptyMask, maskOfBytes } from "./bitMask.ts";
import { bowelGas } from "./bowelGas.ts";

/** 12 slices of 40 × 100 voxels of 3 mm; feet first, the patient's right at the low columns, the mirror's axis at column 50. */
const shape: Shape3 = [12, 40, 100];
const geometry: Geometry = {
  originMm: [0, 0, 0],
  spacingMm: [3, 3, 3],
  axes: [
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ],
};
const mirrorAt = Array.from({ length: shape[0] }, () => 100);
type Range = readonly [from: number, to: number];

describe("bowelGas", () => {
  const right = boxes([
    [0, 12],
    [5, 35],
    [10, 40],
  ]);
  const leftAbove = boxes([
    [8, 12],
    [5, 35],
    [60, 90],
  ]);
  const crowd = boxes(
    [
      [2, 6],
      [10, 30],
      [65, 67],
    ],
    [
      [2, 6],
      [10, 30],
      [69, 71],
    ],
  );

  it("takes bubbles below one lung's dome, and what lies between them", () => {
    const bowel = bowelGas({ geometry }, { right: emptyMask(shape), left: leftAbove, air: crowd, mirrorAt });
    expect(countOf(and(bowel, crowd))).toBe(countOf(crowd));
    expect(
      countOf(
        and(
          bowel,
          boxes([
            [3, 5],
            [12, 28],
            [67, 69],
          ]),
        ),
      ),
    ).toBe(2 * 16 * 2);
  });

  it("leaves bronchograms where the mirrored other lung lies, or lung below", () => {
    expect(countOf(bowelGas({ geometry }, { right, left: leftAbove, air: crowd, mirrorAt }))).toBe(0);
    const aroundIt = boxes(
      [
        [0, 1],
        [5, 35],
        [60, 90],
      ],
      [
        [8, 12],
        [5, 35],
        [60, 90],
      ],
    );
    expect(countOf(bowelGas({ geometry }, { right: emptyMask(shape), left: aroundIt, air: crowd, mirrorAt }))).toBe(0);
  });

  it("leaves less than 3 ml, and never takes lung", () => {
    const speck = boxes([
      [3, 4],
      [20, 21],
      [70, 71],
    ]);
    expect(countOf(bowelGas({ geometry }, { right: emptyMask(shape), left: leftAbove, air: speck, mirrorAt }))).toBe(0);
    const beside = boxes([
      [2, 10],
      [10, 30],
      [65, 71],
    ]);
    const bowel = bowelGas({ geometry }, { right: emptyMask(shape), left: leftAbove, air: beside, mirrorAt });
    expect(countOf(bowel)).toBeGreaterThan(0);
    expect(countOf(and(bowel, leftAbove))).toBe(0);
  });
});

function boxes(...ranges: readonly (readonly [slices: Range, rows: Range, columns: Range])[]) {
  const bytes = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (const [slices, rows, [from, to]] of ranges) {
    for (let z = slices[0]; z < slices[1]; z++) {
      for (let y = rows[0]; y < rows[1]; y++)
        bytes.fill(1, (z * shape[1] + y) * shape[2] + from, (z * shape[1] + y) * shape[2] + to);
    }
  }
  return maskOfBytes(bytes, shape);
}
