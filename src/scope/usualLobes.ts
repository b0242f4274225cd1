import { leftLung, rightLung } from "../lungs/lungMask.ts";
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
  const [, rows, columns] = shape;
  const lobes = new Uint8Array(side.length).fill(255);
  const heightOf = (block: number) => Math.floor(block / (rows * columns)) * spacingMm[0];
  const overFissure = (block: number) => heightOf(block) - climb * (Math.floor(block / columns) % rows) * spacingMm[1];
  const { rightUpper, rightMiddle, rightLower, leftUpper, leftLower } = usualShares;
  for (const [lung, lower, whole] of [
    [rightLung, rightLower, rightUpper + rightMiddle + rightLower],
    [leftLung, leftLower, leftUpper + leftLower],
  ] as const) {
    const blocks: number[] = [];
    for (let i = 0; i < side.length; i++) if (side[i] === lung) blocks.push(i);
    const fissure = heightWithShare(blocks, ml, overFissure, lower / whole);
    const above = blocks.filter((block) => overFissure(block) > fissure);
    const level =
      lung === rightLung
        ? heightWithShare(above, ml, heightOf, rightMiddle / (rightUpper + rightMiddle))
        : Number.NEGATIVE_INFINITY;
    for (const block of blocks) {
      const isLower = overFissure(block) <= fissure;
      if (lung === leftLung) lobes[block] = isLower ? 4 : 3;
      else lobes[block] = isLower ? 2 : heightOf(block) <= level ? 1 : 0;
    }
  }
  return lobes;
}

/** The height up to which a share of the blocks' volume lies. */
function heightWithShare(
  blocks: readonly number[],
  ml: Float32Array,
  height: (block: number) => number,
  share: number,
): number {
  const mlAt = new Map<number, number>();
  for (const block of blocks) {
    const mm = Math.round(height(block));
    mlAt.set(mm, (mlAt.get(mm) ?? 0) + (ml[block] as number));
  }
  const layers = [...mlAt].sort(([a], [b]) => a - b);
  const total = layers.reduce((sum, [, layerMl]) => sum + layerMl, 0);
  let below = 0;
  for (const [mm, layerMl] of layers) {
    below += layerMl;
    if (below >= share * total) return mm;
  }
  return Number.POSITIVE_INFINITY;
}
