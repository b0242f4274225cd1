import { existsSync, readdirSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Volume } from "../study/volume.ts";
import { drawThorax, isConsolidated, isTumour, type ThoraxOptions } from "./drawnThorax.fixture.ts";
import { isolateLungs } from "./isolateLungs.ts";
import { labelsOf, lungAreasMm2 } from "./lungMask.ts";
import { defaultLungs } from "./lungSettings.ts";

/** The area of a drawn lung: an ellipse of 28 × 18 pixels of 2.6 mm. */
const lungMm2 = Math.PI * 28 * 18 * 2.6 * 2.6;

describe("the default isolation", () => {
  const volume = drawThorax();
  const mask = isolateLungs(volume, defaultLungs);
  const labels = labelsOf(mask);
  const at = (z: number, y: number, x: number) => labels[(z * 128 + y) * 128 + x];

  test("finds both lungs, the right one at low x", () => {
    expect(at(20, 64, 42)).toBe(1);
    expect(at(20, 64, 86)).toBe(2);
    expect(mask.warnings).toEqual([]);
  });

  test("measures what was drawn", () => {
    const oneLungMl = (lungMm2 * 6 * 30) / 1000;
    expect(mask.rightMl / oneLungMl).toBeCloseTo(1, 1);
    expect(mask.leftMl / oneLungMl).toBeCloseTo(1, 1);
    expect(mask.volumeMl).toBeCloseTo(mask.rightMl + mask.leftMl, 6);
    const areas = lungAreasMm2(mask, volume.geometry);
    expect(areas[20]! / (2 * lungMm2)).toBeCloseTo(1, 1);
    expect(areas[2]).toBe(0);
    expect(areas[38]).toBe(0);
  });

  test("leaves out windpipe, bowel gas, table and the air outside", () => {
    expect(at(20, 58, 64)).toBe(0);
    expect(at(2, 50, 85)).toBe(0);
    expect(at(20, 115, 64)).toBe(0);
    expect(at(20, 4, 4)).toBe(0);
  });

  test("does not lose consolidated lung along the ribs", () => {
    const sick = labelsOf(isolateLungs(drawThorax({ hasConsolidation: true }), defaultLungs));
    let inside = 0;
    let all = 0;
    for (let y = 0; y < 128; y++) {
      for (let x = 0; x < 128; x++) {
        if (!isConsolidated(y, x)) continue;
        all++;
        if (sick[(20 * 128 + y) * 128 + x] === 1) inside++;
      }
    }
    expect(all).toBeGreaterThan(300);
    expect(inside / all).toBeGreaterThan(0.95);
  });

  test("parts lungs that touch", () => {
    const touching = drawThorax();
    for (let z = 12; z < 30; z++) touching.voxels.fill(-800, (z * 128 + 45) * 128 + 50, (z * 128 + 45) * 128 + 80);
    const parted = isolateLungs(touching, defaultLungs);
    const { rightMl, leftMl } = parted;
    const labels = labelsOf(parted);
    expect(rightMl / leftMl).toBeCloseTo(1, 1);
    expect(labels[(20 * 128 + 64) * 128 + 42]).toBe(1);
    expect(labels[(20 * 128 + 64) * 128 + 86]).toBe(2);
  });

  test.each([
    ["NO_LUNGS_FOUND", { hasRight: false, hasLeft: false }],
    ["ONE_LUNG_ONLY", { hasLeft: false }],
    ["LUNGS_CUT_OFF", { lungSlices: [0, 36] }],
    ["LUNG_VOLUME_UNUSUAL", { lungSlices: [10, 14] }],
  ] as const)("warns %s", (code, options) => {
    const { warnings } = isolateLungs(drawThorax(options), defaultLungs);
    expect(warnings.map((warning) => warning.code)).toContain(code);
  });

  test("says which lung is the only one", () => {
    expect(isolateLungs(drawThorax({ hasLeft: false }), defaultLungs).leftMl).toBe(0);
    expect(isolateLungs(drawThorax({ hasRight: false }), defaultLungs).rightMl).toBe(0);
  });

  test("leaves the mask empty where there is no body", () => {
    const nothing = { ...volume, voxels: new Int16Array(volume.voxels.length).fill(-1000) };
    expect(isolateLungs(nothing, defaultLungs).volumeMl).toBe(0);
  });
});

/** One drawn lung, ml: its ellipse times 30 slices of 6 mm. */
const drawnMl = (lungMm2 * 6 * 30) / 1000;

describe("unusual chests", () => {
  const isolated = (options: ThoraxOptions) => isolateLungs(drawThorax(options), defaultLungs);

  test("finds emphysematous lungs as large as healthy ones", () => {
    const { rightMl, leftMl, quality } = isolated({ lungHu: -960 });
    expect(rightMl / drawnMl).toBeCloseTo(1, 1);
    expect(leftMl / drawnMl).toBeCloseTo(1, 1);
    expect(quality.score).toBe(1);
  });

  test("finds a child's lungs, an eighth of the volume, without a warning", () => {
    const { rightMl, leftMl, warnings } = isolated({ scale: 0.5 });
    expect((8 * rightMl) / drawnMl).toBeCloseTo(1, 1);
    expect((8 * leftMl) / drawnMl).toBeCloseTo(1, 1);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["arms at the sides", { hasArms: true }],
    ["lying face down", { isProne: true }],
  ] as const)("measures lungs with %s as without", (_, options) => {
    const { rightMl, leftMl } = isolated(options);
    const usual = isolated({});
    expect(rightMl / usual.rightMl).toBeCloseTo(1, 2);
    expect(leftMl / usual.leftMl).toBeCloseTo(1, 2);
  });

  test.each([
    ["lowest", [0, 36]],
    ["highest", [6, 40]],
  ] as const)("says that the %s slice cuts the lungs off, and keeps them up to it", (end, lungSlices) => {
    const { warnings, rightMl, quality } = isolated({ lungSlices });
    const found = warnings.find(({ code }) => code === "LUNGS_CUT_OFF");
    expect(found?.message).toContain(end);
    expect(rightMl / (drawnMl * ((lungSlices[1] - lungSlices[0]) / 30))).toBeCloseTo(1, 1);
    expect(quality.reasons.map(({ code }) => code)).toEqual(["LUNGS_CUT_OFF"]);
    expect(quality.score).toBeLessThan(1);
  });

  test("keeps a small tumour at the ribs", () => {
    const labels = labelsOf(isolated({ hasTumour: true }));
    let inside = 0;
    let all = 0;
    for (let i = 0; i < labels.length; i++) {
      const [z, y, x] = [Math.floor(i / 128 / 128), Math.floor(i / 128) % 128, i % 128];
      if (!isTumour(z, y, x)) continue;
      all++;
      if (labels[i] === 1) inside++;
    }
    expect(all).toBeGreaterThan(200);
    expect(inside / all).toBeGreaterThan(0.9);
  });

  test("keeps the lung above a pleural effusion, and says right from left", () => {
    const labels = labelsOf(isolated({ fluidFromRow: 82 }));
    const at = (y: number, x: number) => labels[(20 * 128 + y) * 128 + x];
    expect(at(60, 86)).toBe(2);
    expect(at(78, 86)).toBe(2);
    expect(at(60, 42)).toBe(1);
  });

  test("scores a mask without lungs 0, with the reason", () => {
    const { quality, volumeMl } = isolated({ hasLeft: false, hasRight: false });
    expect(volumeMl).toBe(0);
    expect(quality.score).toBe(0);
    expect(quality.reasons.map(({ code }) => code)).toEqual(["NO_LUNGS_FOUND"]);
  });

  test("scores one lung lower than two", () => {
    expect(isolated({}).quality).toEqual({ score: 1, reasons: [] });
    expect(isolated({ hasLeft: false }).quality.score).toBeLessThan(0.9);
  });
});

const data = new URL("../../../shared/data/lung-masks/", import.meta.url);

test.skipIf(!existsSync(data))(
  "agrees with hand-made masks of 26 real slices (median Dice > 0.988, 5th percentile ≥ 0.965, least ≥ 0.93)",
  async () => {
    const names = readdirSync(data).filter((name) => name.endsWith("-hu2048.png"));
    const dices: number[] = [];
    for (const name of names) {
      const stored = await greyOf(new URL(name, data));
      const truth = await greyOf(new URL(name.replace("hu2048", "lungs"), data));
      const labels = labelsOf(
        isolateLungs(
          sliceVolume(
            Int16Array.from(stored.pixels, (value) => value - 2048),
            stored.shape,
          ),
          defaultLungs,
        ),
      );
      let both = 0;
      let sum = 0;
      for (let i = 0; i < labels.length; i++) {
        const isLung = labels[i] !== 0;
        const isTruth = truth.pixels[i] !== 0;
        if (isLung && isTruth) both++;
        sum += Number(isLung) + Number(isTruth);
      }
      dices.push((2 * both) / sum);
    }
    dices.sort((a, b) => a - b);
    expect(dices).toHaveLength(26);
    expect((dices[12]! + dices[13]!) / 2).toBeGreaterThan(0.988);
    // The 5th percentile of 26 values lies a quarter of the way from the second to the third.
    expect(dices[1]! + 0.25 * (dices[2]! - dices[1]!)).toBeGreaterThanOrEqual(0.965);
    expect(dices[0]).toBeGreaterThan(0.965);
  },
);

async function greyOf(file: URL): Promise<{ pixels: Uint16Array; shape: [number, number, number] }> {
  const image = sharp(readFileSync(file)).toColourspace("grey16");
  const { data: raw, info } = await image.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  return { pixels: new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2), shape: [1, info.height, info.width] };
}

/** The slices' spacing is not known: 0.7 mm is usual. */
function sliceVolume(voxels: Int16Array, shape: [number, number, number]): Volume {
  const { geometry, ...rest } = drawThorax({ slices: 1 });
  return { ...rest, voxels, shape, geometry: { ...geometry, spacingMm: [1, 0.7, 0.7] } };
}
