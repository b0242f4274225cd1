import { directionOf } from "./section.ts";

/** The raster of a study's slices: square, its first pixel's centre at (x0, y0) of the patient. */
export interface Raster {
  readonly matrix: number;
  readonly pixelMm: number;
  readonly x0Mm: number;
  readonly y0Mm: number;
  /** Thickness of a slice: what is thinner is seen as a part of it. */
  readonly thicknessMm: number;
  /** Of each pixel: distance from x = y = 0, direction (see section.ts). */
  readonly radiusMm: Float32Array;
  readonly direction: Uint16Array;
}

/** A slice while it is drawn: Hounsfield units, row-major, before the scanner's blur and noise. */
export interface Plane {
  readonly raster: Raster;
  readonly zMm: number;
  readonly hu: Float32Array;
}

/** A point with its three coordinates in millimetres. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A raster with its tables. */
export function createRaster(
  matrix: number,
  pixelMm: number,
  centreMm: { x: number; y: number },
  thicknessMm: number,
): Raster {
  const x0Mm = centreMm.x - ((matrix - 1) / 2) * pixelMm;
  const y0Mm = centreMm.y - ((matrix - 1) / 2) * pixelMm;
  const radiusMm = new Float32Array(matrix * matrix);
  const direction = new Uint16Array(matrix * matrix);
  for (let row = 0; row < matrix; row++) {
    const y = y0Mm + row * pixelMm;
    for (let column = 0; column < matrix; column++) {
      const x = x0Mm + column * pixelMm;
      radiusMm[row * matrix + column] = Math.sqrt(x * x + y * y);
      direction[row * matrix + column] = directionOf(x, y);
    }
  }
  return { matrix, pixelMm, x0Mm, y0Mm, thicknessMm, radiusMm, direction };
}

/** Gives every pixel whose centre lies in a box (millimetres) to the visitor: its index, x, y. */
export function eachPixel(
  raster: Raster,
  box: { left: number; right: number; front: number; back: number },
  visit: (index: number, x: number, y: number) => void,
): void {
  const { matrix, pixelMm, x0Mm, y0Mm } = raster;
  const firstColumn = Math.max(0, Math.ceil((box.left - x0Mm) / pixelMm));
  const lastColumn = Math.min(matrix - 1, Math.floor((box.right - x0Mm) / pixelMm));
  const firstRow = Math.max(0, Math.ceil((box.front - y0Mm) / pixelMm));
  const lastRow = Math.min(matrix - 1, Math.floor((box.back - y0Mm) / pixelMm));
  for (let row = firstRow; row <= lastRow; row++) {
    const y = y0Mm + row * pixelMm;
    for (let column = firstColumn; column <= lastColumn; column++) {
      visit(row * matrix + column, x0Mm + column * pixelMm, y);
    }
  }
}

/** Paints an ellipse with a soft edge of about a pixel. share scales its opacity. */
export function stampEllipse(
  plane: Plane,
  ellipse: { x: number; y: number; halfX: number; halfY: number; turn?: number },
  hu: number,
  share = 1,
): void {
  const { x, y, halfX, halfY, turn = 0 } = ellipse;
  if (halfX <= 0.2 || halfY <= 0.2) return;
  const reach = Math.max(halfX, halfY) + plane.raster.pixelMm;
  const cosine = Math.cos(turn);
  const sine = Math.sin(turn);
  const sharpness = Math.min(halfX, halfY) / plane.raster.pixelMm;
  eachPixel(plane.raster, { left: x - reach, right: x + reach, front: y - reach, back: y + reach }, (index, px, py) => {
    const along = ((px - x) * cosine + (py - y) * sine) / halfX;
    const across = ((py - y) * cosine - (px - x) * sine) / halfY;
    const covered = 0.5 + (1 - Math.sqrt(along * along + across * across)) * sharpness;
    if (covered > 0) blend(plane.hu, index, hu, Math.min(1, covered) * share);
  });
}

/**
 * How much of each pixel's column through the slice a tapered rod fills, as the visitor's share 0 … 1.
 * The chord of the vertical line through the rod, cut by the slice's thickness, so a thin vessel fades in a thick slice.
 */
export function eachCovered(
  raster: Raster,
  zMm: number,
  rod: { from: Point; to: Point; fromRadius: number; toRadius: number },
  visit: (index: number, share: number) => void,
): void {
  const half = raster.thicknessMm / 2;
  const { from, to } = rod;
  const widest = Math.max(rod.fromRadius, rod.toRadius);
  const low = Math.min(from.z, to.z) - widest;
  const high = Math.max(from.z, to.z) + widest;
  if (high < zMm - half || low > zMm + half) return;
  const dz = to.z - from.z;
  let first = 0;
  let last = 1;
  if (Math.abs(dz) > 1e-6) {
    const a = (zMm - half - widest - from.z) / dz;
    const b = (zMm + half + widest - from.z) / dz;
    first = Math.max(0, Math.min(a, b));
    last = Math.min(1, Math.max(a, b));
  }
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const flat = Math.sqrt(dx * dx + dy * dy);
  const length = Math.sqrt(flat * flat + dz * dz);
  const tilt = length > 0 ? Math.max(flat / length, 1e-3) : 1;
  const xa = from.x + first * dx;
  const xb = from.x + last * dx;
  const ya = from.y + first * dy;
  const yb = from.y + last * dy;
  const pixel = raster.pixelMm;
  const reach = widest + pixel;
  const squaredFlat = flat * flat;
  eachPixel(
    raster,
    {
      left: Math.min(xa, xb) - reach,
      right: Math.max(xa, xb) + reach,
      front: Math.min(ya, yb) - reach,
      back: Math.max(ya, yb) + reach,
    },
    (index, x, y) => {
      let t = squaredFlat > 1e-6 ? ((x - from.x) * dx + (y - from.y) * dy) / squaredFlat : (zMm - from.z) / (dz || 1);
      t = t < first ? first : Math.min(t, last);
      const radius = rod.fromRadius + t * (rod.toRadius - rod.fromRadius);
      const seen = Math.max(radius, 0.55 * pixel);
      const ex = x - from.x - t * dx;
      const ey = y - from.y - t * dy;
      const away = Math.sqrt(ex * ex + ey * ey);
      const edge = Math.min(1, 0.5 + (seen - away) / pixel);
      if (edge <= 0) return;
      const chord = Math.sqrt(Math.max(radius * radius - away * away, 0.3 * radius * radius)) / tilt;
      const middle = from.z + t * dz;
      const bottom = Math.max(middle - chord, low, zMm - half);
      const top = Math.min(middle + chord, high, zMm + half);
      if (top <= bottom) return;
      const thin = radius < seen ? (radius / seen) ** 2 : 1;
      visit(index, (edge * thin * (top - bottom)) / (2 * half));
    },
  );
}

/** Paints a tapered rod. */
export function stampRod(
  plane: Plane,
  rod: { from: Point; to: Point; fromRadius: number; toRadius: number },
  hu: number,
): void {
  eachCovered(plane.raster, plane.zMm, rod, (index, share) => blend(plane.hu, index, hu, share));
}

/** Moves a pixel towards a value. */
export function blend(values: Float32Array, index: number, towards: number, share: number): void {
  const value = values[index] as number;
  values[index] = value + share * (towards - value);
}
