import { outsideLungs, rightLung } from "../lungs/lungMask.ts";
import type { Shape3 } from "../study/volume.ts";
import type { LungGrid } from "./lungGrid.ts";

/**
 * Shares of the whole lung volume, lying on the back.
 * @source Yamada et al. 2020, Respiration 99:598, Table 3: right upper 17.9 %, middle 9.3 %, lower 26.5 %; left upper 23.1 %,
 * lower 23.2 % (32 volunteers).
 */
const usualShares = { rightUpper: 17.9, rightMiddle: 9.3, rightLower: 26.5, leftUpper: 23.1, leftLower: 23.2 };

/**
 * The oblique fissures climb by so much for each millimetre to the back: from the sixth costochondral junction, at the base, to
 * the height of the fourth thoracic vertebra behind.
 */
const climb = 1.15;

/**
 * The lobe of each block as an index of lobesOfScope, 255 outside: no fissure is looked for. In each lung a plane that climbs to the back is
 * put where the lower lobe below it has its usual share of that lung's volume; in the right lung a level plane parts
 * upper from middle lobe likewise. Lobes that shrank, swelled or were taken out are not noticed.
 */
export function usualLobes(grid: LungGrid): Uint8Array {
  const { side, ml, shape, spacingMm } = grid;
  const [slices, rows, columns] = shape;
  const { rightUpper, rightMiddle, rightLower, leftUpper, leftLower } = usualShares;
  const depthMm = climb * rows * spacingMm[1];
  /** Whole millimetres above the lowest plane that climbs to the back. */
  const overFissure = (z: number, y: number) => Math.round(z * spacingMm[0] + depthMm - climb * y * spacingMm[1]);
  const mlOver = [new Float64Array(overFissure(slices, 0) + 1), new Float64Array(overFissure(slices, 0) + 1)] as const;
  eachRow(shape, (z, y, first) => {
    const over = overFissure(z, y);
    for (let i = first; i < first + columns; i++) {
      const lung = side[i] as number;
      if (lung === outsideLungs) continue;
      const sums = lung === rightLung ? mlOver[0] : mlOver[1];
      sums[over] = (sums[over] as number) + (ml[i] as number);
    }
  });
  const rightFissure = binWithShare(mlOver[0], rightLower / (rightLower + rightUpper + rightMiddle));
  const leftFissure = binWithShare(mlOver[1], leftLower / (leftLower + leftUpper));
  const mlAt = new Float64Array(slices);
  eachRow(shape, (z, y, first) => {
    if (overFissure(z, y) <= rightFissure) return;
    for (let i = first; i < first + columns; i++) {
      if (side[i] === rightLung) mlAt[z] = (mlAt[z] as number) + (ml[i] as number);
    }
  });
  const level = binWithShare(mlAt, rightMiddle / (rightUpper + rightMiddle));
  const lobes = new Uint8Array(side.length).fill(255);
  eachRow(shape, (z, y, first) => {
    const over = overFissure(z, y);
    const right = over <= rightFissure ? 2 : z <= level ? 1 : 0;
    const left = over <= leftFissure ? 4 : 3;
    for (let i = first; i < first + columns; i++) {
      const lung = side[i] as number;
      if (lung !== outsideLungs) lobes[i] = lung === rightLung ? right : left;
    }
  });
  return lobes;
}

function eachRow([slices, rows, columns]: Shape3, visit: (z: number, y: number, first: number) => void): void {
  for (let z = 0; z < slices; z++) for (let y = 0; y < rows; y++) visit(z, y, (z * rows + y) * columns);
}

/** The bin up to which a share of the volume lies. */
function binWithShare(ml: Float64Array, share: number): number {
  const total = ml.reduce((sum, binMl) => sum + binMl, 0);
  let below = 0;
  for (const [bin, binMl] of ml.entries()) {
    below += binMl;
    if (below >= share * total) return bin;
  }
  return ml.length;
}
