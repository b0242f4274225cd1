import type { Random } from "../base/random.ts";
import type { Anatomy } from "./anatomy.ts";
import type { Point } from "./plane.ts";
import { type DepthField, drawLungPoint, growTree, type Rod } from "./tree.ts";

/** Vessels and bronchi of both lungs. */
export interface LungTrees {
  readonly vessels: readonly Rod[];
  /** Trachea, main and lobar bronchi: air and wall seen in every lung. */
  readonly airways: readonly Rod[];
  /** Finer bronchi: seen only as air within consolidated lung. */
  readonly bronchi: readonly Rod[];
}

const arteriesPerLung = 330;
const veinsPerLung = 230;
const bronchiPerLung = 110;

/** The trees of one person. */
export function growLungTrees(anatomy: Anatomy, depth: DepthField, random: Random): LungTrees {
  const vessels: Rod[] = [];
  const airways: Rod[] = [];
  const bronchi: Rod[] = [];
  const { carinaMm, apexMm } = anatomy;
  const carina: Point = { x: -2, y: 15, z: carinaMm };
  airways.push({ from: { x: 0, y: 4, z: apexMm + 90 }, to: { x: 0, y: 6, z: apexMm }, fromRadius: 8.5, toRadius: 9 });
  airways.push({ from: { x: 0, y: 6, z: apexMm }, to: carina, fromRadius: 9, toRadius: 9 });
  for (const side of [1, 2] as const) {
    const sign = side === 1 ? -1 : 1;
    const hilum: Point = { x: sign * 36, y: 10, z: carinaMm - (side === 1 ? 18 : 24) };
    const own = random.fork(side);
    const targets = (count: number, deepMm: number) =>
      Array.from({ length: count }, () => drawLungPoint(anatomy, depth, own, side, deepMm));
    vessels.push(
      ...growTree([{ x: sign * 14, y: -2, z: carinaMm - 12 }, hilum], targets(arteriesPerLung, 3.5), vesselShape, own),
      ...growTree(
        [
          { x: sign * 12, y: 6, z: carinaMm - 48 },
          { x: sign * 34, y: 2, z: carinaMm - 40 },
        ],
        targets(veinsPerLung, 3.5),
        vesselShape,
        own,
      ),
    );
    const main: Point = { x: sign * (side === 1 ? 26 : 38), y: 19, z: carinaMm - (side === 1 ? 18 : 26) };
    airways.push({ from: carina, to: main, fromRadius: side === 1 ? 7.2 : 6.4, toRadius: side === 1 ? 6.2 : 5.4 });
    const tree = growTree(
      [main, { x: sign * 40, y: 20, z: carinaMm - 38 }],
      targets(bronchiPerLung, 9),
      { endRadius: 0.95, rootRadius: 4.6, exponent: 2.9, stepMm: 15 },
      own,
    );
    for (const rod of tree) (rod.toRadius > 1.9 ? airways : bronchi).push(rod);
  }
  return { vessels, airways, bronchi };
}

const vesselShape = { endRadius: 0.68, rootRadius: 7.5, exponent: 2.5 };
