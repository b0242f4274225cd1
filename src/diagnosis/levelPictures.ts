import { bothLungs, type LungMask } from "../lungs/lungMask.ts";
import { lungHeights } from "../scope/lungHeights.ts";
import type { MeasuredScope } from "../scope/measureScope.ts";
import { densityCodes } from "../scope/partOfLungs.ts";
import { boxAroundLungs, cropGrey } from "../slices/cropBox.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import type { Volume } from "../study/volume.ts";
import { greyOfHu, lungWindow } from "../study/windowLevel.ts";

/** A slice at a height of the lungs, with what of it is diseased by density. */
export interface LevelPicture {
  /** 0 at the lowest end of the lungs, 1 at the highest. */
  readonly level: number;
  readonly sliceIndex: number;
  /** Row-major [sidePx, sidePx], grey 0–255. */
  readonly grey: Uint8Array;
  /** 0 none, 1 ground glass, 2 consolidation. */
  readonly codes: Uint8Array;
  readonly sidePx: number;
}

const sidePx = 256;
const marginMm = 8;

/** The slices at some heights of the lungs, cropped to the square around the lungs of that study. */
export function levelPictures(
  volume: Volume,
  { mask, measured }: { readonly mask: LungMask; readonly measured: MeasuredScope },
  levels: readonly number[],
): LevelPicture[] {
  const { shape, voxels, geometry } = volume;
  const [, rows, columns] = shape;
  const { lowest, highest } = lungHeights({ lungs: bothLungs(mask), shape });
  const box = boxAroundLungs(mask, geometry, marginMm);
  const { grid, affected } = measured;
  const codes = densityCodes(grid, affected);
  return levels.map((level) => {
    const sliceIndex = Math.min(highest, lowest + Math.floor(level * (highest - lowest + 1)));
    const slice = voxels.subarray(sliceIndex * rows * columns, (sliceIndex + 1) * rows * columns);
    const grey = Uint8Array.from(slice, (hu) => greyOfHu(hu, lungWindow));
    const shown = new Uint8Array(sidePx * sidePx);
    const [deep, across] = grid.block;
    const first = Math.floor(sliceIndex / deep) * grid.shape[1] * grid.shape[2];
    for (let y = 0; y < sidePx; y++) {
      const row = box.firstRow + Math.floor(((y + 0.5) * box.rows) / sidePx);
      if (row < 0 || row >= rows) continue;
      for (let x = 0; x < sidePx; x++) {
        const column = box.firstColumn + Math.floor(((x + 0.5) * box.columns) / sidePx);
        if (column < 0 || column >= columns) continue;
        shown[y * sidePx + x] =
          codes[first + Math.floor(row / across) * grid.shape[2] + Math.floor(column / across)] ?? 0;
      }
    }
    const cropped = cropGrey(grey, [rows, columns], box);
    return {
      level,
      sliceIndex,
      grey: resizeGrey(cropped, [box.rows, box.columns], [sidePx, sidePx]),
      codes: shown,
      sidePx,
    };
  });
}
