import { describe, expect, test } from "vitest";
import { lungMaskOf } from "../lungs/lungMask.ts";
import type { Shape3, Volume } from "../study/volume.ts";
import { measureScope } from "./measureScope.ts";
import { zoneOf } from "./scope.ts";
import { lobePoints } from "./severityScore.ts";

const shape: Shape3 = [60, 100, 140];
const spacingMm: Shape3 = [2.5, 2, 2];
const mlOf = (voxels: number) => (voxels * 10) / 1000;

interface Box {
  readonly z: readonly [number, number];
  readonly y: readonly [number, number];
  readonly x: readonly [number, number];
}

/** Two boxes of lung of −850 HU in soft tissue: each 40 slices, 60 rows and 40 columns, 960 ml; `put` draws into them. */
function boxedLungs(put: readonly (Box & { readonly hu: number })[], aeratedHu = -850) {
  const voxels = new Int16Array(shape[0] * shape[1] * shape[2]).fill(40);
  const labels = new Uint8Array(voxels.length);
  const fill = ({ z, y, x }: Box, visit: (index: number) => void) => {
    for (let a = z[0]; a < z[1]; a++)
      for (let b = y[0]; b < y[1]; b++) for (let c = x[0]; c < x[1]; c++) visit((a * shape[1] + b) * shape[2] + c);
  };
  const lungs: Box[] = [
    { z: [10, 50], y: [20, 80], x: [10, 50] },
    { z: [10, 50], y: [20, 80], x: [90, 130] },
  ];
  lungs.forEach((box, i) => {
    fill(box, (index) => {
      voxels[index] = aeratedHu;
      labels[index] = i + 1;
    });
  });
  for (const { hu, ...box } of put) {
    fill(box, (index) => {
      voxels[index] = hu;
    });
  }
  const volume: Volume = {
    voxels,
    shape,
    geometry: {
      originMm: [0, 0, 0],
      spacingMm,
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
  return measureScope(volume, lungMaskOf(labels, volume, [])).scope;
}

const within = (from: readonly [number, number], to: readonly [number, number], x: readonly [number, number]): Box => ({
  z: from,
  y: to,
  x,
});

describe("measureScope", () => {
  test("finds nothing in healthy lungs, however much air they hold", () => {
    for (const hu of [-900, -800, -700]) {
      const scope = boxedLungs([], hu);
      expect(zoneOf(scope, "both")).toMatchObject({ lungMl: 1920, affectedShare: 0 });
      expect(scope.severity.score).toBe(0);
    }
  });

  test("counts a box of ground glass and one of consolidation to the voxel", () => {
    // 20 · 20 · 15 voxels high in the right lung, 10 · 20 · 15 low in the left.
    const scope = boxedLungs([
      { ...within([28, 48], [50, 70], [15, 30]), hu: -600 },
      { ...within([15, 25], [50, 70], [110, 125]), hu: 0 },
    ]);
    expect(zoneOf(scope, "right").groundGlassMl).toBeCloseTo(mlOf(20 * 20 * 15), 0);
    expect(zoneOf(scope, "right").consolidationMl).toBe(0);
    expect(zoneOf(scope, "left").consolidationMl).toBeCloseTo(mlOf(10 * 20 * 15), 0);
    expect(zoneOf(scope, "left").groundGlassMl).toBe(0);
    expect(zoneOf(scope, "right", "lower").affectedShare).toBe(0);
    expect(zoneOf(scope, "left", "upper").affectedShare).toBe(0);
  });

  test("takes neither a vessel nor a thin layer at the back for disease", () => {
    const scope = boxedLungs([
      { ...within([10, 50], [50, 53], [20, 23]), hu: 40 },
      { ...within([30, 33], [20, 80], [100, 103]), hu: 40 },
      { ...within([10, 50], [76, 80], [10, 50]), hu: -500 },
    ]);
    expect(zoneOf(scope, "both").affectedShare).toBe(0);
  });

  test("leaves out what is denser than consolidation", () => {
    expect(zoneOf(boxedLungs([{ ...within([28, 48], [40, 60], [20, 40]), hu: 300 }]), "both").affectedShare).toBe(0);
  });

  test("follows a lesion to the pleura", () => {
    const scope = boxedLungs([{ ...within([20, 40], [60, 80], [10, 50]), hu: -550 }]);
    // Its corners are rounder than a ball fits.
    expect(zoneOf(scope, "right").groundGlassMl / mlOf(20 * 20 * 40)).toBeGreaterThan(0.98);
    expect(zoneOf(scope, "right").groundGlassMl / mlOf(20 * 20 * 40)).toBeLessThanOrEqual(1);
  });

  test("has zones that add up to their lung, and lobes and levels that add up to both", () => {
    const scope = boxedLungs([{ ...within([20, 40], [55, 80], [10, 50]), hu: -550 }]);
    for (const lung of ["right", "left"] as const) {
      const whole = zoneOf(scope, lung);
      for (const zones of [["upper", "middle", "lower"] as const, ["central", "peripheral"] as const]) {
        const parts = zones.map((zone) => zoneOf(scope, lung, zone));
        expect(parts.reduce((sum, part) => sum + part.lungMl, 0)).toBeCloseTo(whole.lungMl, 0);
        expect(parts.reduce((sum, part) => sum + part.groundGlassMl, 0)).toBeCloseTo(whole.groundGlassMl, 0);
      }
    }
    const { lungMl, groundGlassMl } = zoneOf(scope, "both");
    for (const parts of [scope.severity.lobes, scope.levels]) {
      expect(parts.reduce((sum, part) => sum + part.lungMl, 0)).toBeCloseTo(lungMl, 0);
      expect(parts.reduce((sum, part) => sum + part.groundGlassMl, 0)).toBeCloseTo(groundGlassMl, 0);
    }
    expect(scope.severity.score).toBe(scope.severity.lobes.reduce((sum, lobe) => sum + lobe.score, 0));
  });

  test("gives an empty mask a scope of nothing", () => {
    const scope = boxedLungs([{ ...within([0, 60], [0, 100], [0, 140]), hu: -850 }]);
    expect(zoneOf(scope, "both").lungMl).toBe(1920);
    const none = measureScope(
      {
        voxels: new Int16Array(64),
        shape: [4, 4, 4],
        geometry: {
          originMm: [0, 0, 0],
          spacingMm: [5, 1, 1],
          axes: [
            [0, 0, 1],
            [0, 1, 0],
            [1, 0, 0],
          ],
        },
        series: { studyUid: "1", seriesUid: "2", modality: "CT" },
        sliceNames: [],
        warnings: [],
      },
      lungMaskOf(
        new Uint8Array(64),
        {
          shape: [4, 4, 4],
          geometry: {
            originMm: [0, 0, 0],
            spacingMm: [5, 1, 1],
            axes: [
              [0, 0, 1],
              [0, 1, 0],
              [1, 0, 0],
            ],
          },
        },
        [],
      ),
    ).scope;
    expect(zoneOf(none, "both")).toMatchObject({ lungMl: 0, affectedShare: 0 });
    expect(none.severity.score).toBe(0);
  });

  test("gives lobes their usual shares of the volume", () => {
    const { lobes } = boxedLungs([]).severity;
    const shares = Object.fromEntries(lobes.map(({ lobe, lungMl }) => [lobe, lungMl / 960]));
    expect(shares["right lower"]).toBeCloseTo(26.5 / 53.7, 1);
    expect(shares["right middle"]).toBeCloseTo(9.3 / 53.7, 1);
    expect(shares["left lower"]).toBeCloseTo(23.2 / 46.3, 1);
  });
});

test("a lobe's points follow Pan 2020", () => {
  const points = [0, 0.004, 0.02, 0.05, 0.25, 0.26, 0.49, 0.5, 0.75, 0.76, 1].map(lobePoints);
  expect(points).toEqual([0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
});
