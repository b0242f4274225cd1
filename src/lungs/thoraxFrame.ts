import { type BitMask, emptyMask } from "./bitMask.ts";
import type { Sides } from "./rightAndLeft.ts";
import { rowExtent, setRun } from "./rows.ts";

/** Where the thorax is, as the lungs' outlines tell. Columns and rows in pixels. */
export interface ThoraxFrame {
  /** The middle of the lungs, [y, x]. */
  readonly centre: readonly [number, number];
  /** Of each slice: column x and column mirrorAt − x mirror each other. */
  readonly mirrorAt: readonly number[];
  /** The rows of the lungs' front and back. */
  readonly front: number;
  readonly back: number;
  /** Of each slice, from the middle to the outer edge of the wider lung; 0 without lungs. */
  readonly halfWidths: readonly number[];
}

/** The frame of a thorax from its lungs. */
export function thoraxFrame({ right, left }: Sides): ThoraxFrame {
  const [slices, rows, columns] = right.shape;
  const outer: ({ low: number; high: number } | undefined)[] = [];
  const perRow = new Float64Array(rows);
  for (let z = 0; z < slices; z++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let y = 0; y < rows; y++) {
      const a = rowExtent(right, z * rows + y);
      const b = rowExtent(left, z * rows + y);
      if (a) low = Math.min(low, a.start);
      if (b) high = Math.max(high, b.end - 1);
      if (a || b) perRow[y] = (perRow[y] as number) + 1;
    }
    outer.push(low <= high && Number.isFinite(low) && Number.isFinite(high) ? { low, high } : undefined);
  }
  const middles = outer.flatMap((extent, z) => (extent ? [[z, extent.low + extent.high] as const] : []));
  const line = robustLine(middles) ?? { slope: 0, intercept: columns - 1 };
  const mirrorAt = outer.map((_, z) => Math.round(line.intercept + line.slope * z));
  const middleColumn = median(middles.map(([, sum]) => sum)) ?? columns - 1;
  const total = perRow.reduce((a, b) => a + b, 0);
  const meanRow = total === 0 ? rows / 2 : perRow.reduce((sum, count, y) => sum + count * y, 0) / total;
  return {
    centre: [meanRow, middleColumn / 2],
    mirrorAt,
    front: Math.max(
      0,
      perRow.findIndex((count) => count > 0),
    ),
    back: perRow.findLastIndex((count) => count > 0),
    halfWidths: outer.map((extent, z) => {
      const middle = (mirrorAt[z] as number) / 2;
      return extent ? Math.max(middle - extent.low, extent.high - middle) : 0;
    }),
  };
}

/** Shares of the thorax's half width: heart and great vessels reach further to the left. */
const heart = { middle: 0.14, reach: 0.54 };
const spine = { right: 0.12, left: 0.3 };
const airwayStrip = 0.25;
/** Above the heart, in this upper share of the lungs, only great vessels. */
const vessels = { middle: 0.08, reach: 0.34 };
const aboveHeart = { from: 0.6, to: 0.72 };
/** Shares of the thorax's depth from the front. */
const heartDepth = { middle: 0.36, reach: 0.42 };
/** 2 is an ellipse, more is boxier. */
const roundness = 2.5;

/**
 * Where heart, great vessels and spine may lie: an oval in front, a strip along the middle. What is dense there is no
 * sign of consolidated lung.
 */
export function mediastinalZone(shape: BitMask["shape"], frame: ThoraxFrame): BitMask {
  const zone = emptyMask(shape);
  const [slices, rows, columns] = shape;
  const depth = frame.back - frame.front;
  const lowest = frame.halfWidths.findIndex((width) => width > 0);
  const highest = frame.halfWidths.findLastIndex((width) => width > 0);
  for (let z = 0; z < slices; z++) {
    const height = (z - lowest) / Math.max(1, highest - lowest);
    const above = Math.min(1, Math.max(0, (height - aboveHeart.from) / (aboveHeart.to - aboveHeart.from)));
    const shift = heart.middle + above * (vessels.middle - heart.middle);
    const reach = heart.reach + above * (vessels.reach - heart.reach);
    const middle = (frame.mirrorAt[z] as number) / 2;
    const width = frame.halfWidths[z] as number;
    if (width === 0) continue;
    for (let y = 0; y < rows; y++) {
      const off = Math.abs(y - frame.front - heartDepth.middle * depth) / (heartDepth.reach * depth);
      const half = off < 1 ? reach * (1 - off ** roundness) ** (1 / roundness) : 0;
      const right = Math.max(spine.right, half - shift);
      const left = Math.max(spine.left, half + shift);
      const start = Math.max(0, Math.floor(middle - right * width));
      const end = Math.min(columns, Math.ceil(middle + left * width) + 1);
      if (end > start) setRun(zone, z * rows + y, { start, end });
    }
  }
  return zone;
}

/** Above this share of the lungs' height the great vessels lie about as far to the right as to the left. */
const evenAbove = 0.58;

/** Where the heart may reach further to the left than to the right: the mediastinal zone but for its upper part. */
export function heartZone(shape: BitMask["shape"], frame: ThoraxFrame): BitMask {
  const zone = mediastinalZone(shape, frame);
  const lowest = frame.halfWidths.findIndex((width) => width > 0);
  const highest = frame.halfWidths.findLastIndex((width) => width > 0);
  const top = Math.max(0, Math.round(lowest + evenAbove * (highest - lowest)));
  zone.words.fill(0, top * shape[1] * zone.rowWords);
  return zone;
}

/** The right half of each slice. */
export function rightHalf(shape: BitMask["shape"], frame: ThoraxFrame): BitMask {
  const half = emptyMask(shape);
  const [slices, rows, columns] = shape;
  for (let row = 0; row < slices * rows; row++) {
    const end = Math.min(columns, Math.round((frame.mirrorAt[Math.floor(row / rows)] as number) / 2));
    if (end > 0) setRun(half, row, { start: 0, end });
  }
  return half;
}

/** Where windpipe, main bronchi and oesophagus lie: a strip along the middle. */
export function spineZone(shape: BitMask["shape"], frame: ThoraxFrame): BitMask {
  const zone = emptyMask(shape);
  const [slices, rows, columns] = shape;
  for (let row = 0; row < slices * rows; row++) {
    const z = Math.floor(row / rows);
    const middle = (frame.mirrorAt[z] as number) / 2;
    const half = (frame.halfWidths[z] as number) * airwayStrip;
    if (half > 0) {
      setRun(zone, row, {
        start: Math.max(0, Math.floor(middle - half)),
        end: Math.min(columns, Math.ceil(middle + half) + 1),
      });
    }
  }
  return zone;
}

/** The line through points that half of them may miss: the median of their slopes. @source Theil 1950, Sen 1968 */
function robustLine(points: readonly (readonly [number, number])[]): { slope: number; intercept: number } | undefined {
  // Fifty points are enough, and keep the pairs few.
  const stride = Math.max(1, Math.ceil(points.length / 50));
  const some = points.filter((_, i) => i % stride === 0);
  const slopes = some.flatMap(([x, y], i) => some.slice(i + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)));
  const slope = median(slopes) ?? 0;
  const intercept = median(some.map(([x, y]) => y - slope * x));
  return intercept === undefined ? undefined : { slope, intercept };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
