/** A rectangle of a plane, in pixels. */
export interface Box {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly rows: number;
  readonly columns: number;
}

/** Of each target pixel: the first source pixel, and the weights of it and those after it. */
interface Weights {
  readonly firsts: Int32Array;
  readonly most: number;
  readonly weights: Float32Array;
}

/** Bilinear weights, antialiased where the target is smaller, from centre to centre. */
function weightsOf(from: number, to: number): Weights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const most = Math.ceil(reach) * 2 + 1;
  const firsts = new Int32Array(to);
  const weights = new Float32Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach), first + most - 1);
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const weight = Math.max(0, 1 - Math.abs(k - centre) / reach);
      weights[i * most + k - first] = weight;
      sum += weight;
    }
    for (let k = 0; k < most; k++) weights[i * most + k] /= sum;
    firsts[i] = first;
  }
  return { firsts, most, weights };
}

/**
 * A plane at another size, by antialiased bilinear interpolation.
 *
 * plane: [rows, columns] of the box; returns [to rows, to columns].
 */
export function resamplePlane(
  plane: Float32Array,
  [rows, columns]: readonly [number, number],
  [toRows, toColumns]: readonly [number, number],
): Float32Array {
  if (rows === toRows && columns === toColumns) return plane;
  const across = weightsOf(columns, toColumns);
  const down = weightsOf(rows, toRows);
  const wide = new Float32Array(rows * toColumns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < toColumns; x++) {
      const from = y * columns + across.firsts[x];
      let sum = 0;
      for (let k = 0; k < across.most; k++) {
        const weight = across.weights[x * across.most + k];
        if (weight !== 0) sum += weight * plane[from + k];
      }
      wide[y * toColumns + x] = sum;
    }
  }
  const result = new Float32Array(toRows * toColumns);
  for (let y = 0; y < toRows; y++) {
    for (let k = 0; k < down.most; k++) {
      const weight = down.weights[y * down.most + k];
      if (weight === 0) continue;
      const from = (down.firsts[y] + k) * toColumns;
      for (let x = 0; x < toColumns; x++) result[y * toColumns + x] += weight * wide[from + x];
    }
  }
  return result;
}
