import { contentBox } from "../slices/imageTraces.ts";
import { resizeGrey } from "../slices/resizeGrey.ts";
import { rankGreys } from "./detail.ts";

/** Side of the plane that slices are compared on. */
export const signaturePx = 64;
const hashPx = 32;
/** Bits of a hash: a square of the lowest frequencies, without the mean. */
const frequencies = 8;

/** A slice as it is compared with others: without borders, and with greys by rank, so that no window or gamma matters. */
export interface SliceSignature {
  /** [signaturePx, signaturePx]: 0 is the ground, else the rank of the pixel's grey, 1–255. */
  readonly plane: Uint8Array;
  /** Of the whole plane; two words of 32 bits. */
  readonly hash: readonly [number, number];
}

/** A square of a plane, in shares of its side. */
export interface Place {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

const whole: Place = { top: 0, left: 0, side: 1 };

/** The whole, and crops of five and of ten parts in a hundred, in nine places each: what a copy may have left. */
export const cuts: readonly Place[] = [
  whole,
  ...[0.95, 0.9].flatMap((side) => {
    const offsets = [0, (1 - side) / 2, 1 - side];
    return offsets.flatMap((top) => offsets.map((left) => ({ top, left, side })));
  }),
];

/**
 * A slice's signature; null where it shows nothing (one grey nearly everywhere).
 *
 * pixels: [px, px], grey 0–255.
 */
export function signatureOf(pixels: Uint8Array, px: number): SliceSignature | null {
  const box = contentBox(pixels, [px, px]);
  const [rows, columns] = [box.bottom - box.top, box.right - box.left];
  if (rows < px / 8 || columns < px / 8) return null;
  const content = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    content.set(pixels.subarray((y + box.top) * px + box.left, (y + box.top) * px + box.right), y * columns);
  }
  const plane = rankGreys(resizeGrey(content, [rows, columns], [signaturePx, signaturePx]));
  return plane === null ? null : { plane, hash: hashOf(plane, whole) };
}

/** The hash of each cut of a plane. */
export function hashesOfCuts({ plane }: SliceSignature): (readonly [number, number])[] {
  return cuts.map((cut) => hashOf(plane, cut));
}

/** How many bits differ. */
export function hashDistance(a: readonly [number, number], b: readonly [number, number]): number {
  return bits(a[0] ^ b[0]) + bits(a[1] ^ b[1]);
}

function bits(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** @source Zauner 2010, Implementation and benchmarking of perceptual image hash functions (the DCT hash). */
function hashOf(plane: Uint8Array, cut: Place): readonly [number, number] {
  const small = cutOut(plane, cut);
  // Rows, then columns, of the lowest frequencies only.
  const wide = new Float64Array(hashPx * frequencies);
  for (let y = 0; y < hashPx; y++) {
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let x = 0; x < hashPx; x++) sum += (small[y * hashPx + x] as number) * (cosines[u * hashPx + x] as number);
      wide[y * frequencies + u] = sum;
    }
  }
  const low = new Float64Array(frequencies * frequencies);
  for (let v = 0; v < frequencies; v++) {
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let y = 0; y < hashPx; y++)
        sum += (wide[y * frequencies + u] as number) * (cosines[v * hashPx + y] as number);
      low[v * frequencies + u] = sum;
    }
  }
  const middle = low.slice(1).sort()[31] as number;
  const hash: [number, number] = [0, 0];
  for (let i = 1; i < 64; i++)
    if ((low[i] as number) > middle) hash[i >> 5] = (hash[i >> 5] as number) | (1 << (i & 31));
  return hash;
}

const cosines = Float64Array.from({ length: frequencies * hashPx }, (_, i) => {
  const [frequency, place] = [Math.floor(i / hashPx), i % hashPx];
  return Math.cos((Math.PI * frequency * (place + 0.5)) / hashPx);
});

/** A square of the plane at hashPx, each pixel the mean of four samples. */
function cutOut(plane: Uint8Array, { top, left, side }: Place): Float64Array {
  const small = new Float64Array(hashPx * hashPx);
  const step = (side * signaturePx) / (2 * hashPx);
  const [y0, x0] = [top * signaturePx, left * signaturePx];
  for (let y = 0; y < 2 * hashPx; y++) {
    const row = Math.min(signaturePx - 1, Math.floor(y0 + (y + 0.5) * step)) * signaturePx;
    for (let x = 0; x < 2 * hashPx; x++) {
      const at = (y >> 1) * hashPx + (x >> 1);
      const column = Math.min(signaturePx - 1, Math.floor(x0 + (x + 0.5) * step));
      small[at] = (small[at] as number) + (plane[row + column] as number);
    }
  }
  return small;
}
