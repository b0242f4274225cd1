import { eachRun } from "../lungs/rows.ts";
import type { LungGrid } from "./lungGrid.ts";

/** Layers from the front to the back of the lungs. */
const layers = 12;
/** Of the blocks of a layer, so many are aerated for certain, however ill the lungs are. */
const aeratedShare = 0.25;
/** The back is denser than the front by its weight, but by no more than this over the whole depth. */
const mostRiseHu = 130;

/**
 * How dense the study's own aerated lung is at each row of the grid, Hounsfield units: lung grows denser from the front to the
 * back by its own weight, and wholly with less air. Of each layer, the lower quarter of its blocks is taken for aerated.
 */
export function aeratedHu({ hu, lungs, shape }: LungGrid): Float32Array {
  const [, rows, columns] = shape;
  const found = new Float32Array(rows);
  const counts = new Int32Array(rows);
  eachRun(lungs, (start, end) => {
    counts[Math.floor(start / columns) % rows] = (counts[Math.floor(start / columns) % rows] as number) + end - start;
  });
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return found;
  const last = counts.findLastIndex((count) => count > 0);
  const layerOf = (row: number) =>
    Math.max(0, Math.min(layers - 1, Math.floor((layers * (row - first)) / (last - first + 1))));
  const values = Array.from({ length: layers }, () => new Int32Array(2048));
  eachRun(lungs, (start, end) => {
    const bins = values[layerOf(Math.floor(start / columns) % rows)] as Int32Array;
    for (let i = start; i < end; i++) {
      const bin = Math.max(0, Math.min(2047, (hu[i] as number) + 1024));
      bins[bin] = (bins[bin] as number) + 1;
    }
  });
  const lower = values.map((bins) => quantileOf(bins, aeratedShare));
  const front = Math.min(...lower.slice(0, layers / 2));
  for (let row = 0; row < rows; row++) {
    const layer = layerOf(row);
    found[row] = Math.min(lower[layer] as number, front + (mostRiseHu * (layer + 0.5)) / layers);
  }
  return found;
}

/** The value below which a share of the counted ones lies; infinite where none was counted. */
function quantileOf(bins: Int32Array, share: number): number {
  const total = bins.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const [bin, count] of bins.entries()) {
    sum += count;
    if (sum >= share * total) return bin - 1024;
  }
  return Number.POSITIVE_INFINITY;
}
