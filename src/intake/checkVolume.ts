import type { Shape3, Volume } from "../study/volume.ts";
import type { VolumeHeader } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { type Check, jumpCheck } from "./jumpCheck.ts";

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
  const check = planeCheck(volume, limits);
  const area = volume.shape[1] * volume.shape[2];
  for (let z = 0; z < volume.shape[0]; z++) check.add(z, volume.voxels.subarray(z * area, (z + 1) * area));
  return check.warnings();
}

/** checkVolume for planes that come one by one. */
export interface PlaneCheck {
  /** Looks at plane z, [y, x], in any order; a plane that was seen already is left. */
  add(z: number, plane: Int16Array): void;
  hasSeen(z: number): boolean;
  /** After all planes were seen. */
  warnings(): Warning[];
}

export function planeCheck(header: VolumeHeader, limits: Limits): PlaneCheck {
  const [slices, rows, columns] = header.shape;
  const seen = new Uint8Array(slices);
  const isTooSmall = Math.min(rows, columns) < 64;
  const counts = new Uint32Array(2 ** 16);
  const [noise, metal, contrast, jumps] = [
    noiseCheck(header, limits),
    metalCheck(header, limits),
    contrastCheck(header, limits),
    jumpCheck(header),
  ];
  return {
    add(z, plane) {
      if (seen[z] === 1) return;
      seen[z] = 1;
      if (isTooSmall) return;
      countInto(counts, plane, { z, rows, columns });
      for (const check of [noise, metal, contrast, jumps]) check.add(z, plane);
    },
    hasSeen: (z) => seen[z] === 1,
    warnings() {
      if (isTooSmall) return [];
      const found = [
        offScale(counts, limits),
        fewLevels(counts),
        noise.warning(),
        metal.warning(),
        contrast.warning(),
        jumps.warning(),
      ];
      return found.filter((warning) => warning !== null);
    },
  };
}

/** Every so many rows and columns are looked at. */
const stride = 4;
const offset = 32_768;

/** Counts how often each value occurs, at value + 32,768. */
function countInto(
  counts: Uint32Array,
  plane: Int16Array,
  { z, rows, columns }: { readonly z: number; readonly rows: number; readonly columns: number },
): void {
  for (let y = z % stride; y < rows; y += stride) {
    const row = y * columns;
    for (let x = 0; x < columns; x += stride) {
      const at = (plane[row + x] as number) + offset;
      counts[at] = (counts[at] as number) + 1;
    }
  }
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
function noiseCheck({ shape: [, rows, columns] }: VolumeHeader, { maxNoiseHu }: Limits): Check {
  const counts = new Uint32Array(4096);
  let total = 0;
  return {
    add(z, plane) {
      let own = 0;
      for (let y = (2 * z) % (2 * stride); y < rows; y += 2 * stride) {
        const row = y * columns;
        for (let x = 2; x < columns - 2; x += stride) {
          const at = row + x;
          const [left, middle, right] = [plane[at - 1] as number, plane[at] as number, plane[at + 1] as number];
          const five = (plane[at - 2] as number) + (plane[at + 2] as number) + left + middle + right;
          // Soft tissue: a mean of −20 to 100 HU.
          if (five <= -100 || five >= 500) continue;
          const difference = left - 2 * middle + right;
          const size = Math.min(4095, difference < 0 ? -difference : difference);
          counts[size] = (counts[size] as number) + 1;
          own++;
        }
      }
      total += own;
    },
    warning() {
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
    },
  };
}

/** Nothing of a body but teeth is as dense as metal, and its streaks reach the lungs. */
function metalCheck({ geometry }: VolumeHeader, { metalHu, maxMetalMl }: Limits): Check {
  const every = 7; // Of the voxels in their order, so that each line of them is met at other places.
  let count = 0;
  return {
    add(z, plane) {
      let own = 0;
      const first = (every - ((z * plane.length) % every)) % every;
      for (let i = first; i < plane.length; i += every) if ((plane[i] as number) >= metalHu) own++;
      count += own;
    },
    warning() {
      const ml = (count * every * geometry.spacingMm[0] * geometry.spacingMm[1] * geometry.spacingMm[2]) / 1000;
      if (ml <= maxMetalMl) return null;
      return {
        code: "METAL",
        message: `${ml.toFixed(1)} ml are denser than ${metalHu} HU, as metal is. Its streaks may look like disease.`,
      };
    },
  };
}

/**
 * Blood with contrast medium fills heart and great vessels, solid bodies of several centimetres; bone as dense is a shell or
 * as small as a vertebra. Looked for as what is left of dense blocks of about 4 mm after taking away three layers.
 */
function contrastCheck(header: VolumeHeader, { contrastHu, maxContrastMl }: Limits): Check {
  const means = blockMeans(header, 4);
  return {
    add: means.add,
    warning() {
      const { blocks, shape, blockMl } = means.made();
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
    },
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
function blockMeans({ shape, geometry }: VolumeHeader, sizeMm: number) {
  const per = geometry.spacingMm.map((mm) => Math.max(1, Math.round(sizeMm / mm))) as [number, number, number];
  const blockShape = shape.map((size, axis) => Math.floor(size / (per[axis] as number))) as [number, number, number];
  const [nz, ny, nx] = blockShape;
  const [stepY, stepX] = [Math.ceil(per[1] / 2), Math.ceil(per[2] / 2)];
  const sums = new Float64Array(nz * ny * nx);
  const columns = shape[2];
  return {
    add(z: number, plane: Int16Array): void {
      if (z >= nz * per[0]) return;
      const slab = Math.floor(z / per[0]) * ny;
      for (let by = 0; by < ny; by++) {
        const block = (slab + by) * nx;
        for (let y = by * per[1]; y < (by + 1) * per[1]; y += stepY) {
          for (let bx = 0, from = y * columns; bx < nx; bx++, from += per[2]) {
            let sum = 0;
            for (let x = from; x < from + per[2]; x += stepX) sum = (sum + (plane[x] as number)) | 0;
            sums[block + bx] = (sums[block + bx] as number) + sum;
          }
        }
      }
    },
    made() {
      const perBlock = per[0] * Math.ceil(per[1] / stepY) * Math.ceil(per[2] / stepX);
      const blockMl = per.reduce(
        (product, count, axis) => product * count * (geometry.spacingMm[axis] as number),
        0.001,
      );
      return { blocks: sums.map((sum) => sum / perBlock), shape: blockShape, blockMl };
    },
  };
}
