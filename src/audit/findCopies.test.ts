import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import { alignedCorrelation } from "./alignedCorrelation.ts";
import { findCopies, type StudySignature } from "./findCopies.ts";
import { cuts, hashDistance, type SliceSignature, signatureOf } from "./sliceSignature.ts";

const px = 128;
const whole = cuts[0] as (typeof cuts)[number];

/** A body with two lungs, alike in all, and vessels and ribs of one's own. */
function drawSlice(seed: string): Uint8Array {
  const random = createRandom(seed);
  const pixels = new Uint8Array(px * px);
  const disc = (cx: number, cy: number, rx: number, ry: number, grey: number) => {
    for (let y = 0; y < px; y++)
      for (let x = 0; x < px; x++) if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1) pixels[y * px + x] = grey;
  };
  disc(64, 64, 60, 52, 170);
  disc(40, 62, 19 + random.between(-2, 2), 34, 60);
  disc(88, 62, 19 + random.between(-2, 2), 34, 60);
  for (let i = 0; i < 90; i++) {
    const r = random.between(1.2, 3);
    disc(random.between(20, 108), random.between(24, 104), r, r, 40 + random.integer(200));
  }
  return pixels.map((grey) => (grey === 0 ? 0 : Math.max(0, Math.min(255, Math.round(grey + 4 * random.normal())))));
}

const windowed = (pixels: Uint8Array) =>
  pixels.map((grey) => Math.max(0, Math.min(255, Math.round((grey - 30) * 1.2))));

function cropped(pixels: Uint8Array, share: number): Uint8Array {
  const side = Math.round(px * (1 - share));
  const [top, left] = [Math.round(0.3 * (px - side)), Math.round(0.8 * (px - side))];
  const kept = new Uint8Array(side * side);
  for (let y = 0; y < side; y++)
    kept.set(pixels.subarray((y + top) * px + left, (y + top) * px + left + side), y * side);
  return resizeGrey(kept, [side, side], [px, px]);
}

function sign(pixels: Uint8Array): SliceSignature {
  const signature = signatureOf(pixels, px);
  if (signature === null) throw new Error("nothing to see");
  return signature;
}

function study(name: string, slices: readonly Uint8Array[]): StudySignature {
  return {
    caseId: name,
    subjectId: `subject of ${name}`,
    slices: slices.map((pixels, z) => ({ signature: sign(pixels), positionMm: 10 * z })),
    mean: null,
  };
}

describe("signatureOf", () => {
  it("keeps its hash under a window and under a border", () => {
    const slice = drawSlice("one");
    const bordered = new Uint8Array(px * px);
    const small = resizeGrey(slice, [px, px], [104, 104]);
    for (let y = 0; y < 104; y++) bordered.set(small.subarray(y * 104, (y + 1) * 104), (y + 12) * px + 12);
    expect(hashDistance(sign(slice).hash, sign(windowed(slice)).hash)).toBeLessThanOrEqual(6);
    expect(hashDistance(sign(slice).hash, sign(bordered).hash)).toBeLessThanOrEqual(6);
  });

  it("is nothing for a slice that shows nothing", () => {
    expect(signatureOf(new Uint8Array(px * px), px)).toBeNull();
    expect(signatureOf(new Uint8Array(px * px).fill(90), px)).toBeNull();
  });

  it("counts the bits that differ", () => {
    expect(hashDistance([0, 0], [0, 0])).toBe(0);
    expect(hashDistance([-1, 5], [0, 4])).toBe(33);
  });
});

describe("alignedCorrelation", () => {
  it("is near 1 for a crop, whose place it finds, and low for another's slice of the same shape", () => {
    const slice = drawSlice("one");
    const copy = alignedCorrelation(sign(slice), sign(cropped(slice, 0.06)), cuts[5] as (typeof cuts)[number]);
    expect(copy.value).toBeGreaterThan(0.85);
    expect(copy.place.side).toBeCloseTo(0.95, 1);
    expect(alignedCorrelation(sign(slice), sign(drawSlice("two")), whole).value).toBeLessThan(0.55);
  });
});

describe("findCopies", () => {
  const names = Array.from({ length: 30 }, (_, i) => `study ${i}`);
  const studies = names.map((name) =>
    study(
      name,
      [0, 1, 2].map((z) => drawSlice(`${name} ${z}`)),
    ),
  );
  const copyOf = (change: (pixels: Uint8Array) => Uint8Array) =>
    study(
      "copy",
      [0, 1, 2].map((z) => change(drawSlice(`study 7 ${z}`))),
    );

  it("finds none among subjects of their own", () => {
    expect(findCopies(studies)).toEqual([]);
  });

  it.each([
    ["equal", (pixels: Uint8Array) => pixels],
    ["windowed", windowed],
    ["cropped by 5 %", (pixels: Uint8Array) => cropped(pixels, 0.05)],
    ["cropped by 8 % and windowed", (pixels: Uint8Array) => windowed(cropped(pixels, 0.08))],
  ])("finds a copy that is %s, and no other", (_, change) => {
    const found = findCopies([...studies, copyOf(change)]);
    expect(found.map(({ caseIds }) => [...caseIds].sort())).toEqual([["copy", "study 7"]]);
  });

  it("takes no pair of one subject for a leak", () => {
    const again = { ...copyOf((pixels) => pixels), subjectId: "subject of study 7" };
    expect(findCopies([...studies, again])).toEqual([]);
  });
});
