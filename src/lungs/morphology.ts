import { type BitMask, emptyMask, lastWordBits } from "./bitMask.ts";

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
  return eachSlice(mask, disc, false);
}

/** Each slice's erosion by a disc. Beyond the border everything counts as set. @source skimage.morphology.binary_erosion */
export function erode(mask: BitMask, disc: Disc): BitMask {
  return eachSlice(mask, disc, true);
}

/** Each slice without what is thinner than the disc. @source skimage.morphology.binary_opening */
export function open(mask: BitMask, disc: Disc): BitMask {
  return dilate(erode(mask, disc), disc);
}

/** Each slice with its gaps thinner than the disc filled. @source skimage.morphology.binary_closing */
export function close(mask: BitMask, disc: Disc): BitMask {
  return erode(dilate(mask, disc), disc);
}

/** Rows and words, the last of each included. */
interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Erosion is the dilation of what is not set, so that there is one kernel. It works on a copy of what matters of a slice, with
 * so many blank rows and words around it that no border has to be minded.
 */
function eachSlice(mask: BitMask, disc: Disc, isErosion: boolean): BitMask {
  const result = emptyMask(mask.shape);
  const { rowWords, shape } = mask;
  const rows = shape[1];
  const perSlice = rows * rowWords;
  const reach = disc.halfWidths.length - 1;
  const margin = ((disc.halfWidths[0] as number) + 31) >> 5;
  const rowsMost = rows + 2 * reach;
  const stride = rowWords + 2 * margin;
  const memory = { spread: new Int32Array((rowsMost + 2 * reach) * stride + 2), found: new Int32Array(rows * stride) };
  for (let z = 0; z < shape[0]; z++) {
    const source = mask.words.subarray(z * perSlice, (z + 1) * perSlice);
    const box = occupied(source, rows, rowWords);
    if (box.top > box.bottom) continue;
    const around: Box = {
      top: Math.max(0, box.top - reach),
      bottom: Math.min(rows - 1, box.bottom + reach),
      left: Math.max(0, box.left - margin),
      right: Math.min(rowWords - 1, box.right + margin),
    };
    const target = result.words.subarray(z * perSlice, (z + 1) * perSlice);
    // Nothing outside of its box outlives an erosion; a dilation reaches the disc's size beyond it.
    const [from, to] = isErosion ? [around, box] : [box, around];
    dilateBox(
      { source, target, rowWords, last: lastWordBits(shape[2]), from, to, isInverted: isErosion },
      disc,
      memory,
    );
  }
  return result;
}

interface SliceWork {
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly rowWords: number;
  /** The bits of a row's last word that are columns. */
  readonly last: number;
  /** What of the source can matter. */
  readonly from: Box;
  /** What of the target can be set. */
  readonly to: Box;
  /** Whether what is not set is dilated, and what it does not reach is the result. */
  readonly isInverted: boolean;
}

/**
 * A disc is a stack of horizontal bars that widen towards its centre: rows are widened step by step, and at each width they
 * are laid over the rows above and below at which the disc has that width.
 */
function dilateBox(
  { source, target, rowWords, last, from, to, isInverted }: SliceWork,
  { halfWidths }: Disc,
  { spread, found }: { readonly spread: Int32Array; readonly found: Int32Array },
): void {
  const reach = halfWidths.length - 1;
  const margin = ((halfWidths[0] as number) + 31) >> 5;
  const left = Math.min(from.left, to.left);
  const stride = Math.max(from.right, to.right) - left + 1 + 2 * margin;
  const flip = isInverted ? -1 : 0;
  // Row y of the slice begins at word (y − top) · stride + 1 of the spread; there are `reach` rows more than the target needs.
  const top = to.top - reach;
  const spreadWords = (to.bottom + reach - top + 1) * stride;
  spread.fill(0, 0, spreadWords + 2);
  for (let y = from.top; y <= from.bottom; y++) {
    const at = (y - top) * stride + 1 + margin - left;
    for (let w = from.left; w <= from.right; w++) {
      const bits = (source[y * rowWords + w] as number) ^ flip;
      spread[at + w] = w === rowWords - 1 ? bits & last : bits;
    }
  }
  const words = (to.bottom - to.top + 1) * stride;
  found.fill(0, 0, words);
  const first = (from.top - top) * stride + 1;
  const end = (from.bottom - top + 1) * stride + 1;
  let width = 0;
  for (let dy = reach; dy >= 0; dy--) {
    for (const wanted = halfWidths[dy] as number; width < wanted; ) {
      const step = Math.min(wanted - width, 2 * width + 1, 31);
      widen(spread, first, end, step);
      width += step;
    }
    const above = (reach - dy) * stride + 1;
    const below = (reach + dy) * stride + 1;
    for (let i = 0; i < words; i++) {
      found[i] = (found[i] as number) | (spread[i + above] as number) | (spread[i + below] as number);
    }
  }
  for (let y = to.top; y <= to.bottom; y++) {
    const at = (y - to.top) * stride + margin - left;
    for (let w = to.left; w <= to.right; w++) {
      const bits = (found[at + w] as number) ^ flip;
      target[y * rowWords + w] = w === rowWords - 1 ? bits & last : bits;
    }
  }
}

/** Every bar of a run of words longer at both ends. A step of at most 2 · width + 1 leaves no gap in bars of that half-width. */
function widen(words: Int32Array, first: number, end: number, step: number): void {
  const back = 32 - step;
  let before = 0;
  let here = words[first] as number;
  for (let i = first; i < end; i++) {
    const after = words[i + 1] as number;
    words[i] = here | (here << step) | (before >>> back) | (here >>> step) | (after << back);
    before = here;
    here = after;
  }
}

/** The rows and words that hold anything; the top lies below the bottom if none does. */
function occupied(words: Int32Array, rows: number, rowWords: number): Box {
  let top = rows;
  let bottom = -1;
  let left = rowWords;
  let right = -1;
  for (let y = 0; y < rows; y++) {
    for (let w = 0; w < rowWords; w++) {
      if (words[y * rowWords + w] === 0) continue;
      if (top > y) top = y;
      bottom = y;
      if (w < left) left = w;
      if (w > right) right = w;
    }
  }
  return { top, bottom, left, right };
}
