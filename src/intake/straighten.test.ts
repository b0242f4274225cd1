import { describe, expect, it } from "vitest";
import { straighten } from "./straighten.ts";

describe("straighten", () => {
  it("takes parts of a pixel from both neighbours", () => {
    const shift = { shifts: [[0.5, 0]], added: [1, 0] } as const;
    const { voxels, shape } = straighten(Int16Array.of(0, 100), [1, 2, 1], shift, -1000);
    expect(shape).toEqual([1, 3, 1]);
    expect([...voxels]).toEqual([-500, 50, -450]);
  });

  it("puts a ramp that leaning slices saw back in its place", () => {
    // Each slice stands 1.25 rows further down than the one before; the ramp is the same in each.
    const [slices, rows] = [5, 12];
    const shifts = Array.from({ length: slices }, (_, z) => [z * 1.25, 0] as const);
    const voxels = new Int16Array(slices * rows).fill(-1000);
    for (let z = 0; z < slices; z++) {
      // What a scanner sees of the ramp f(y) = 100·y at its own rows.
      for (let y = 0; y < rows; y++) voxels[z * rows + y] = 100 * (y + (shifts[z] as readonly [number, number])[0]);
    }
    const straight = straighten(voxels, [slices, rows, 1], { shifts, added: [5, 0] }, -1000);
    for (let z = 0; z < slices; z++) {
      for (let y = 6; y < rows; y++) expect(straight.voxels[z * 17 + y]).toBe(100 * y);
    }
  });
});
