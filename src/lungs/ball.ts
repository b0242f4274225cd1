import { type BitMask, emptyMask, not } from "./bitMask.ts";
import { type Disc, dilate, discOf } from "./morphology.ts";

/** A ball: its discs, from the middle slice outwards. */
export type Ball = readonly Disc[];

/** The voxels within a distance of the centre, which is always one. spacingMm: of the volume, [z, y, x]. */
export function ballOf(radiusMm: number, spacingMm: readonly [number, number, number]): Ball {
  const discs: Disc[] = [];
  const reachMm2 = radiusMm * radiusMm + 1e-6;
  for (let dz = 0; (dz * spacingMm[0]) ** 2 <= reachMm2; dz++) {
    discs.push(
      discOf(Math.sqrt(radiusMm * radiusMm - Math.min(radiusMm * radiusMm, (dz * spacingMm[0]) ** 2)), spacingMm),
    );
  }
  return discs;
}

/** The dilation of a volume by a ball. Beyond its faces nothing is set. @source skimage.morphology.binary_dilation */
export function dilateByBall(mask: BitMask, ball: Ball): BitMask {
  const result = emptyMask(mask.shape);
  const perSlice = mask.shape[1] * mask.rowWords;
  for (const [dz, disc] of ball.entries()) {
    const { words } = dilate(mask, disc);
    const far = dz * perSlice;
    for (let i = 0; i + far < words.length; i++) {
      result.words[i] = (result.words[i] as number) | (words[i + far] as number);
      result.words[i + far] = (result.words[i + far] as number) | (words[i] as number);
    }
  }
  return result;
}

/** The erosion of a volume by a ball. Beyond its faces everything counts as set. @source skimage.morphology.binary_erosion */
export function erodeByBall(mask: BitMask, ball: Ball): BitMask {
  return not(dilateByBall(not(mask), ball));
}

/** A volume without what is thinner than the ball. @source skimage.morphology.binary_opening */
export function openByBall(mask: BitMask, ball: Ball): BitMask {
  return dilateByBall(erodeByBall(mask, ball), ball);
}

/** A volume with its gaps thinner than the ball filled. @source skimage.morphology.binary_closing */
export function closeByBall(mask: BitMask, ball: Ball): BitMask {
  return erodeByBall(dilateByBall(mask, ball), ball);
}
