/** What a plane shows of how it came about, beside the patient. */
export interface ImageTraces {
  /** Share of the plane in rows and columns at its edges that are of one grey: borders, padding. */
  readonly borderShare: number;
  /** Share of rows, within the four corners, that cross at least four sharp edges: text, marks, logos. */
  readonly markShare: number;
}

/** Grey levels that rounding and compression make of one. */
const sameGrey = 12;
/** A stroke of text against its ground. */
const sharpGrey = 96;
const strokesOfText = 4;
/** Corners are squares of this share of the plane's shorter side. */
const cornerShare = 0.2;

/** Borders and marks of a plane. pixels: [rows, columns], grey 0–255. */
export function imageTraces(pixels: Uint8Array, [rows, columns]: readonly [number, number]): ImageTraces {
  const content = contentBox(pixels, [rows, columns]);
  const kept = (content.bottom - content.top) * (content.right - content.left);
  return { borderShare: 1 - kept / (rows * columns), markShare: markShare(pixels, [rows, columns]) };
}

/** Half-open bounds of what lies within rows and columns of one grey at the edges; all of the plane where it is empty. */
export function contentBox(
  pixels: Uint8Array,
  [rows, columns]: readonly [number, number],
): { top: number; bottom: number; left: number; right: number } {
  const isUniform = (start: number, step: number, count: number) => {
    let [low, high] = [255, 0];
    for (let i = 0, at = start; i < count; i++, at += step) {
      const grey = pixels[at] as number;
      if (grey < low) low = grey;
      if (grey > high) high = grey;
      if (high - low > sameGrey) return false;
    }
    return true;
  };
  let [top, bottom, left, right] = [0, rows, 0, columns];
  while (top < rows && isUniform(top * columns, 1, columns)) top++;
  const all = { top: 0, bottom: rows, left: 0, right: columns };
  if (top === rows) return all;
  while (isUniform((bottom - 1) * columns, 1, columns)) bottom--;
  while (left < columns && isUniform(top * columns + left, columns, bottom - top)) left++;
  // Columns of one grey each, of different greys: a pattern, not a border.
  if (left === columns) return { ...all, top, bottom };
  while (isUniform(top * columns + right - 1, columns, bottom - top)) right--;
  return { top, bottom, left, right };
}

function markShare(pixels: Uint8Array, [rows, columns]: readonly [number, number]): number {
  const side = Math.max(4, Math.round(cornerShare * Math.min(rows, columns)));
  if (side * 2 > Math.min(rows, columns)) return 0;
  let marked = 0;
  for (const top of [0, rows - side]) {
    for (const left of [0, columns - side]) {
      for (let y = top; y < top + side; y++) {
        let strokes = 0;
        for (let x = left + 1; x < left + side; x++) {
          const at = y * columns + x;
          if (Math.abs((pixels[at] as number) - (pixels[at - 1] as number)) > sharpGrey) strokes++;
        }
        if (strokes >= strokesOfText) marked++;
      }
    }
  }
  return marked / (4 * side);
}
