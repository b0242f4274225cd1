import { type BitMask, emptyMask } from "./bitMask.ts";
import type { Field } from "./field.ts";
import type { Sides } from "./rightAndLeft.ts";
import type { ThoraxFrame } from "./thoraxFrame.ts";

/** Rays from the middle of each half of the thorax, 0° to the side, positive to the back. */
const stepDegrees = 1;
const sector = [-85, 105] as const;
const rays = Math.round((sector[1] - sector[0]) / stepDegrees) + 1;
/** The middle of a half lies at this share of its width. */
const halfMiddle = 0.45;
/** A rib is looked for from here, and this far beyond the widest lung. */
const nearestBoneMm = 20;
const beyondMm = 25;
/** The wall's surface spans from rib to rib: the nearest bone within this of a ray. */
const ribsWithinMm = 18;
const ribsWithinRays = 10;
/** The usual way from lung to ribs is that of rays so near, on both sides; of so many rays it is shorter. */
const gapWithinMm = 20;
const gapWithinRays = 12;
const gapShare = 0.4;
const fewestRays = 40;
/** Where lung ends so far before the wall, or its last millimetres are so dense, what lies before the wall is lung too. */
const farMm = 9;
const rimMm = 6;
const rimAboveHu = -680;
/** Towards the lungs' tops the wall leaves the ribs. */
const belowTopMm = 35;
/** Dense lung at the wall hides no more than this of it. */
const thickestRimMm = 30;

/** What the rays of one half saw, [z, ray]: where the lung ends, where the ribs are (0: nowhere), mm from the half's middle. */
interface Seen {
  readonly lungMm: Float32Array;
  readonly ribMm: Float32Array;
  readonly isDense: Uint8Array;
}

/**
 * What lies between the lungs and the chest wall and must be lung: the ribs tell where the wall is, and directions with aerated
 * lung tell how far from the ribs this patient's lungs end.
 */
export function beforeChestWall(
  field: Field,
  { right, left, bone, frame }: Sides & { readonly bone: BitMask; readonly frame: ThoraxFrame },
): Sides {
  const fan = fanOf(field, frame);
  const halves = [
    { lung: right, side: -1 as const, seen: look(field, right, bone, fan, -1) },
    { lung: left, side: 1 as const, seen: look(field, left, bone, fan, 1) },
  ];
  const gaps = usualGaps(
    halves.map(({ seen }) => seen),
    field,
  );
  const [a, b] = halves.map(({ side, seen }) => filled(field, seen, gaps, { fan, side }));
  return { right: a as BitMask, left: b as BitMask };
}

/** The rays in pixels of a volume. */
interface Fan {
  readonly stepMm: number;
  readonly dy: Float64Array;
  /** For the left half; the right one is its mirror image. */
  readonly dx: Float64Array;
  readonly row: number;
  /** The highest slice with lung. */
  readonly top: number;
  readonly middles: readonly number[];
  readonly halves: readonly number[];
  readonly farthestMm: readonly number[];
}

function fanOf({ geometry }: Field, frame: ThoraxFrame): Fan {
  const [stepZ, stepY, stepX] = geometry.spacingMm;
  const stepMm = Math.min(stepY, stepX);
  const angles = Float64Array.from({ length: rays }, (_, d) => ((sector[0] + d * stepDegrees) * Math.PI) / 180);
  const near = Math.round(20 / stepZ);
  const widths = frame.halfWidths.map((_, z) =>
    Math.max(...frame.halfWidths.slice(Math.max(0, z - near), z + near + 1)),
  );
  const depthMm = ((frame.back - frame.front) / 2) * stepY;
  return {
    stepMm,
    dy: angles.map((angle) => (Math.sin(angle) * stepMm) / stepY),
    dx: angles.map((angle) => (Math.cos(angle) * stepMm) / stepX),
    top: frame.halfWidths.findLastIndex((width) => width > 0),
    row: (frame.front + frame.back) / 2,
    middles: frame.mirrorAt.map((sum) => sum / 2),
    halves: widths.map((width) => width * halfMiddle),
    farthestMm: widths.map((width) =>
      width === 0 ? 0 : Math.max(width * stepX * (1 - halfMiddle), depthMm) + beyondMm,
    ),
  };
}

function look({ voxels, shape, geometry }: Field, lung: BitMask, bone: BitMask, fan: Fan, side: -1 | 1): Seen {
  const [slices, rows, columns] = shape;
  const seen: Seen = {
    lungMm: new Float32Array(slices * rays),
    ribMm: new Float32Array(slices * rays),
    isDense: new Uint8Array(slices * rays),
  };
  const rim = Math.max(2, Math.round(rimMm / fan.stepMm));
  for (let z = 0; z < slices; z++) {
    const x0 = (fan.middles[z] as number) + side * (fan.halves[z] as number);
    const farthest = Math.ceil((fan.farthestMm[z] as number) / fan.stepMm);
    for (let d = 0; d < rays && farthest > 0; d++) {
      const stepY = fan.dy[d] as number;
      const stepX = side * (fan.dx[d] as number);
      let last = 0;
      let rib = 0;
      // From outside inwards: the first lung met is where it ends, the last bone met before is the nearest to it.
      for (let k = farthest; k > 0; k--) {
        const y = Math.floor(fan.row + k * stepY + 0.5);
        const x = Math.floor(x0 + k * stepX + 0.5);
        if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
        const word = (z * rows + y) * lung.rowWords + (x >> 5);
        const bit = 1 << (x & 31);
        if (((lung.words[word] as number) & bit) !== 0) {
          last = k;
          break;
        }
        if (k * fan.stepMm > nearestBoneMm && ((bone.words[word] as number) & bit) !== 0) rib = k;
      }
      const at = z * rays + d;
      seen.lungMm[at] = last * fan.stepMm;
      seen.ribMm[at] = rib * fan.stepMm;
      if (last === 0) continue;
      let sum = 0;
      const first = Math.max(0, last - rim);
      for (let k = first; k <= last; k++) {
        sum += voxels[(z * rows + Math.round(fan.row + k * stepY)) * columns + Math.round(x0 + k * stepX)] as number;
      }
      seen.isDense[at] = sum > rimAboveHu * (last - first + 1) ? 1 : 0;
    }
  }
  return { ...seen, ribMm: nearestRib(seen.ribMm, Math.round(ribsWithinMm / geometry.spacingMm[0])) };
}

/** The least of the distances that are not 0, in a window of slices and rays. */
function nearestRib(ribMm: Float32Array, reach: number): Float32Array {
  const slices = ribMm.length / rays;
  const known = ribMm.map((value) => (value === 0 ? Number.POSITIVE_INFINITY : value));
  const across = leastOf(known, { lines: slices, length: rays, step: 1, within: ribsWithinRays });
  const along = leastOf(across, { lines: 1, length: ribMm.length, step: rays, within: reach });
  return along.map((value) => (value === Number.POSITIVE_INFINITY ? 0 : value));
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** From one value to the next one that counts. */
  readonly step: number;
  /** How many values either way. */
  readonly within: number;
}

/** The least value in a window along each line. Windows double: after one of n values comes one of 2n. */
function leastOf(values: Float32Array, { lines, length, step, within }: Lines): Float32Array {
  // First each value with those after it, then with those before.
  const up = values.slice();
  const down = values.slice();
  for (let covered = 1; covered <= within; ) {
    const by = Math.min(covered, within + 1 - covered);
    const far = by * step;
    for (let line = 0; line < lines; line++) {
      const first = line * length;
      for (let i = first; i + far < first + length; i++) {
        if ((up[i + far] as number) < (up[i] as number)) up[i] = up[i + far] as number;
      }
      for (let i = first + length - 1; i - far >= first; i--) {
        if ((down[i - far] as number) < (down[i] as number)) down[i] = down[i - far] as number;
      }
    }
    covered += by;
  }
  for (let i = 0; i < up.length; i++) if ((down[i] as number) < (up[i] as number)) up[i] = down[i] as number;
  return up;
}

const cellsAcross = Math.ceil(rays / gapWithinRays);

/** How far from the ribs aerated lung ends, by cells of slices and rays, both sides together; NaN where too few rays tell. */
function usualGaps(halves: readonly Seen[], { shape, geometry }: Field): { at(z: number, d: number): number } {
  const cellSlices = Math.max(1, Math.round(gapWithinMm / geometry.spacingMm[0]));
  const cellsUp = Math.ceil(shape[0] / cellSlices);
  const cells: number[][] = Array.from({ length: cellsUp * cellsAcross }, () => []);
  const cellOf = (z: number, d: number) => Math.floor(z / cellSlices) * cellsAcross + Math.floor(d / gapWithinRays);
  for (const { lungMm, ribMm, isDense } of halves) {
    for (let at = 0; at < lungMm.length; at++) {
      const lung = lungMm[at] as number;
      const rib = ribMm[at] as number;
      if (isDense[at] || lung === 0 || rib === 0) continue;
      cells[cellOf(Math.floor(at / rays), at % rays)]?.push(rib - lung);
    }
  }
  const gaps = Float32Array.from({ length: cells.length }, (_, cell) => {
    const [up, across] = [Math.floor(cell / cellsAcross), cell % cellsAcross];
    const near: number[] = [];
    for (let u = Math.max(0, up - 1); u <= Math.min(cellsUp - 1, up + 1); u++) {
      for (let a = Math.max(0, across - 1); a <= Math.min(cellsAcross - 1, across + 1); a++) {
        near.push(...(cells[u * cellsAcross + a] as number[]));
      }
    }
    if (near.length < fewestRays) return Number.NaN;
    return near.sort((a, b) => a - b)[Math.floor(gapShare * near.length)] as number;
  });
  return { at: (z, d) => gaps[cellOf(z, d)] as number };
}

function filled(
  { shape, geometry }: Field,
  { lungMm, ribMm, isDense }: Seen,
  gaps: ReturnType<typeof usualGaps>,
  { fan, side }: { readonly fan: Fan; readonly side: -1 | 1 },
): BitMask {
  const [, rows, columns] = shape;
  const result = emptyMask(shape);
  const top = fan.top - Math.round(belowTopMm / geometry.spacingMm[0]);
  for (let z = 0; z <= top; z++) {
    const x0 = (fan.middles[z] as number) + side * (fan.halves[z] as number);
    for (let d = 0; d < rays; d++) {
      const at = z * rays + d;
      const from = lungMm[at] as number;
      const to = (ribMm[at] as number) - gaps.at(z, d);
      // Written so that an unknown gap fills nothing.
      if (from === 0 || !(to - from > (isDense[at] ? 0 : farMm))) continue;
      const end = isDense[at] ? Math.min(to, from + thickestRimMm) : to;
      for (let k = Math.ceil(from / fan.stepMm); k * fan.stepMm <= end; k++) {
        const y = Math.round(fan.row + k * (fan.dy[d] as number));
        const x = Math.round(x0 + k * side * (fan.dx[d] as number));
        if (y < 0 || y >= rows || x < 0 || x >= columns) break;
        const word = (z * rows + y) * result.rowWords + (x >> 5);
        result.words[word] = (result.words[word] as number) | (1 << (x & 31));
      }
    }
  }
  return result;
}
