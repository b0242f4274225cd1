/** Fields along a side whose mean grey is a feature. */
const grid = 6;
const greyBins = 8;

/** Numbers that quickFeatures gives. */
export const quickWidth = grid * grid + greyBins + 2;

/**
 * What a quick model sees of a slice: the mean grey of 36 fields, the share of each of eight ranges of grey, and how rough it is
 * across and down. isHidden: pixels that count as grey 0; null hides none.
 *
 * pixels, isHidden: [px, px].
 */
export function quickFeatures(pixels: Uint8Array, px: number, isHidden: Uint8Array | null): Float64Array {
  const features = new Float64Array(quickWidth);
  const counts = new Float64Array(grid * grid);
  const greyAt = (at: number) => (isHidden !== null && isHidden[at] === 1 ? 0 : (pixels[at] as number));
  const total = px * px;
  for (let y = 0; y < px; y++) {
    for (let x = 0; x < px; x++) {
      const at = y * px + x;
      const grey = greyAt(at);
      const field = Math.floor((y * grid) / px) * grid + Math.floor((x * grid) / px);
      features[field] = (features[field] as number) + grey;
      counts[field] = (counts[field] as number) + 1;
      const bin = grid * grid + (grey >> 5);
      features[bin] = (features[bin] as number) + 1 / total;
      const rough = grid * grid + greyBins;
      if (x > 0) features[rough] = (features[rough] as number) + Math.abs(grey - greyAt(at - 1)) / total;
      if (y > 0) features[rough + 1] = (features[rough + 1] as number) + Math.abs(grey - greyAt(at - px)) / total;
    }
  }
  for (let field = 0; field < grid * grid; field++)
    features[field] = (features[field] as number) / Math.max(1, counts[field] as number);
  return features;
}
