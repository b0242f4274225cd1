import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import type { Volume } from "../study/volume.ts";
import { checkVolume } from "./checkVolume.ts";
import { defaultIntake } from "./intakeSettings.ts";

interface Body {
  /** Deviation of the noise, in HU. */
  readonly noiseHu?: number;
  /** A part of the body to draw otherwise: its density at [z, y, x] in mm from the middle, or undefined. */
  readonly part?: (z: number, y: number, x: number) => number | undefined;
  /** What becomes of each value. */
  readonly change?: (hu: number) => number;
  /** Millimetres by which slices from this one on are moved to the side. */
  readonly movedFrom?: { readonly slice: number; readonly byMm: number };
  readonly airHu?: number;
}

/** A body in air: an ellipse of 300 × 200 mm of soft tissue with fat around and two lungs in it. 24 slices of 96², 4 mm. */
function drawBody({ noiseHu = 15, part, change = (hu) => hu, movedFrom, airHu = -1000 }: Body = {}): Volume {
  const [slices, rows, columns] = [24, 96, 96];
  const random = createRandom(5);
  const voxels = new Int16Array(slices * rows * columns);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const moved = movedFrom && z >= movedFrom.slice ? movedFrom.byMm : 0;
        const [across, down] = [(x - 48) * 4 + moved, (y - 48) * 4];
        const body = (across / 150) ** 2 + (down / 100) ** 2;
        const lung = ((Math.abs(across) - 70) / 45) ** 2 + (down / 65) ** 2;
        const inside = lung < 1 ? -850 : body < 0.8 ? 45 : -100;
        const hu = body > 1 ? airHu : (part?.((z - 12) * 4, down, across) ?? inside);
        voxels[(z * rows + y) * columns + x] = Math.round(change(hu + noiseHu * random.normal()));
      }
    }
  }
  return {
    voxels,
    shape: [slices, rows, columns],
    geometry: {
      originMm: [0, 0, 0],
      spacingMm: [4, 4, 4],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1", seriesUid: "2", modality: "CT" },
    sliceNames: [],
    warnings: [],
  };
}

const codesOf = (body?: Body) => checkVolume(drawBody(body), defaultIntake).map(({ code }) => code);
const tube = (hu: number, radiusMm: number) => (_: number, y: number, x: number) =>
  Math.hypot(y, x) < radiusMm ? hu : undefined;

describe("checkVolume", () => {
  it("says nothing of an ordinary body, nor of one whose air was cut off at the lowest value", () => {
    expect(codesOf()).toEqual([]);
    expect(codesOf({ airHu: -2000, change: (hu) => Math.max(defaultIntake.lowestHu, hu) })).toEqual([]);
  });

  it.each([
    ["stored values without their intercept", (hu: number) => hu + 1024],
    ["air 150 HU too high", (hu: number) => hu + 150],
    ["inverted values", (hu: number) => -hu],
    ["half the slope", (hu: number) => hu / 2],
  ])("finds Hounsfield units that are off: %s", (_, change) => {
    expect(codesOf({ change })).toContain("HOUNSFIELD_OFF");
  });

  it("finds an export to 8 bits", () => {
    const change = (hu: number) => Math.round((Math.min(400, Math.max(-1000, hu)) + 1000) / 5.5) * 5.5 - 1000;
    expect(codesOf({ change })).toEqual(["FEW_GREY_LEVELS"]);
  });

  it("finds noise above the setting, and not below it", () => {
    expect(codesOf({ noiseHu: 120 })).not.toContain("NOISY");
    expect(codesOf({ noiseHu: 200 })).toContain("NOISY");
  });

  it("finds metal, but no bone", () => {
    expect(codesOf({ part: tube(1500, 8) })).not.toContain("METAL");
    expect(codesOf({ part: tube(3000, 8) })).toContain("METAL");
  });

  it("finds vessels with contrast medium, but not a spine as dense", () => {
    expect(codesOf({ part: tube(300, 24) })).toEqual(["CONTRAST_SEEN"]);
    const vertebrae = (z: number, y: number, x: number) =>
      Math.hypot(y, x) < 16 && Math.abs(z % 32) > 6 ? 300 : undefined;
    expect(codesOf({ part: vertebrae })).toEqual([]);
  });

  it("finds a body that moved between two slices, and says between which", () => {
    const [warning] = checkVolume(drawBody({ movedFrom: { slice: 10, byMm: 40 } }), defaultIntake);
    expect(warning).toMatchObject({ code: "SLICES_JUMP", message: expect.stringContaining("slices 10 and 11:") });
  });
});
