import { gunzipSync, gzipSync } from "node:zlib";

/** Lungs as gzip of one bit a pixel, the first in the lowest bit. lungs: 0 and 1. */
export function packLungs(lungs: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(lungs.length / 8));
  for (let i = 0; i < lungs.length; i++) {
    if (lungs[i] === 1) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
  }
  return gzipSync(bits);
}

/** The lungs that packLungs packed: pixels of them. @throws Error where the bytes are damaged or of another length. */
export function unpackLungs(packed: Uint8Array, pixels: number): Uint8Array {
  const length = Math.ceil(pixels / 8);
  const bits = gunzipSync(packed, { maxOutputLength: length + 1 });
  if (bits.length !== length) throw new Error(`${bits.length} bytes of lungs where ${length} were expected`);
  const lungs = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) lungs[i] = ((bits[i >> 3] as number) >> (i & 7)) & 1;
  return lungs;
}
