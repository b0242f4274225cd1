import { type BitMask, emptyMask, lastWordBits, not } from "./bitMask.ts";

/** A flat disc: how far it reaches in x at each distance in y from its centre. */
export interface Disc {
  /** Half-widths in pixels, from the centre row outwards; the footprint is 2 · halfWidths[|dy|] + 1 wide. */
  readonly halfWidths: readonly number[];
}

/** The pixels within a distance of the centre, which is always one. spacingMm: of the volume, [z, y, x]. */
export function discOf(radiusMm: number, spacingMm: readonly [number, number, number]): Disc {
  const [, stepY, stepX] = spacingMm;
  const reachMm2 = radiusMm * radiusMm + 1e-6;
  const halfWidths: number[] = [];
  for (let dy = 0; (dy * stepY) ** 2 <= reachMm2; dy++) {
    halfWidths.push(Math.floor(Math.sqrt(reachMm2 - (dy * stepY) ** 2) / stepX + 1e-9));
  }
  return { halfWidths };
}

/** Each slice's dilation by a disc. Beyond the border nothing is set. @source skimage.morphology.binary_dilation */
export function dilate(mask: BitMask, disc: Disc): BitMask {
  const result = emptyMask(mask.shape);
  const perSlice = mask.shape[1] * mask.rowWords;
  const scratch = { spread: new Int32Array(perSlice), next: new Int32Array(mask.rowWords) };
  for (let z = 0; z < mask.shape[0]; z++) {
    const from = mask.words.subarray(z * perSlice, (z + 1) * perSlice);
    dilateSliceInto(result.words.subarray(z * perSlice, (z + 1) * perSlice), from, { mask, disc, scratch });
  }
  return result;
}

/** Each slice's erosion by a disc. Beyond the border everything counts as set. @source skimage.morphology.binary_erosion */
export function erode(mask: BitMask, disc: Disc): BitMask {
  return not(dilate(not(mask), disc));
}

/** Each slice without what is thinner than the disc. @source skimage.morphology.binary_opening */
export function open(mask: BitMask, disc: Disc): BitMask {
  return dilate(erode(mask, disc), disc);
}

/** Each slice with its gaps thinner than the disc filled. @source skimage.morphology.binary_closing */
export function close(mask: BitMask, disc: Disc): BitMask {
  return erode(dilate(mask, disc), disc);
}

interface Scratch {
  /** The slice, each row spread by the width reached so far. */
  readonly spread: Int32Array;
  readonly next: Int32Array;
}

/**
 * A disc is a stack of horizontal bars that widen towards its centre: rows are spread step by step, and at each width the
 * spread rows are laid over the rows above and below at which the disc has that width.
 */
function dilateSliceInto(
  target: Int32Array,
  source: Int32Array,
  { mask, disc, scratch }: { mask: BitMask; disc: Disc; scratch: Scratch },
): void {
  const { rowWords } = mask;
  const rows = mask.shape[1];
  const [firstRow, lastRow] = occupiedRows(source, rows, rowWords);
  if (firstRow > lastRow) return;
  const { spread, next } = scratch;
  spread.set(source);
  const last = lastWordBits(mask.shape[2]);
  let width = 0;
  for (let dy = disc.halfWidths.length - 1; dy >= 0; dy--) {
    const wanted = disc.halfWidths[dy] as number;
    while (width < wanted) {
      // Three copies of a bar of 2·width + 1 stay one bar when shifted by no more than its length.
      const step = Math.min(wanted - width, 2 * width + 1, 31);
      for (let y = firstRow; y <= lastRow; y++) widenRow(spread, next, { at: y * rowWords, rowWords, step, last });
      width += step;
    }
    for (let y = firstRow; y <= lastRow; y++) {
      if (y - dy >= 0) orRow(target, (y - dy) * rowWords, { spread, from: y * rowWords, rowWords });
      if (dy > 0 && y + dy < rows) orRow(target, (y + dy) * rowWords, { spread, from: y * rowWords, rowWords });
    }
  }
}

function widenRow(
  spread: Int32Array,
  next: Int32Array,
  { at, rowWords, step, last }: { at: number; rowWords: number; step: number; last: number },
): void {
  const back = 32 - step;
  let before = 0;
  let here = spread[at] as number;
  for (let w = 0; w < rowWords; w++) {
    const after = w + 1 < rowWords ? (spread[at + w + 1] as number) : 0;
    next[w] = here | (here << step) | (before >>> back) | (here >>> step) | (after << back);
    before = here;
    here = after;
  }
  next[rowWords - 1] = (next[rowWords - 1] as number) & last;
  for (let w = 0; w < rowWords; w++) spread[at + w] = next[w] as number;
}

function orRow(
  target: Int32Array,
  at: number,
  { spread, from, rowWords }: { spread: Int32Array; from: number; rowWords: number },
): void {
  for (let w = 0; w < rowWords; w++) target[at + w] = (target[at + w] as number) | (spread[from + w] as number);
}

function occupiedRows(words: Int32Array, rows: number, rowWords: number): [first: number, last: number] {
  let first = 0;
  while (first < words.length && words[first] === 0) first++;
  let last = words.length - 1;
  while (last >= 0 && words[last] === 0) last--;
  return first >= words.length ? [rows, -1] : [Math.floor(first / rowWords), Math.floor(last / rowWords)];
}
