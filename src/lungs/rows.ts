import type { BitMask } from "./bitMask.ts";

/** Columns start … end − 1 of a row. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * Visits all that is set, as runs of at most 32 voxels: their first, and one past their last, as indices of the array
 * [z, y, x] that the mask is of.
 */
export function eachRun({ words, rowWords, shape }: BitMask, visit: (start: number, end: number) => void): void {
  const columns = shape[2];
  for (let row = 0; row < shape[0] * shape[1]; row++) {
    for (let w = 0; w < rowWords; w++) {
      let bits = words[row * rowWords + w] as number;
      if (bits === 0) continue;
      const first = row * columns + w * 32;
      while (bits !== 0) {
        const start = 31 - Math.clz32(bits & -bits);
        const cleared = ~bits & (-1 << start);
        const end = cleared === 0 ? 32 : 31 - Math.clz32(cleared & -cleared);
        visit(first + start, first + end);
        if (end === 32) break;
        bits &= -1 << end;
      }
    }
  }
}

/** Sets a run of a row; row counts through all slices. */
export function setRun(mask: BitMask, row: number, { start, end }: Run): void {
  const at = row * mask.rowWords;
  for (let w = start >> 5; w <= (end - 1) >> 5; w++) {
    mask.words[at + w] = (mask.words[at + w] as number) | bitsWithin(w, start, end);
  }
}

/** Whether any voxel of a run of a row is set. */
export function hasBits(mask: BitMask, row: number, { start, end }: Run): boolean {
  return countBits(mask, row, { start, end, isEnough: 1 }) > 0;
}

/** How many voxels of a run of a row are set, counted until they are enough. */
export function countBits(
  mask: BitMask,
  row: number,
  { start, end, isEnough = Number.POSITIVE_INFINITY }: Run & { readonly isEnough?: number },
): number {
  const at = row * mask.rowWords;
  let count = 0;
  for (let w = start >> 5; w <= (end - 1) >> 5 && count < isEnough; w++) {
    count += bitCount((mask.words[at + w] as number) & bitsWithin(w, start, end));
  }
  return count;
}

/** The first and (one past) the last voxel set in a row. */
export function rowExtent(mask: BitMask, row: number): Run | undefined {
  const at = row * mask.rowWords;
  let first = 0;
  while (first < mask.rowWords && mask.words[at + first] === 0) first++;
  if (first === mask.rowWords) return undefined;
  let last = mask.rowWords - 1;
  while (mask.words[at + last] === 0) last--;
  const bits = mask.words[at + first] as number;
  return {
    start: first * 32 + 31 - Math.clz32(bits & -bits),
    end: last * 32 + 32 - Math.clz32(mask.words[at + last] as number),
  };
}

/** How many bits of a word are set. */
export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The bits of word w of a row that lie in columns start … end − 1. */
function bitsWithin(w: number, start: number, end: number): number {
  const low = Math.max(0, start - w * 32);
  const high = Math.min(32, end - w * 32);
  return (high === 32 ? -1 : (1 << high) - 1) & ~((1 << low) - 1);
}
