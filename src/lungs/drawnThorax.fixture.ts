import type { Volume } from "../study/volume.ts";

/** What a drawn thorax is made of, besides body, lungs, windpipe, spine and table. */
export interface ThoraxOptions {
  readonly slices?: number;
  /** Slices in which the lungs are seen, [first, one past the last]. */
  readonly lungSlices?: readonly [number, number];
  readonly hasRight?: boolean;
  readonly hasLeft?: boolean;
  /** A wedge of soft tissue at the back of the right lung, in the lungs' middle third. */
  readonly hasConsolidation?: boolean;
  /** Of aerated lung. */
  readonly lungHu?: number;
  /** Of a pixel's side and of a slice: less draws a child. */
  readonly scale?: number;
  /** Arms at the sides of the body, touching it. */
  readonly hasArms?: boolean;
  /** Lying face down: the table before the chest, spine behind. */
  readonly isProne?: boolean;
  /** A round mass of 30 HU, 26 mm wide, at the ribs of the right lung's middle third. */
  readonly hasTumour?: boolean;
  /** Fluid (10 HU) behind the left lung, from its back up to this row. */
  readonly fluidFromRow?: number;
}

const size = 128;
const pixelMm = 2.6;
/** Middles and half axes, [y, x] in pixels. */
const rightEllipse = { middle: [64, 42], half: [28, 18] } as const;
const leftEllipse = { middle: [64, 86], half: [28, 18] } as const;

/**
 * A thorax for tests, 333 mm wide, slices of 6 mm: soft tissue (40 HU), two lungs (−800 HU) as elliptical columns, a windpipe
 * between them in every slice, a bubble of bowel gas in the lowest slices, bone behind, a table below.
 */
export function drawThorax({
  slices = 40,
  lungSlices = [6, 36],
  hasRight = true,
  hasLeft = true,
  hasConsolidation = false,
  lungHu = -800,
  scale = 1,
  hasArms = false,
  isProne = false,
  hasTumour = false,
  fluidFromRow = size,
}: ThoraxOptions = {}): Volume {
  const voxels = new Int16Array(slices * size * size).fill(-1000);
  for (let z = 0; z < slices; z++) {
    const isLung = z >= lungSlices[0] && z < lungSlices[1];
    const isMiddle = z >= lungSlices[0] + 10 && z < lungSlices[1] - 10;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const i = (z * size + y) * size + x;
        if (isInside(y, x, { middle: [64, 64], half: [40, 58] })) voxels[i] = 40;
        if (isLung && hasRight && isInside(y, x, rightEllipse)) voxels[i] = lungHu;
        if (isLung && hasLeft && isInside(y, x, leftEllipse)) voxels[i] = y >= fluidFromRow ? 10 : lungHu;
        if (isInside(y, x, { middle: [58, 64], half: [3, 3] })) voxels[i] = -1000;
        if (z < 4 && isInside(y, x, { middle: [50, 85], half: [8, 12] })) voxels[i] = -1000;
        if (isInside(y, x, { middle: [88, 64], half: [6, 6] })) voxels[i] = 400;
        if (hasConsolidation && isMiddle && isConsolidated(y, x)) voxels[i] = 30;
        if (hasTumour && isLung && isTumour(z, y, x)) voxels[i] = 30;
        if (hasArms && isInside(y, Math.abs(x - 63.5) + 63.5, { middle: [66, 122], half: [12, 6] })) voxels[i] = 40;
        if (isProne ? y === 15 || y === 9 : y === 112 || y === 118) voxels[i] = 200;
      }
    }
  }
  return {
    voxels,
    shape: [slices, size, size],
    geometry: {
      originMm: [0, 0, 100],
      spacingMm: [6 * scale, pixelMm * scale, pixelMm * scale],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1.2", seriesUid: "1.2.3", modality: "CT" },
    sliceNames: Array.from({ length: slices }, (_, z) => `slice ${z}`),
    warnings: [],
  };
}

/** Whether a voxel is one of the mass that `hasTumour` draws: 5 pixels of radius, touching the right lung's outer edge. */
export function isTumour(z: number, y: number, x: number): boolean {
  return ((z - 20) * 6) ** 2 + ((y - 64) * pixelMm) ** 2 + ((x - 29) * pixelMm) ** 2 <= 13 ** 2;
}

/** Whether a pixel is one of the wedge that `hasConsolidation` draws. */
export function isConsolidated(y: number, x: number): boolean {
  return y > 74 && x < 50 && isInside(y, x, rightEllipse);
}

function isInside(
  y: number,
  x: number,
  { middle, half }: { readonly middle: readonly [number, number]; readonly half: readonly [number, number] },
): boolean {
  return ((y - middle[0]) / half[0]) ** 2 + ((x - middle[1]) / half[1]) ** 2 <= 1;
}
