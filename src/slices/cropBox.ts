import type { LungMask } from "../lungs/lungMask.ts";
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

function boundsOf(mask: LungMask): { top: number; bottom: number; left: number; right: number } | undefined {
  const [slices, rows, columns] = mask.shape;
  let top = rows;
  let bottom = -1;
  let left = columns;
  let right = -1;
  for (let row = 0; row < slices * rows; row++) {
    let first = row * columns;
    const end = first + columns;
    while (first < end && mask.labels[first] === 0) first++;
    if (first === end) continue;
    let last = end - 1;
    while (mask.labels[last] === 0) last--;
    const y = row % rows;
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    left = Math.min(left, first - row * columns);
    right = Math.max(right, last - row * columns);
  }
  return bottom < 0 ? undefined : { top, bottom, left, right };
}
