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
  let [firstShown, lastShown] = [rows, -1];
  for (let y = 0; y < rows; y++) {
    let from = y * columns;
    let end = from + columns;
    // Blank rows, and blank beginnings and ends of rows, of which isolated lungs have many, stay blank.
    while (from < end && pixels[from] === 0) from++;
    if (from === end) continue;
    while (pixels[end - 1] === 0) end--;
    if (y < firstShown) firstShown = y;
    lastShown = y;
    const { first, last } = reachedBy(across, from - y * columns, end - 1 - y * columns);
    narrowInto(wide, { at: y * toColumns, first, last }, { pixels, from: y * columns }, across);
  }
  const result = new Uint8Array(toRows * toColumns);
  const { first, last } = reachedBy(down, firstShown, lastShown);
  for (let y = first; y <= last; y++) lowerInto(result, wide, y, { toColumns, down });
  return result;
}

/** The target pixels that source pixels first … last have a part in; none where the first is past the last. */
function reachedBy({ firsts, taps }: Weights, first: number, last: number): { first: number; last: number } {
  let from = 0;
  while (from < firsts.length && (firsts[from] as number) + taps <= first) from++;
  let to = firsts.length - 1;
  while (to >= 0 && (firsts[to] as number) > last) to--;
  return { first: from, last: to };
}

/** Pixels first … last of one row at its new width. Weights are positive and make 1 together, so that no sum leaves 0–255. */
function narrowInto(
  wide: Uint8Array,
  { at, first, last }: { readonly at: number; readonly first: number; readonly last: number },
  { pixels, from }: { readonly pixels: Uint8Array; readonly from: number },
  { firsts, taps, weights }: Weights,
): void {
  // Five, written out, is what a CT's slice needs at the network's size.
  if (taps === 5) {
    for (let x = first, w = first * 5; x <= last; x++, w += 5) {
      const i = from + (firsts[x] as number);
      wide[at + x] =
        (half +
          Math.imul(pixels[i] as number, weights[w] as number) +
          Math.imul(pixels[i + 1] as number, weights[w + 1] as number) +
          Math.imul(pixels[i + 2] as number, weights[w + 2] as number) +
          Math.imul(pixels[i + 3] as number, weights[w + 3] as number) +
          Math.imul(pixels[i + 4] as number, weights[w + 4] as number)) >>
        precisionBits;
    }
    return;
  }
  for (let x = first; x <= last; x++) {
    let sum = half;
    const i = from + (firsts[x] as number);
    for (let k = 0; k < taps; k++) {
      sum = (sum + Math.imul(pixels[i + k] as number, weights[x * taps + k] as number)) | 0;
    }
    wide[at + x] = sum >> precisionBits;
  }
}

/** Row y of the result, of rows of its width. */
function lowerInto(
  result: Uint8Array,
  wide: Uint8Array,
  y: number,
  { toColumns, down: { firsts, taps, weights } }: { readonly toColumns: number; readonly down: Weights },
): void {
  const at = y * toColumns;
  const from = (firsts[y] as number) * toColumns;
  if (taps === 5) {
    const [a, b, c, d, e] = weights.subarray(y * 5, y * 5 + 5) as unknown as [number, number, number, number, number];
    for (let x = 0; x < toColumns; x++) {
      const i = from + x;
      result[at + x] =
        (half +
          Math.imul(wide[i] as number, a) +
          Math.imul(wide[i + toColumns] as number, b) +
          Math.imul(wide[i + 2 * toColumns] as number, c) +
          Math.imul(wide[i + 3 * toColumns] as number, d) +
          Math.imul(wide[i + 4 * toColumns] as number, e)) >>
        precisionBits;
    }
    return;
  }
  const sums = new Int32Array(toColumns).fill(half);
  for (let k = 0; k < taps; k++) {
    const weight = weights[y * taps + k] as number;
    const row = from + k * toColumns;
    for (let x = 0; x < toColumns; x++) {
      sums[x] = ((sums[x] as number) + Math.imul(wide[row + x] as number, weight)) | 0;
    }
  }
  for (let x = 0; x < toColumns; x++) result[at + x] = (sums[x] as number) >> precisionBits;
}

/** Weights are whole numbers of 2⁻²², so that sums of 8-bit pixels stay within 32 bits. */
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

interface Weights {
  /** The first source pixel of each target pixel. */
  readonly firsts: Int32Array;
  /** How many source pixels each takes, some of them with no weight. */
  readonly taps: number;
  /** [target pixels, taps]. */
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
  const shares = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(from, Math.trunc(centre + reach + 0.5)) - first;
    const own = Array.from({ length: count }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + first - centre + 0.5) * (1 / reach))),
    );
    return { first, own, sum: own.reduce((sum, share) => sum + share, 0) };
  });
  const most = shares.reduce((most, { own }) => Math.max(most, own.length), 0);
  const taps = most < 5 && from >= 5 ? 5 : most;
  const firsts = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  for (const [i, { first, own, sum }] of shares.entries()) {
    const start = Math.min(first, from - taps);
    firsts[i] = start;
    for (const [k, share] of own.entries()) {
      const part = sum === 0 ? share : share * (1 / sum);
      weights[i * taps + first - start + k] = Math.trunc(0.5 + part * (1 << precisionBits));
    }
  }
  return { firsts, taps, weights };
}
