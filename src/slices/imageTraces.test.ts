import { describe, expect, it } from "vitest";
import { contentBox, imageTraces } from "./imageTraces.ts";

/** A plane of 20 × 20, each pixel unlike its neighbours but where it is changed. */
function ramp(change: (x: number, y: number) => number | undefined = () => undefined): Uint8Array {
  return Uint8Array.from(
    { length: 400 },
    (_, i) => change(i % 20, Math.floor(i / 20)) ?? 50 + 5 * ((i * 7 + 3 * Math.floor(i / 20)) % 20),
  );
}

describe("imageTraces", () => {
  it("counts rows and columns of one grey at the edges as border", () => {
    const framed = ramp((x, y) => (x < 2 || y < 2 || x >= 18 || y >= 18 ? 0 : undefined));
    expect(contentBox(framed, [20, 20])).toEqual({ top: 2, bottom: 18, left: 2, right: 18 });
    expect(imageTraces(framed, [20, 20]).borderShare).toBeCloseTo(1 - 256 / 400, 12);
    expect(imageTraces(ramp(), [20, 20]).borderShare).toBe(0);
  });

  it("takes a pattern of upright stripes for content", () => {
    const stripes = Uint8Array.from({ length: 400 }, (_, i) => 10 * (i % 20));
    expect(contentBox(stripes, [20, 20])).toEqual({ top: 0, bottom: 20, left: 0, right: 20 });
  });

  it("takes a plane of one grey for one without a border", () => {
    expect(contentBox(new Uint8Array(400), [20, 20])).toEqual({ top: 0, bottom: 20, left: 0, right: 20 });
  });

  it("finds rows of strokes in a corner and not those amid the plane", () => {
    const stroke = (x: number) => (x % 2 === 0 ? 255 : 0);
    // Corners are 4 × 4: a row from x = 0 to 3 crosses three edges only; so the plane is drawn at 40 × 40 with corners of 8.
    const plane = (rowOfText: number) =>
      Uint8Array.from({ length: 1600 }, (_, i) => (Math.floor(i / 40) === rowOfText ? stroke(i % 40) : 10));
    expect(imageTraces(plane(2), [40, 40]).markShare).toBeCloseTo(2 / 32, 12);
    expect(imageTraces(plane(20), [40, 40]).markShare).toBe(0);
  });
});
