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
  return eachSlice(mask, disc, dilateSlice);
}

/** Each slice's erosion by a disc. Beyond the border everything counts as set. @source skimage.morphology.binary_erosion */
export function erode(mask: BitMask, disc: Disc): BitMask {
  return eachSlice(mask, disc, erodeSlice);
}

/** Each slice without what is thinner than the disc. @source skimage.morphology.binary_opening */
export function open(mask: BitMask, disc: Disc): BitMask {
  return dilate(erode(mask, disc), disc);
}

/** Each slice with its gaps thinner than the disc filled. @source skimage.morphology.binary_closing */
export function close(mask: BitMask, disc: Disc): BitMask {
  return erode(dilate(mask, disc), disc);
}

/**
 * A disc is a stack of horizontal bars that widen towards its centre: rows are widened (or narrowed) step by step, and at
 * each width they are laid over the rows above and below at which the disc has that width.
 */
interface SliceWork {
  readonly target: Int32Array;
  /** A copy of the slice, each row widened or narrowed so far. */
  readonly spread: Int32Array;
  readonly disc: Disc;
  readonly rows: number;
  readonly rowWords: number;
  /** The bits of a row's last word that are columns. */
  readonly last: number;
  /** Rows and words that hold anything. */
  readonly box: Box;
}

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function eachSlice(mask: BitMask, disc: Disc, work: (slice: SliceWork) => void): BitMask {
  const result = emptyMask(mask.shape);
  const { rowWords } = mask;
  const rows = mask.shape[1];
  const perSlice = rows * rowWords;
  const spread = new Int32Array(perSlice);
  const last = lastWordBits(mask.shape[2]);
  for (let z = 0; z < mask.shape[0]; z++) {
    const source = mask.words.subarray(z * perSlice, (z + 1) * perSlice);
    const box = occupied(source, rows, rowWords);
    if (box.top > box.bottom) continue;
    spread.set(source);
    const target = result.words.subarray(z * perSlice, (z + 1) * perSlice);
    work({ target, spread, disc, rows, rowWords, last, box });
  }
  return result;
}

function dilateSlice({ target, spread, disc, rows, rowWords, last, box }: SliceWork): void {
  const furthest = ((disc.halfWidths[0] as number) + 31) >> 5;
  const left = Math.max(0, box.left - furthest);
  const right = Math.min(rowWords - 1, box.right + furthest);
  let width = 0;
  for (let dy = disc.halfWidths.length - 1; dy >= 0; dy--) {
    const wanted = disc.halfWidths[dy] as number;
    while (width < wanted) {
      const step = nextStep(width, wanted);
      const back = 32 - step;
      for (let y = box.top; y <= box.bottom; y++) {
        let before = 0;
        let here = spread[y * rowWords + left] as number;
        for (let i = y * rowWords + left; i <= y * rowWords + right; i++) {
          const after = i < y * rowWords + right ? (spread[i + 1] as number) : 0;
          spread[i] = here | (here << step) | (before >>> back) | (here >>> step) | (after << back);
          before = here;
          here = after;
        }
        const end = (y + 1) * rowWords - 1;
        spread[end] = (spread[end] as number) & last;
      }
      width += step;
    }
    for (let y = box.top; y <= box.bottom; y++) {
      const from = y * rowWords;
      if (y >= dy) {
        const to = -dy * rowWords;
        for (let i = from + left; i <= from + right; i++)
          target[i + to] = (target[i + to] as number) | (spread[i] as number);
      }
      if (dy > 0 && y + dy < rows) {
        const to = dy * rowWords;
        for (let i = from + left; i <= from + right; i++)
          target[i + to] = (target[i + to] as number) | (spread[i] as number);
      }
    }
  }
}

/** The same with "and" for "or"; what lies beyond the border is set, what lies beyond the box is not. */
function erodeSlice({ target, spread, disc, rows, rowWords, last, box }: SliceWork): void {
  const { top, bottom, left, right } = box;
  for (let y = top; y <= bottom; y++) target.fill(-1, y * rowWords + left, y * rowWords + right + 1);
  let width = 0;
  for (let dy = disc.halfWidths.length - 1; dy >= 0; dy--) {
    const wanted = disc.halfWidths[dy] as number;
    while (width < wanted) {
      const step = nextStep(width, wanted);
      const back = 32 - step;
      for (let y = top; y <= bottom; y++) {
        let before = left === 0 ? -1 : 0;
        let here = spread[y * rowWords + left] as number;
        // Beyond the last column as beyond the last word.
        if (left === rowWords - 1) here |= ~last;
        for (let i = y * rowWords + left; i <= y * rowWords + right; i++) {
          const word = i - y * rowWords;
          let after = word < right ? (spread[i + 1] as number) : word === rowWords - 1 ? -1 : 0;
          if (word + 1 === rowWords - 1 && word < right) after |= ~last;
          spread[i] = here & ((here << step) | (before >>> back)) & ((here >>> step) | (after << back));
          before = here;
          here = after;
        }
      }
      width += step;
    }
    for (let y = top; y <= bottom; y++) {
      keepCommon(target, spread, { y, other: y - dy, rows, rowWords, box });
      if (dy > 0) keepCommon(target, spread, { y, other: y + dy, rows, rowWords, box });
    }
  }
  if (right === rowWords - 1) {
    for (let y = top; y <= bottom; y++) {
      const end = (y + 1) * rowWords - 1;
      target[end] = (target[end] as number) & last;
    }
  }
}

/** Row y of the target keeps what another row of the spread has. */
function keepCommon(
  target: Int32Array,
  spread: Int32Array,
  { y, other, rows, rowWords, box }: { y: number; other: number; rows: number; rowWords: number; box: Box },
): void {
  if (other < 0 || other >= rows) return;
  const from = y * rowWords + box.left;
  const to = y * rowWords + box.right;
  if (other < box.top || other > box.bottom) {
    target.fill(0, from, to + 1);
    return;
  }
  const offset = (other - y) * rowWords;
  for (let i = from; i <= to; i++) target[i] = (target[i] as number) & (spread[i + offset] as number);
}

/**
 * Copies of a bar, shifted to both sides, stay one bar when shifted by no more than its length; at the border only half of
 * the bar, the voxel in its middle included, is there to be shifted.
 */
function nextStep(width: number, wanted: number): number {
  return Math.min(wanted - width, width + 1, 31);
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
