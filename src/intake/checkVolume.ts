import type { Shape3, Volume } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

type Limits = Pick<
  IntakeSettings,
  "lowestHu" | "maxAirErrorHu" | "maxNoiseHu" | "metalHu" | "maxMetalMl" | "contrastHu" | "maxContrastMl"
>;

/**
 * What the voxels themselves say against a volume: Hounsfield units that are off, too few grey levels, noise, metal,
 * contrast medium, a body that jumps from slice to slice. Looks at every fourth row and column; of images below 64 × 64 it
 * says nothing.
 */
export function checkVolume(volume: Volume, limits: Limits): Warning[] {
  if (Math.min(volume.shape[1], volume.shape[2]) < 64) return [];
  const counts = histogram(volume);
  return [
    offScale(counts, limits),
    fewLevels(counts),
    noisy(volume, limits),
    metal(volume, limits),
    contrast(volume, limits),
    jumps(volume),
  ].filter((warning) => warning !== null);
}

/** Every so many rows and columns are looked at. */
const stride = 4;
const offset = 32_768;

/** How often each value occurs, at value + 32,768. */
function histogram({ voxels, shape }: Volume): Uint32Array {
  const counts = new Uint32Array(2 ** 16);
  const [slices, rows, columns] = shape;
  for (let z = 0; z < slices; z++) {
    for (let y = z % stride; y < rows; y += stride) {
      const row = (z * rows + y) * columns;
      for (let x = 0; x < columns; x += stride) counts[(voxels[row + x] as number) + offset]++;
    }
  }
  return counts;
}

/**
 * Air stands at −1000 HU and soft tissue near 50 by definition: the lowest heap of values must be near the one, a heap near
 * the other. Voxels at `lowestHu` are padding or cut off and say nothing.
 */
function offScale(counts: Uint32Array, { lowestHu, maxAirErrorHu }: Limits): Warning | null {
  const own = (hu: number) => (hu === lowestHu ? 0 : (counts[hu + offset] ?? 0));
  const heapWidthHu = 20;
  const heaps: number[] = [];
  let total = 0;
  for (let hu = -2000; hu < 3000; hu++) total += own(hu);
  const atLowest = counts[lowestHu + offset] ?? 0;
  if (total === 0) return offScaleWarning("all voxels have one value");
  const inHeap = (from: number) => {
    let sum = 0;
    for (let hu = from; hu < from + heapWidthHu; hu++) sum += own(hu);
    return sum;
  };
  for (let hu = -2000; hu < 2000; hu += heapWidthHu / 2) {
    const here = inHeap(hu);
    const isPeak = here >= inHeap(hu - heapWidthHu / 2) && here >= inHeap(hu + heapWidthHu / 2);
    if (isPeak && here > 0.01 * total) heaps.push(hu + heapWidthHu / 2);
  }
  const [lowest] = heaps;
  // Where air was cut off at the lowest value, padding and air are one heap, and lung may be the lowest that is left.
  const isAirCutOff = atLowest > 0.05 * (total + atLowest) && Math.abs(lowestHu + 1000) <= maxAirErrorHu;
  const airHu = isAirCutOff ? lowestHu : lowest;
  if (airHu === undefined || Math.abs(airHu + 1000) > maxAirErrorHu) {
    return offScaleWarning(
      airHu === undefined ? "no air was found" : `the darkest part reads ${airHu} HU, where air reads −1000`,
    );
  }
  if (heaps.some((hu) => hu >= -150 && hu <= 200)) return null;
  return offScaleWarning("no soft tissue was found between −150 and 200 HU");
}

function offScaleWarning(found: string): Warning {
  return {
    code: "HOUNSFIELD_OFF",
    message: `The values do not look like Hounsfield units of a body: ${found}. Check the rescale slope and intercept of the export.`,
  };
}

/** An export through 8 bits leaves 256 values at most, with gaps between them where its window was wider. */
function fewLevels(counts: Uint32Array): Warning | null {
  let [levels, voxels, amongOthers] = [0, 0, 0];
  counts.forEach((count, i) => {
    if (count === 0) return;
    levels++;
    voxels += count;
    if (counts[i - 1] && counts[i + 1]) amongOthers += count;
  });
  if (levels > 256 || amongOthers > 0.5 * voxels) return null;
  return {
    code: "FEW_GREY_LEVELS",
    message: `The volume has ${levels} different values with gaps between them, as after an export to 8 bits; a CT has thousands. Fine differences of density are lost.`,
  };
}

/** The deviation of noise in soft tissue, from second differences along rows, which edges and slopes hardly touch. */
function noisy({ voxels, shape }: Volume, { maxNoiseHu }: Limits): Warning | null {
  const [slices, rows, columns] = shape;
  const counts = new Uint32Array(4096);
  let total = 0;
  const isSoft = (hu: number) => hu > -20 && hu < 100;
  for (let z = 0; z < slices; z++) {
    for (let y = (2 * z) % (2 * stride); y < rows; y += 2 * stride) {
      const row = (z * rows + y) * columns;
      for (let x = 2; x < columns - 2; x += stride) {
        const [left, middle, right] = [voxels[row + x - 1], voxels[row + x], voxels[row + x + 1]] as [
          number,
          number,
          number,
        ];
        const farMean = ((voxels[row + x - 2] as number) + (voxels[row + x + 2] as number) + left + middle + right) / 5;
        if (!isSoft(farMean)) continue;
        counts[Math.min(4095, Math.abs(left - 2 * middle + right))]++;
        total++;
      }
    }
  }
  if (total < 100) return null;
  let seen = 0;
  const median = counts.findIndex((count) => {
    seen += count;
    return seen * 2 >= total;
  });
  // The second difference of independent noise has √6 times its deviation; the median of its size is 0.6745 of that.
  const noiseHu = median / (0.6745 * Math.sqrt(6));
  if (noiseHu <= maxNoiseHu) return null;
  return {
    code: "NOISY",
    message: `Soft tissue is noisy: a deviation of ${Math.round(noiseHu)} HU, more than intake.maxNoiseHu (${maxNoiseHu}). Ground glass may drown in it.`,
  };
}

/** Nothing of a body but teeth is as dense as metal, and its streaks reach the lungs. */
function metal({ voxels, geometry }: Volume, { metalHu, maxMetalMl }: Limits): Warning | null {
  const every = 7; // Of the voxels in their order, so that each line of them is met at other places.
  let count = 0;
  for (let i = 0; i < voxels.length; i += every) if ((voxels[i] as number) >= metalHu) count++;
  const ml = (count * every * geometry.spacingMm[0] * geometry.spacingMm[1] * geometry.spacingMm[2]) / 1000;
  if (ml <= maxMetalMl) return null;
  return {
    code: "METAL",
    message: `${ml.toFixed(1)} ml are denser than ${metalHu} HU, as metal is. Its streaks may look like disease.`,
  };
}

/**
 * Blood with contrast medium fills heart and great vessels, solid bodies of several centimetres; bone as dense is a shell or
 * as small as a vertebra. Looked for as what is left of dense blocks of about 4 mm after taking away three layers.
 */
function contrast(volume: Volume, { contrastHu, maxContrastMl }: Limits): Warning | null {
  const { blocks, shape, blockMl } = inBlocks(volume, 4);
  const dense = new Set<number>();
  for (let i = 0; i < blocks.length; i++) {
    const hu = blocks[i] as number;
    if (hu >= contrastHu && hu < 800) dense.add(i);
  }
  const layers = 3;
  let cores: ReadonlySet<number> = dense;
  for (let layer = 0; layer < layers; layer++) cores = withoutSurface(cores, shape);
  const ml = cores.size * blockMl;
  if (ml <= maxContrastMl) return null;
  return {
    code: "CONTRAST_SEEN",
    message: `Large parts of the body are denser than ${contrastHu} HU, as blood with contrast medium is. Vessels and consolidation look otherwise without it.`,
  };
}

/** The blocks that have all of their 26 neighbours. solid: indices into shape, [z, y, x]. */
function withoutSurface(solid: ReadonlySet<number>, [nz, ny, nx]: Shape3): Set<number> {
  const around = [-1, 0, 1].flatMap((z) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => (z * ny + y) * nx + x)));
  const isInside = (i: number) => {
    const [z, y, x] = [Math.floor(i / (ny * nx)), Math.floor(i / nx) % ny, i % nx];
    return z > 0 && y > 0 && x > 0 && z < nz - 1 && y < ny - 1 && x < nx - 1;
  };
  return new Set([...solid].filter((i) => isInside(i) && around.every((step) => solid.has(i + step))));
}

/** Means of blocks of about sizeMm, every slice apart where slices are thicker; of each block, two rows and columns. */
function inBlocks({ voxels, shape, geometry }: Volume, sizeMm: number) {
  const per = geometry.spacingMm.map((mm) => Math.max(1, Math.round(sizeMm / mm))) as [number, number, number];
  const blockShape = shape.map((size, axis) => Math.floor(size / (per[axis] as number))) as [number, number, number];
  const [nz, ny, nx] = blockShape;
  const step = [Math.ceil(per[1] / 2), Math.ceil(per[2] / 2)] as const;
  const sums = new Float64Array(nz * ny * nx);
  for (let z = 0; z < nz * per[0]; z++) {
    for (let y = 0; y < ny * per[1]; y++) {
      if ((y % per[1]) % step[0] !== 0) continue;
      const block = (Math.floor(z / per[0]) * ny + Math.floor(y / per[1])) * nx;
      const row = (z * shape[1] + y) * shape[2];
      for (let bx = 0; bx < nx; bx++) {
        let sum = 0;
        for (let x = bx * per[2]; x < (bx + 1) * per[2]; x += step[1]) sum += voxels[row + x] as number;
        sums[block + bx] += sum;
      }
    }
  }
  const perBlock = per[0] * Math.ceil(per[1] / step[0]) * Math.ceil(per[2] / step[1]);
  const blockMl = per.reduce((product, count, axis) => product * count * (geometry.spacingMm[axis] as number), 0.001);
  return { blocks: sums.map((sum) => sum / perBlock), shape: blockShape, blockMl };
}

/**
 * Places where a slice differs from its neighbour far more than slices around do: the patient moved or breathed, or parts of
 * two scans were put together.
 */
function jumps({ voxels, shape }: Volume): Warning | null {
  const [slices, rows, columns] = shape;
  if (slices < 12) return null;
  const differences = Array.from({ length: slices - 1 }, (_, z) => {
    let [sum, count] = [0, 0];
    for (let y = 0; y < rows; y += stride) {
      const row = (z * rows + y) * columns;
      for (let x = 0; x < columns; x += stride, count++) {
        sum += Math.abs((voxels[row + x] as number) - (voxels[row + x + rows * columns] as number));
      }
    }
    return sum / count;
  });
  const found = differences.flatMap((own, z) => {
    const around = differences.slice(Math.max(0, z - 4), z + 5).sort((a, b) => a - b);
    const usual = around[around.length >> 1] as number;
    return own > 3 * usual && own > 40 ? [z] : [];
  });
  if (found.length === 0) return null;
  return {
    code: "SLICES_JUMP",
    message: `The body jumps between slices ${found
      .slice(0, 3)
      .map((z) => `${z + 1} and ${z + 2}`)
      .join(", ")}${found.length > 3 ? ", …" : ""}: it moved, breathed, or two scans were put together.`,
  };
}
