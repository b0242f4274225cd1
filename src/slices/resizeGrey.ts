/**
 * Grey pixels at another size, by antialiased bilinear interpolation: equal to Pillow's, bit for bit.
 *
 * pixels: [rows, columns]; shape and to: [rows, columns]; returns [to rows, to columns].
 * @source Pillow 9.4, src/libImaging/Resample.c (Image.resize with Resampling.BILINEAR)
 */
export function resizeGrey(
  pixels: Uint8Array,
  shape: readonly [rows: number, columns: number],
  to: readonly [rows: number, columns: number],
): Uint8Array {
  const [rows, columns] = shape;
  const [toRows, toColumns] = to;
  const across = weightsOf(columns, toColumns);
  const down = weightsOf(rows, toRows);
  const wide = new Uint8Array(rows * toColumns);
  for (let y = 0; y < rows; y++) {
    let from = y * columns;
    let end = from + columns;
    // Blank beginnings and ends of rows, of which isolated lungs have many, stay blank.
    while (from < end && pixels[from] === 0) from++;
    if (from === end) continue;
    while (pixels[end - 1] === 0) end--;
    narrowInto(wide, pixels, across, {
      row: y,
      columns,
      toColumns,
      first: from - y * columns,
      last: end - 1 - y * columns,
    });
  }
  const result = new Uint8Array(toRows * toColumns);
  const sums = new Int32Array(toColumns);
  for (let y = 0; y < toRows; y++) {
    sums.fill(half);
    const first = down.firsts[y] as number;
    const count = down.counts[y] as number;
    for (let k = 0; k < count; k++) {
      const weight = down.weights[y * down.most + k] as number;
      const from = (first + k) * toColumns;
      for (let x = 0; x < toColumns; x++) {
        sums[x] = ((sums[x] as number) + Math.imul(wide[from + x] as number, weight)) | 0;
      }
    }
    const at = y * toColumns;
    for (let x = 0; x < toColumns; x++) result[at + x] = clip(sums[x] as number);
  }
  return result;
}

interface Row {
  readonly row: number;
  readonly columns: number;
  readonly toColumns: number;
  /** The columns of the row that are not blank. */
  readonly first: number;
  readonly last: number;
}

/** One row at its new width. */
function narrowInto(
  wide: Uint8Array,
  pixels: Uint8Array,
  { firsts, counts, most, weights }: Weights,
  { row, columns, toColumns, first, last }: Row,
): void {
  const start = row * columns;
  const target = row * toColumns;
  for (let x = 0; x < toColumns; x++) {
    const begin = firsts[x] as number;
    if (begin > last) break;
    const count = counts[x] as number;
    if (begin + count <= first) continue;
    let weight = x * most;
    let sum = half;
    const end = start + begin + count;
    for (let i = start + begin; i < end; i++)
      sum = (sum + Math.imul(pixels[i] as number, weights[weight++] as number)) | 0;
    wide[target + x] = clip(sum);
  }
}

/** Weights are whole numbers of 2⁻²², so that sums of 8-bit pixels stay within 32 bits. */
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

interface Weights {
  /** The first source pixel of each target pixel, and how many it takes. */
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** Room for so many weights of each target pixel. */
  readonly most: number;
  readonly weights: Int32Array;
}

/** The last weights made: all slices of a study share them. */
const known = new Map<string, Weights>();

function weightsOf(from: number, to: number): Weights {
  const key = `${from} ${to}`;
  const found = known.get(key) ?? makeWeights(from, to);
  known.delete(key);
  known.set(key, found);
  for (const oldest of known.keys()) {
    if (known.size <= 4) break;
    known.delete(oldest);
  }
  return found;
}

function makeWeights(from: number, to: number): Weights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const most = Math.ceil(reach) * 2 + 1;
  const firsts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(from, Math.trunc(centre + reach + 0.5)) - first;
    const shares: number[] = [];
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const share = Math.max(0, 1 - Math.abs((k + first - centre + 0.5) * (1 / reach)));
      shares.push(share);
      sum += share;
    }
    firsts[i] = first;
    counts[i] = count;
    for (const [k, share] of shares.entries()) {
      weights[i * most + k] = Math.trunc(0.5 + (sum === 0 ? share : share * (1 / sum)) * (1 << precisionBits));
    }
  }
  return { firsts, counts, most, weights };
}

function clip(sum: number): number {
  const grey = sum >> precisionBits;
  return grey < 0 ? 0 : grey > 255 ? 255 : grey;
}
