import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import { wholePlanePx as px } from "../slices/wholePlanes.ts";
import { findWholeCopies, glanceAt, likenessOf } from "./findWholeCopies.ts";
import { lungsOfPlane } from "./lungsOfPlane.ts";
import { type WholeSignature, wholeSignatureOf, wholeSignatureOfPicture } from "./wholeSignature.ts";

const side = 4 * px;

/** A slice of a body in air, [side, side]: two lungs, wider in the middle of the study, with vessels of one's own. */
function drawSlice(name: string, share: number): Uint8Array {
  const random = createRandom(`${name} ${share}`);
  const body = createRandom(name);
  const pixels = new Uint8Array(side * side);
  const disc = (centre: readonly [number, number], radii: readonly [number, number], grey: number, on: number) => {
    const [cy, cx] = [centre[0] * side, centre[1] * side];
    const [ry, rx] = [radii[0] * side, radii[1] * side];
    for (let y = Math.max(0, Math.ceil(cy - ry)); y < Math.min(side, cy + ry); y++) {
      for (let x = Math.max(0, Math.ceil(cx - rx)); x < Math.min(side, cx + rx); x++) {
        const at = y * side + x;
        if (((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1 && (on < 0 || pixels[at] === on)) pixels[at] = grey;
      }
    }
  };
  const width = 0.11 + 0.05 * Math.sin(Math.PI * share) + body.between(-0.01, 0.01);
  disc([0.5, 0.5], [0.36, 0.46], 220, -1);
  for (const centre of [0.3, 0.7]) disc([0.5, centre], [0.24, width], 30, 220);
  for (let i = 0; i < 160; i++) {
    const radius = random.between(0.008, 0.02);
    disc([random.between(0.25, 0.75), random.between(0.1, 0.9)], [radius, radius], 60 + random.integer(60), 30);
  }
  return pixels;
}

type Change = (pixels: Uint8Array) => Uint8Array;
const same: Change = (pixels) => pixels;
const windowed: Change = (pixels) => pixels.map((grey) => Math.max(0, Math.min(255, Math.round(1.1 * grey - 15))));
const cropped: Change = (pixels) => {
  const kept = Math.round(0.94 * side);
  const [top, left] = [Math.round(0.02 * side), Math.round(0.04 * side)];
  const part = new Uint8Array(kept * kept);
  for (let y = 0; y < kept; y++) {
    part.set(pixels.subarray((y + top) * side + left, (y + top) * side + left + kept), y * kept);
  }
  return resizeGrey(part, [kept, kept], [side, side]);
};

const levels = 12;

function study(name: string, change: Change = same, { from = 0, movedMm = 0 } = {}): WholeSignature {
  const chosen = Array.from({ length: levels - from }, (_, i) => i + from);
  const pixels = new Uint8Array(chosen.length * px * px);
  for (const [i, z] of chosen.entries()) {
    const slice = change(drawSlice(name.replace("copy of ", ""), z / (levels - 1)));
    pixels.set(resizeGrey(slice, [side, side], [px, px]), i * px * px);
  }
  const heightsMm = chosen.map((z) => 12 * z + movedMm);
  const signature = wholeSignatureOf({ caseId: name, subjectId: `subject of ${name}` }, { pixels, heightsMm });
  if (signature === null) throw new Error("nothing to see");
  return signature;
}

const studies = Array.from({ length: 12 }, (_, i) => study(`study ${i}`));

describe("lungsOfPlane", () => {
  it("takes what is dark within the body, and not the air around it", () => {
    const lungs = lungsOfPlane(resizeGrey(drawSlice("one", 0.5), [side, side], [px, px]));
    const at = (y: number, x: number) => lungs[Math.round(y * px) * px + Math.round(x * px)];
    expect([at(0.5, 0.3), at(0.5, 0.7), at(0.5, 0.5), at(0.03, 0.5)]).toEqual([1, 1, 0, 0]);
  });
});

describe("findWholeCopies", () => {
  it("finds none among subjects of their own, who are hardly alike when laid over each other", () => {
    expect(findWholeCopies(studies)).toEqual([]);
    const [one, other] = [studies[0] as WholeSignature, studies[1] as WholeSignature];
    expect(likenessOf(one, other, glanceAt(one, other).shift)).toBeLessThan(0.2);
  });

  it.each([
    ["as it is", same, {}],
    ["windowed", windowed, {}],
    ["cropped off centre", cropped, {}],
    ["without its lowest slices, somewhere else in space", same, { from: 2, movedMm: 400 }],
    ["all of it", (pixels: Uint8Array) => windowed(cropped(pixels)), { from: 1, movedMm: -77 }],
  ])("finds a copy that is %s, and no other", (_, change, where) => {
    const found = findWholeCopies([...studies, study("copy of study 7", change, where)]);
    expect(found.map(({ caseIds }) => caseIds)).toEqual([["study 7", "copy of study 7"]]);
  });

  it("takes no pair of one subject for a leak", () => {
    const again = { ...study("copy of study 7"), subjectId: "subject of study 7" };
    expect(findWholeCopies([...studies, again])).toEqual([]);
  });

  it("finds a picture again that was windowed and cropped, and compares it with no volume", () => {
    const picture = (name: string, change: Change) => {
      const drawn = change(drawSlice(name.replace("copy of ", ""), 0.5));
      return wholeSignatureOfPicture({ caseId: name, subjectId: `subject of ${name}` }, drawn, side) ?? [];
    };
    const pictures = Array.from({ length: 12 }, (_, i) => picture(`picture ${i}`, same)).flat();
    const copy = [picture("copy of picture 3", (pixels) => windowed(cropped(pixels)))].flat();
    const found = findWholeCopies([...pictures, ...copy, ...studies]);
    expect(found.map(({ caseIds }) => caseIds)).toEqual([["picture 3", "copy of picture 3"]]);
  });

  it("has nothing to say of a study whose lungs show one grey", () => {
    const black = drawSlice("one", 0.5).map((grey) => (grey === 220 ? 220 : 0));
    const pixels = resizeGrey(black, [side, side], [px, px]);
    expect(wholeSignatureOf({ caseId: "a", subjectId: "b" }, { pixels, heightsMm: [0] })).toBeNull();
  });
});
