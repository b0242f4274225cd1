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
    for (let x = 0; x < toColumns; x++) {
      const from = y * columns + (across.firsts[x] as number);
      const weight = x * across.most;
      const count = across.counts[x] as number;
      let sum = half;
      for (let k = 0; k < count; k++) {
        sum = (sum + Math.imul(pixels[from + k] as number, across.weights[weight + k] as number)) | 0;
      }
      wide[y * toColumns + x] = clip(sum);
    }
  }
  const result = new Uint8Array(toRows * toColumns);
  const sums = new Int32Array(toColumns);
  for (let y = 0; y < toRows; y++) {
    sums.fill(half);
    for (let k = 0; k < (down.counts[y] as number); k++) {
      const weight = down.weights[y * down.most + k] as number;
      const from = ((down.firsts[y] as number) + k) * toColumns;
      for (let x = 0; x < toColumns; x++) {
        sums[x] = ((sums[x] as number) + Math.imul(wide[from + x] as number, weight)) | 0;
      }
    }
    for (let x = 0; x < toColumns; x++) result[y * toColumns + x] = clip(sums[x] as number);
  }
  return result;
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

function weightsOf(from: number, to: number): Weights {
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
