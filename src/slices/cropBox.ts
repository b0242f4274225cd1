import type { LungMask } from "../lungs/lungMask.ts";
import { rowExtent } from "../lungs/rows.ts";
import type { Geometry } from "../study/volume.ts";

/** A piece of a slice in pixels; it may reach beyond the slice. */
export interface CropBox {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly rows: number;
  readonly columns: number;
}

/** The slice whole, as it is. */
export function wholeSlice(rows: number, columns: number): CropBox {
  return { firstRow: 0, firstColumn: 0, rows, columns };
}

/**
 * The square, in mm, around the lungs of all slices with a margin, its centre theirs. Without lungs: the square around the
 * whole slice.
 */
export function boxAroundLungs(mask: LungMask, geometry: Geometry, marginMm: number): CropBox {
  const [, rows, columns] = mask.shape;
  const [, stepY, stepX] = geometry.spacingMm;
  const found = boundsOf(mask);
  const { top, bottom, left, right } = found ?? { top: 0, bottom: rows - 1, left: 0, right: columns - 1 };
  const margin = found ? 2 * marginMm : 0;
  const sideMm = Math.max((bottom - top + 1) * stepY, (right - left + 1) * stepX) + margin;
  const boxRows = Math.round(sideMm / stepY);
  const boxColumns = Math.round(sideMm / stepX);
  return {
    firstRow: Math.round((top + bottom + 1 - boxRows) / 2),
    firstColumn: Math.round((left + right + 1 - boxColumns) / 2),
    rows: boxRows,
    columns: boxColumns,
  };
}

/** The box's pixels, the lowest grey beyond the slice. pixels: [rows, columns]. */
export function cropGrey(pixels: Uint8Array, shape: readonly [number, number], box: CropBox): Uint8Array {
  const [rows, columns] = shape;
  const result = new Uint8Array(box.rows * box.columns);
  const fromColumn = Math.max(0, box.firstColumn);
  const toColumn = Math.min(columns, box.firstColumn + box.columns);
  if (toColumn <= fromColumn) return result;
  for (let y = 0; y < box.rows; y++) {
    const row = y + box.firstRow;
    if (row < 0 || row >= rows) continue;
    const line = pixels.subarray(row * columns + fromColumn, row * columns + toColumn);
    result.set(line, y * box.columns + fromColumn - box.firstColumn);
  }
  return result;
}

interface Bounds {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function boundsOf({ right: rightLung, left: leftLung, shape }: LungMask): Bounds | undefined {
  const [slices, rows, columns] = shape;
  let top = rows;
  let bottom = -1;
  let left = columns;
  let right = -1;
  for (let row = 0; row < slices * rows; row++) {
    for (const lung of [rightLung, leftLung]) {
      const extent = rowExtent(lung, row);
      if (extent === undefined) continue;
      const y = row % rows;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      left = Math.min(left, extent.start);
      right = Math.max(right, extent.end - 1);
    }
  }
  return bottom < 0 ? undefined : { top, bottom, left, right };
}
