import { writeInto } from "../lungs/bitMask.ts";
import { type LungMask, leftLung, rightLung } from "../lungs/lungMask.ts";
import type { Volume } from "../study/volume.ts";
import { type AffectedLung, affectedLung } from "./affectedLung.ts";
import { type LungGrid, lungGridOf } from "./lungGrid.ts";
import { lungHeights } from "./lungHeights.ts";
import { densityCodes, type Millilitres, partOf, sumParts, tenths, together } from "./partOfLungs.ts";
import { peripheralLung } from "./peripheralLung.ts";
import { lobesOfScope, lungsOfScope, type Scope, type ScopeZone, zonesOfScope } from "./scope.ts";
import { type ScopeSettings, scopeDefaults } from "./scopeSettings.ts";
import { lobePoints, scoreDerivation } from "./severityScore.ts";
import { usualLobes } from "./usualLobes.ts";

/** How many layers the height of the lungs is parted into. */
const levelCount = 20;

/** A measured study: the numbers, and where they were found. */
export interface MeasuredScope {
  readonly scope: Scope;
  readonly grid: LungGrid;
  readonly affected: AffectedLung;
}

/**
 * How much of the lungs is ground glass and consolidation by density: in each zone and lobe, in layers of their height, and as the
 * 25-point severity score. Streaks are as thin as vessels and not measured.
 *
 * Of an empty mask everything is 0.
 */
export function measureScope(volume: Volume, mask: LungMask, settings: ScopeSettings = scopeDefaults): MeasuredScope {
  const grid = lungGridOf(volume, mask);
  const affected = affectedLung(grid, settings);
  const codes = densityCodes(grid, affected);
  const lobes = sumParts(grid, codes, lobeIndex(usualLobes(grid)), lobesOfScope.length).map((part, i) => {
    const known = partOf(part);
    return { lobe: lobesOfScope[i] as (typeof lobesOfScope)[number], ...known, score: lobePoints(known.affectedShare) };
  });
  const [low, high] = affected.beginsAtHu;
  const scope: Scope = {
    zones: zonesOf(grid, codes),
    severity: {
      score: lobes.reduce((sum, { score }) => sum + score, 0),
      most: 25,
      lobes,
      derivation: scoreDerivation,
    },
    levels: levelsOf(grid, codes),
    groundGlassBeginsAtHu: [Math.round(low), Math.round(high)],
    settings,
  };
  return { scope, grid, affected };
}

const lobeIndex = (lobes: Uint8Array) => (block: number) => lobes[block] as number;

/** All zones of all lungs, from the millilitres of 12 pieces: side, third of the height, central or peripheral. */
function zonesOf(grid: LungGrid, codes: Uint8Array): ScopeZone[] {
  const { side, shape } = grid;
  const area = shape[1] * shape[2];
  const { levelOf } = lungHeights(grid);
  const isPeripheral = new Uint8Array(side.length);
  writeInto(isPeripheral, peripheralLung(grid), 1);
  const thirds = Array.from({ length: shape[0] }, (_, z) => Math.min(2, Math.floor(3 * levelOf(z))));
  const pieces = sumParts(
    grid,
    codes,
    (block) =>
      ((side[block] === rightLung ? 0 : 1) * 3 + (thirds[Math.floor(block / area)] as number)) * 2 +
      (isPeripheral[block] as number),
    12,
  );
  const chosen = (lung: ScopeZone["lung"], zone: ScopeZone["zone"]): Millilitres =>
    together(
      pieces.filter((_, i) => {
        const [isOuter, third, sideOf] = [i % 2 === 1, Math.floor(i / 2) % 3, i < 6 ? rightLung : leftLung];
        if (lung !== "both" && sideOf !== (lung === "right" ? rightLung : leftLung)) return false;
        if (zone === "central") return !isOuter;
        if (zone === "peripheral") return isOuter;
        return zone === "all" || third === { lower: 0, middle: 1, upper: 2 }[zone];
      }),
    );
  return lungsOfScope.flatMap((lung) => zonesOfScope.map((zone) => ({ lung, zone, ...partOf(chosen(lung, zone)) })));
}

function levelsOf(grid: LungGrid, codes: Uint8Array): Scope["levels"] {
  const area = grid.shape[1] * grid.shape[2];
  const { lowest, highest } = lungHeights(grid);
  const parts = Array.from({ length: levelCount }, () => ({ lungMl: 0, groundGlassMl: 0, consolidationMl: 0 }));
  const slices = sumParts(grid, codes, (block) => Math.floor(block / area), grid.shape[0]);
  // A slice thicker than a layer is shared out over those that it covers.
  const perSlice = levelCount / (highest - lowest + 1);
  slices.forEach((slice, z) => {
    const at = Math.max(lowest, Math.min(highest, z)) - lowest;
    const [from, to] = [at * perSlice, (at + 1) * perSlice];
    for (let level = Math.floor(from); level < Math.min(levelCount, to); level++) {
      const covered = (Math.min(to, level + 1) - Math.max(from, level)) / (to - from);
      const part = parts[level];
      if (!part || covered <= 0) continue;
      part.lungMl += covered * slice.lungMl;
      part.groundGlassMl += covered * slice.groundGlassMl;
      part.consolidationMl += covered * slice.consolidationMl;
    }
  });
  return parts.map(({ lungMl, groundGlassMl, consolidationMl }, level) => ({
    from: level / levelCount,
    to: (level + 1) / levelCount,
    lungMl: tenths(lungMl),
    groundGlassMl: tenths(groundGlassMl),
    consolidationMl: tenths(consolidationMl),
  }));
}
