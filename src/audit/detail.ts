/** What is no darker than this is ground: air, borders, what was blanked, and what compression makes of them. */
const groundGrey = 12;
/** A plane with less to see than this share is not compared. */
const leastSeen = 0.05;
/** Radius of the mean that is taken off: what is left is detail, which two people's slices do not share. */
const detailRadius = 3;

/**
 * Each grey of a plane by its mean rank among those above the ground, 1–255; 0 is the ground. null where there is hardly anything
 * else, or hardly more than one grey.
 */
export function rankGreys(pixels: Uint8Array): Uint8Array | null {
  const counts = new Float64Array(256);
  for (let i = 0; i < pixels.length; i++) counts[pixels[i] as number] = (counts[pixels[i] as number] as number) + 1;
  const seen = counts.subarray(groundGrey + 1).reduce((sum, count) => sum + count, 0);
  if (seen < leastSeen * pixels.length || counts.some((count, grey) => grey > groundGrey && count > 0.97 * seen))
    return null;
  const table = new Uint8Array(256);
  let below = 0;
  for (let grey = groundGrey + 1; grey < 256; grey++) {
    const count = counts[grey] as number;
    table[grey] = 1 + Math.round((254 * (below + count / 2)) / seen);
    below += count;
  }
  return pixels.map((grey) => table[grey] as number);
}

/**
 * Each pixel less the mean of what is seen within three pixels; NaN on the ground and beside it.
 *
 * ranks: [px, px], 0 on the ground.
 */
export function detailOfRanks(ranks: Uint8Array, px: number): Float32Array {
  const sums = summed(ranks, px);
  const counts = summed(
    ranks.map((rank) => (rank === 0 ? 0 : 1)),
    px,
  );
  const within = (table: Float64Array, y: number, x: number, radius: number) => {
    const [y0, y1] = [Math.max(0, y - radius), Math.min(px, y + radius + 1)];
    const [x0, x1] = [Math.max(0, x - radius), Math.min(px, x + radius + 1)];
    const at = (v: number, u: number) => table[v * (px + 1) + u] as number;
    return at(y1, x1) - at(y0, x1) - at(y1, x0) + at(y0, x0);
  };
  const detail = new Float32Array(px * px).fill(Number.NaN);
  for (let y = 1; y < px - 1; y++) {
    for (let x = 1; x < px - 1; x++) {
      if (within(counts, y, x, 1) < 9) continue;
      const mean = within(sums, y, x, detailRadius) / within(counts, y, x, detailRadius);
      detail[y * px + x] = (ranks[y * px + x] as number) - mean;
    }
  }
  return detail;
}

/** Sums over all above and left, [px + 1, px + 1]. */
function summed(plane: Uint8Array, px: number): Float64Array {
  const sums = new Float64Array((px + 1) * (px + 1));
  for (let y = 0; y < px; y++) {
    let row = 0;
    for (let x = 0; x < px; x++) {
      row += plane[y * px + x] as number;
      sums[(y + 1) * (px + 1) + x + 1] = (sums[y * (px + 1) + x + 1] as number) + row;
    }
  }
  return sums;
}

/**
 * What a correlation is at least, two standard errors down, so that little to see proves little. Neighbouring samples are
 * alike: half of them count.
 * @source Fisher 1921 (the transformation of a correlation).
 */
export function lowerBound(r: number, samples: number): number {
  return Math.tanh(Math.atanh(Math.max(-0.9999, Math.min(0.9999, r))) - 2 / Math.sqrt(Math.max(1, samples / 2)));
}
