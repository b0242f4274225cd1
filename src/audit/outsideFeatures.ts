import type { CaseImages } from "./readImages.ts";
import { spaced } from "./spaced.ts";

/** Rows and columns of the fields that a slice is looked at in. */
const grid = 4;
/** Without a lung mask, the outer band of this share of the side stands for what lies outside the lungs. */
const bandShare = 0.12;
const mostSlices = 6;

/** Numbers that outsideFeatures gives. */
export const outsideWidth = 2 * grid * grid;

/**
 * What a study's prepared slices show outside the lungs, coarsely: mean and spread of the grey in sixteen fields of the slice,
 * lungs left out, averaged over slices. Without lungs known: of the slice's outer band. only: the slices to look at.
 */
export function outsideFeatures({ pixels, lungs, px }: CaseImages, only: readonly number[]): Float64Array {
  const features = new Float64Array(outsideWidth);
  const band = Math.max(1, Math.round(bandShare * px));
  const chosen = spaced(only.length, mostSlices).map((k) => only[k] as number);
  for (const slice of chosen) {
    const counts = new Float64Array(grid * grid);
    const sums = new Float64Array(grid * grid);
    const squares = new Float64Array(grid * grid);
    const first = slice * px * px;
    for (let y = 0; y < px; y++) {
      const isBandRow = y < band || y >= px - band;
      for (let x = 0; x < px; x++) {
        const at = first + y * px + x;
        const isOutside = lungs === null ? isBandRow || x < band || x >= px - band : lungs[at] === 0;
        if (!isOutside) continue;
        const field = Math.floor((y * grid) / px) * grid + Math.floor((x * grid) / px);
        const grey = pixels[at] as number;
        counts[field] = (counts[field] as number) + 1;
        sums[field] = (sums[field] as number) + grey;
        squares[field] = (squares[field] as number) + grey * grey;
      }
    }
    for (let field = 0; field < grid * grid; field++) {
      const count = counts[field] as number;
      if (count === 0) continue;
      const mean = (sums[field] as number) / count;
      const spread = Math.sqrt(Math.max(0, (squares[field] as number) / count - mean * mean));
      features[2 * field] = (features[2 * field] as number) + mean / chosen.length;
      features[2 * field + 1] = (features[2 * field + 1] as number) + spread / chosen.length;
    }
  }
  return features;
}
