/** Letters are at least so many pixels high, and at most. */
const letterHeights = [6, 40] as const;
/** So many letters in a row are a line of text. */
const lettersInLine = 5;

/**
 * Whether a slice shows a line of text burned into its pixels: a row of separate bright marks of one grey, alike in height, on
 * one baseline, close together. Nothing in a body looks like that; ribs and wires differ in height and grey.
 *
 * values: [rows, columns], any scale.
 */
export function hasBurnedInText(values: ArrayLike<number>, rows: number, columns: number): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (most <= least) return false;
  const letters = marksAbove(values, [rows, columns], most - 0.02 * (most - least)).filter(isLetter);
  return letters.some((first) => lineFrom(first, letters) >= lettersInLine);
}

interface Mark {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly pixels: number;
}

const heightOf = (mark: Mark) => mark.bottom - mark.top + 1;
const widthOf = (mark: Mark) => mark.right - mark.left + 1;

function isLetter(mark: Mark): boolean {
  const [height, width] = [heightOf(mark), widthOf(mark)];
  const isOfSize = height >= letterHeights[0] && height <= letterHeights[1] && width <= 1.5 * height;
  return isOfSize && mark.pixels < 0.85 * height * width + height;
}

/** How many letters follow one another to the right of the first, that included. */
function lineFrom(first: Mark, letters: readonly Mark[]): number {
  let [last, count] = [first, 1];
  for (;;) {
    const height = heightOf(first);
    const next = letters.find(
      (letter) =>
        letter.left > last.right &&
        letter.left - last.right <= height &&
        Math.abs(letter.bottom - first.bottom) <= Math.max(1, 0.15 * height) &&
        Math.abs(heightOf(letter) - height) <= Math.max(1, 0.2 * height),
    );
    if (next === undefined) return count;
    last = next;
    count++;
  }
}

/** The connected marks (8 neighbours) of pixels at or above a value; larger ones than a letter are passed over. */
function marksAbove(values: ArrayLike<number>, [rows, columns]: readonly [number, number], from: number): Mark[] {
  const isSeen = new Uint8Array(rows * columns);
  const marks: Mark[] = [];
  const stack: number[] = [];
  for (let start = 0; start < isSeen.length; start++) {
    if (isSeen[start] === 1 || (values[start] as number) < from) continue;
    isSeen[start] = 1;
    stack.push(start);
    let [top, bottom, left, right, pixels] = [rows, 0, columns, 0, 0];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [y, x] = [Math.floor(at / columns), at % columns];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      pixels++;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (y + dy < 0 || y + dy >= rows || x + dx < 0 || x + dx >= columns) continue;
          const next = at + dy * columns + dx;
          if (isSeen[next] === 1 || (values[next] as number) < from) continue;
          isSeen[next] = 1;
          stack.push(next);
        }
      }
    }
    marks.push({ top, bottom, left, right, pixels });
  }
  return marks.sort((a, b) => a.left - b.left);
}
