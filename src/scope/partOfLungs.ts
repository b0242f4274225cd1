import { outsideLungs } from "../lungs/lungMask.ts";
import { eachRun } from "../lungs/rows.ts";
import type { AffectedLung } from "./affectedLung.ts";
import type { LungGrid } from "./lungGrid.ts";
import type { ScopePart } from "./scope.ts";

/** Millilitres of a part of the lungs. */
export interface Millilitres {
  lungMl: number;
  groundGlassMl: number;
  consolidationMl: number;
}

/** 0 healthy, 1 ground glass, 2 consolidation, by block. */
export function densityCodes({ shape }: LungGrid, { groundGlass, consolidation }: AffectedLung): Uint8Array {
  const codes = new Uint8Array(shape[0] * shape[1] * shape[2]);
  eachRun(groundGlass, (start, end) => codes.fill(1, start, end));
  eachRun(consolidation, (start, end) => codes.fill(2, start, end));
  return codes;
}

/**
 * The millilitres of the parts that the lungs' blocks belong to. partOf: a block's part, from 0; beyond the count it belongs to
 * none.
 */
export function sumParts(
  grid: LungGrid,
  codes: Uint8Array,
  partOf: (block: number) => number,
  count: number,
): Millilitres[] {
  const sums = Array.from({ length: count }, () => ({ lungMl: 0, groundGlassMl: 0, consolidationMl: 0 }));
  const { side, ml } = grid;
  for (let i = 0; i < side.length; i++) {
    if (side[i] === outsideLungs) continue;
    const sum = sums[partOf(i)];
    if (!sum) continue;
    const blockMl = ml[i] as number;
    sum.lungMl += blockMl;
    if (codes[i] === 1) sum.groundGlassMl += blockMl;
    else if (codes[i] === 2) sum.consolidationMl += blockMl;
  }
  return sums;
}

/** Parts taken together. */
export function together(parts: readonly Millilitres[]): Millilitres {
  const sum = (of: keyof Millilitres) => parts.reduce((all, part) => all + part[of], 0);
  return { lungMl: sum("lungMl"), groundGlassMl: sum("groundGlassMl"), consolidationMl: sum("consolidationMl") };
}

/** Rounded to a tenth of a millilitre, with its shares to a hundredth of a point. */
export function partOf({ lungMl, groundGlassMl, consolidationMl }: Millilitres): ScopePart {
  const share = (ml: number) => (lungMl === 0 ? 0 : Math.min(1, Math.round((1e4 * ml) / lungMl) / 1e4));
  return {
    lungMl: tenths(lungMl),
    groundGlassMl: tenths(groundGlassMl),
    consolidationMl: tenths(consolidationMl),
    groundGlassShare: share(groundGlassMl),
    consolidationShare: share(consolidationMl),
    affectedShare: share(groundGlassMl + consolidationMl),
  };
}

export function tenths(ml: number): number {
  return Math.round(10 * ml) / 10;
}
