import { ballOf, dilateByBall, erodeByBall, openByBall } from "../lungs/ball.ts";
import { and, andNot, type BitMask, maskOfBytes, or } from "../lungs/bitMask.ts";
import { labelComponents, maskOfComponents } from "../lungs/components.ts";
import { eachRun } from "../lungs/rows.ts";
import { aeratedHu } from "./aeratedLung.ts";
import type { LungGrid } from "./lungGrid.ts";
import { lungRoots } from "./lungRoots.ts";
import type { ScopeSettings } from "./scopeSettings.ts";

/** What of the lungs is too dense, by the blocks of a LungGrid. No block is in both. */
export interface AffectedLung {
  readonly groundGlass: BitMask;
  readonly consolidation: BitMask;
  /** Where ground glass began, Hounsfield units: the least and the most over the rows of the grid. */
  readonly beginsAtHu: readonly [number, number];
}

/** A lesion's blurred rim reaches so much further than what of it is thick. */
const rimMm = 2.5;
/** Half as dense as consolidation in aerated lung: there its blurred border runs. */
const halfDenseHu = -450;

/** By its noise a block may be so much denser than the tissue that it is of. */
const noiseHu = 50;

/**
 * The ground glass and the consolidation of the lungs by their density. What is dense must be thick (vessels are not) at
 * some distance from the border (partial volume and dependent lung are not deeper); from there it is followed to the border.
 */
export function affectedLung(grid: LungGrid, settings: ScopeSettings): AffectedLung {
  const { lungs, spacingMm } = grid;
  const ball = (radiusMm: number) => ballOf(radiusMm, spacingMm);
  const { borderMm, vesselMm, rootVesselMm, consolidationHu } = settings;
  const { begins, beginsAtHu } = whereGroundGlassBegins(grid, settings);
  const upToHu = consolidationHu[1] + noiseHu;
  const dense = blocksBetween(grid, begins, upToHu);
  const deepMm = Math.max(borderMm, spacingMm[0]);
  const inner = and(dense, erodeByBall(lungs, ball(deepMm)));
  const loose = andNot(inner, blocksBetween(grid, new Float32Array(begins.length).fill(consolidationHu[0]), upToHu));
  // At the roots ground glass must be thick by itself, without the vessels that run there.
  const thick = or(
    or(andNot(openByBall(inner, ball(vesselMm / 2)), lungRoots(grid)), openByBall(loose, ball(vesselMm / 2))),
    openByBall(inner, ball(rootVesselMm / 2)),
  );
  const reached = and(dilateByBall(thick, ball(deepMm + rimMm)), dense);
  const affected = withoutSmall(grid, reached, settings.smallestMl);

  const denser = and(affected, blocksBetween(grid, begins.fill(consolidationHu[0]), upToHu));
  const core = openByBall(denser, ball(vesselMm / 4));
  const wide = and(dilateByBall(core, ball(rimMm)), denser);
  const solid = withMeanUpTo(grid, wide, consolidationHu[1]);
  const glass = andNot(affected, wide);
  // A thin shell of ground glass around consolidation is the blur of its border.
  const shell = andNot(and(glass, dilateByBall(solid, ball(2 * rimMm))), openByBall(glass, ball(rimMm)));
  const half = blocksBetween(grid, begins.fill(halfDenseHu), upToHu);
  return { groundGlass: andNot(glass, shell), consolidation: or(solid, and(shell, half)), beginsAtHu };
}

function whereGroundGlassBegins(grid: LungGrid, { groundGlassHu, aboveAeratedHu }: ScopeSettings) {
  const begins = aeratedHu(grid).map((hu) =>
    Math.min(groundGlassHu[1], Math.max(groundGlassHu[0], hu + aboveAeratedHu)),
  );
  const rows = new Set<number>();
  eachRun(grid.lungs, (start) => rows.add(Math.floor(start / grid.shape[2]) % grid.shape[1]));
  const used = [...rows].map((row) => begins[row] as number);
  const beginsAtHu = used.length === 0 ? groundGlassHu : ([Math.min(...used), Math.max(...used)] as const);
  return { begins, beginsAtHu };
}

/** The lungs' blocks above a limit of their row and up to another. */
function blocksBetween({ hu, lungs, shape }: LungGrid, aboveHu: Float32Array, toHu: number): BitMask {
  const [, rows, columns] = shape;
  const isBetween = new Uint8Array(hu.length);
  eachRun(lungs, (start, end) => {
    const above = aboveHu[Math.floor(start / columns) % rows] as number;
    for (let i = start; i < end; i++) {
      const value = hu[i] as number;
      if (value > above && value <= toHu) isBetween[i] = 1;
    }
  });
  return maskOfBytes(isBetween, shape);
}

function withoutSmall({ spacingMm }: LungGrid, mask: BitMask, smallestMl: number): BitMask {
  const components = labelComponents(mask, "volume26");
  const blockMl = (spacingMm[0] * spacingMm[1] * spacingMm[2]) / 1000;
  return maskOfComponents(
    components,
    Uint8Array.from(components.sizes, (size) => (size * blockMl < smallestMl ? 0 : 1)),
  );
}

/** The pieces whose mean is no more than a limit: contrast medium, calcium and metal are denser than any consolidation. */
function withMeanUpTo({ hu, shape }: LungGrid, mask: BitMask, mostHu: number): BitMask {
  const components = labelComponents(mask, "volume26");
  const { rowRuns, runStart, runEnd, runLabel, sizes } = components;
  const sums = new Float64Array(components.count);
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const label = runLabel[run] as number;
      for (let x = runStart[run] as number; x < (runEnd[run] as number); x++) {
        sums[label] = (sums[label] as number) + (hu[row * shape[2] + x] as number);
      }
    }
  }
  return maskOfComponents(
    components,
    Uint8Array.from(sums, (sum, label) => (sum <= mostHu * (sizes[label] as number) ? 1 : 0)),
  );
}
