import { positionMm, type Volume } from "../study/volume.ts";

/** Side of a whole plane. */
export const wholePlanePx = 64;
/** Each plane is the mean of so much height; more where a volume is so high that mostPlanes would not cover it. */
const slabMm = 8;
const mostPlanes = 80;
/** So many rows and columns of a slice are looked at: of larger ones every second, third … */
const fewestLookedAt = { rows: 128, columns: 256 };

/** Whole slices of a volume, small and thick: as they were before lungs were isolated and slices chosen. */
export interface WholePlanes {
  /** [planes, wholePlanePx, wholePlanePx], grey 0–255 over the volume's own range, so that no window matters. */
  readonly pixels: Uint8Array;
  /** The mean height of each plane's slices, rising to the head. */
  readonly heightsMm: readonly number[];
}

/**
 * A volume as thick planes of wholePlanePx². Slabs are counted from the patient's zero, so that another choice of a study's slices gives
 * the same planes.
 */
export function wholePlanes(volume: Volume): WholePlanes {
  const { voxels, shape, geometry } = volume;
  const [slices, rows, columns] = shape;
  const heights = Array.from({ length: slices }, (_, z) => positionMm(geometry, [z, 0, 0])[2]);
  const slabs = slabsOf(heights);
  const toGrey = greyByOwnRange(volume);
  const places = wholePlanePx ** 2;
  const [rowOf, columnOf] = [binsOf(rows), binsOf(columns)];
  const [rowStep, columnStep] = [stepOf(rows, fewestLookedAt.rows), stepOf(columns, fewestLookedAt.columns)];
  const counts = new Uint32Array(places);
  for (let y = 0; y < rows; y += rowStep) {
    for (let x = 0; x < columns; x += columnStep) {
      const at = (rowOf[y] as number) * wholePlanePx + (columnOf[x] as number);
      counts[at] = (counts[at] as number) + 1;
    }
  }
  const pixels = new Uint8Array(slabs.length * places);
  const sums = new Uint32Array(places);
  for (const [plane, own] of slabs.entries()) {
    sums.fill(0);
    for (const z of own) {
      for (let y = 0; y < rows; y += rowStep) {
        const row = (rowOf[y] as number) * wholePlanePx;
        const start = (z * rows + y) * columns;
        for (let x = 0; x < columns; x += columnStep) {
          const at = row + (columnOf[x] as number);
          sums[at] = (sums[at] as number) + (toGrey[(voxels[start + x] as number) + 32_768] as number);
        }
      }
    }
    for (let i = 0; i < places; i++) {
      // A slice of fewer pixels than a plane leaves places empty.
      const count = own.length * Math.max(1, counts[i] as number);
      pixels[plane * places + i] = Math.round((sums[i] as number) / count);
    }
  }
  const heightsMm = slabs.map((own) => own.reduce((sum, z) => sum + (heights[z] as number), 0) / own.length);
  return { pixels, heightsMm: heightsMm.map((height) => Math.round(height * 1000) / 1000) };
}

/** The indices of the slices of each slab that has any, from the lowest. */
function slabsOf(heights: readonly number[]): number[][] {
  const extent = Math.max(...heights) - Math.min(...heights);
  const thickness = Math.max(slabMm, extent / (mostPlanes - 1));
  const slabs = new Map<number, number[]>();
  for (const [z, height] of heights.entries()) {
    const slab = Math.floor(height / thickness);
    const own = slabs.get(slab);
    if (own === undefined) slabs.set(slab, [z]);
    else own.push(z);
  }
  return [...slabs].sort(([a], [b]) => a - b).map(([, own]) => own);
}

/** The place of each pixel of a row or column among wholePlanePx. */
function binsOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(((i + 0.5) * wholePlanePx) / size));
}

function stepOf(size: number, fewest: number): number {
  return Math.max(1, Math.floor(size / fewest));
}

/** So much of what is seen is darker, or brighter, than the range. */
const beyondRange = 0.02;
/** Every so many voxels are counted for the range; a prime, so that no column is preferred. */
const stride = 389;

/**
 * A table over every Int16 that stretches nearly all of a volume to 0–255. Only the ellipse within its slices counts: corners
 * may hold padding far below air.
 */
function greyByOwnRange({ voxels, shape }: Volume): Uint8Array {
  const [, rows, columns] = shape;
  const counts = new Uint32Array(65_536);
  let all = 0;
  for (let i = 0; i < voxels.length; i += stride) {
    const y = (2 * (Math.floor(i / columns) % rows) + 1) / rows - 1;
    const x = (2 * (i % columns) + 1) / columns - 1;
    if (y * y + x * x > 0.95) continue;
    const at = (voxels[i] as number) + 32_768;
    counts[at] = (counts[at] as number) + 1;
    all++;
  }
  const quantile = (share: number) => {
    let [value, below] = [0, counts[0] as number];
    while (value < 65_535 && below <= share * all) below += counts[++value] as number;
    return value;
  };
  const [low, high] = [quantile(beyondRange), quantile(1 - beyondRange)];
  const scale = 255 / Math.max(1, high - low);
  return Uint8Array.from({ length: 65_536 }, (_, value) =>
    Math.max(0, Math.min(255, Math.round((value - low) * scale))),
  );
}
