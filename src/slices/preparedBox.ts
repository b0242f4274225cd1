import type { LungMask } from "../lungs/lungMask.ts";
import type { StudyImages } from "../study/volume.ts";
import { boxAroundLungs, type CropBox, wholeSlice } from "./cropBox.ts";
import type { SliceRecipe } from "./sliceRecipe.ts";

/** The piece of a volume's slices that a recipe prepares; of pictures, which differ in size, the one at this index. */
export function preparedBox(images: StudyImages, mask: LungMask | null, recipe: SliceRecipe, index = 0): CropBox {
  if (images.kind === "pictures") return wholeSlice(...images.pictures[index].shape);
  const { shape, geometry } = images.volume;
  return mask && recipe.crop !== "slice"
    ? boxAroundLungs(mask, geometry, recipe.crop.marginMm)
    : wholeSlice(shape[1], shape[2]);
}

/** Where a place of a box's square map lies in the slice, in pixels; whole numbers are the pixels' centres. */
export function placeInSlice(
  { firstRow, firstColumn, rows, columns }: CropBox,
  mapPx: number,
  [y, x]: readonly [y: number, x: number],
): [row: number, column: number] {
  return [firstRow + ((y + 0.5) * rows) / mapPx - 0.5, firstColumn + ((x + 0.5) * columns) / mapPx - 0.5];
}

/**
 * A square map of one box as another box of the same slice shows it, bilinear, 0 where the first box does not reach.
 * map: [mapPx, mapPx]; returns [rows, columns] of `size`.
 */
export function mapOntoBox(
  { map, mapPx, box }: { readonly map: Float32Array; readonly mapPx: number; readonly box: CropBox },
  onto: CropBox,
  [rows, columns]: readonly [rows: number, columns: number],
): Float32Array {
  const shown = new Float32Array(rows * columns);
  const along = (count: number, first: number, size: number, own: { first: number; size: number }) =>
    Array.from({ length: count }, (_, i) => {
      const inSlice = first + ((i + 0.5) * size) / count;
      return ((inSlice - own.first) * mapPx) / own.size - 0.5;
    });
  const ys = along(rows, onto.firstRow, onto.rows, { first: box.firstRow, size: box.rows });
  const xs = along(columns, onto.firstColumn, onto.columns, { first: box.firstColumn, size: box.columns });
  const isOn = (at: number) => at >= -0.5 && at <= mapPx - 0.5;
  const at = (y: number, x: number) =>
    map[Math.min(mapPx - 1, Math.max(0, y)) * mapPx + Math.min(mapPx - 1, Math.max(0, x))];
  for (const [i, y] of ys.entries()) {
    if (!isOn(y)) continue;
    const [upper, down] = [Math.floor(y), y - Math.floor(y)];
    for (const [j, x] of xs.entries()) {
      if (!isOn(x)) continue;
      const [left, across] = [Math.floor(x), x - Math.floor(x)];
      const above = at(upper, left) * (1 - across) + at(upper, left + 1) * across;
      const below = at(upper + 1, left) * (1 - across) + at(upper + 1, left + 1) * across;
      shown[i * columns + j] = above * (1 - down) + below * down;
    }
  }
  return shown;
}
