import type { BitMask } from "./bitMask.ts";

/**
 * How far each voxel of a mask is from the nearest voxel that is not set, mm; 0 outside the mask. In a volume of one slice, or
 * with `within: "slice"`, only voxels of the same slice count. What lies beyond the volume counts as nothing: a mask
 * without an unset voxel is infinitely far from one.
 *
 * Returns [z, y, x]. spacingMm: of the volume, [z, y, x].
 * @source Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions"; as scipy.ndimage.distance_transform_edt.
 */
export function distanceMm(
  mask: BitMask,
  spacingMm: readonly [number, number, number],
  { within = "volume" }: { readonly within?: "volume" | "slice" } = {},
): Float32Array {
  const [slices, rows, columns] = mask.shape;
  const squared = new Float64Array(slices * rows * columns);
  fromRowEnds(squared, mask, spacingMm[2]);
  const area = rows * columns;
  const sweep = envelopeOf(Math.max(slices, rows));
  for (let z = 0; z < slices; z++) {
    for (let x = 0; x < columns; x++) {
      sweep(squared, { first: z * area + x, stride: columns, count: rows, stepMm: spacingMm[1] });
    }
  }
  if (within === "volume" && slices > 1) {
    for (let i = 0; i < area; i++) sweep(squared, { first: i, stride: area, count: slices, stepMm: spacingMm[0] });
  }
  return Float32Array.from(squared, Math.sqrt);
}

/** Along each row: the squared distance to the nearest unset voxel of the row. */
function fromRowEnds(squared: Float64Array, { words, rowWords, shape }: BitMask, stepMm: number): void {
  const [slices, rows, columns] = shape;
  for (let row = 0; row < slices * rows; row++) {
    const first = row * columns;
    let away = Number.POSITIVE_INFINITY;
    for (let x = 0; x < columns; x++) {
      const isSet = ((words[row * rowWords + (x >> 5)] as number) >> (x & 31)) & 1;
      away = isSet ? away + stepMm : 0;
      squared[first + x] = away * away;
    }
    away = Number.POSITIVE_INFINITY;
    for (let x = columns - 1; x >= 0; x--) {
      away = squared[first + x] === 0 ? 0 : away + stepMm;
      if (away * away < (squared[first + x] as number)) squared[first + x] = away * away;
    }
  }
}

interface Line {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  readonly stepMm: number;
}

/** A function that replaces a line of squared distances by the lower envelope of the parabolas that stand on them. */
function envelopeOf(longest: number): (squared: Float64Array, line: Line) => void {
  const foot = new Int32Array(longest);
  const height = new Float64Array(longest);
  /** Where along the line, mm, each parabola begins to be the lowest. */
  const from = new Float64Array(longest);
  return (squared, { first, stride, count, stepMm }) => {
    let last = -1;
    for (let i = 0; i < count; i++) {
      const value = squared[first + i * stride] as number;
      if (value === Number.POSITIVE_INFINITY) continue;
      const at = i * stepMm;
      let begins = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const other = (foot[last] as number) * stepMm;
        begins = (value + at * at - (height[last] as number) - other * other) / (2 * (at - other));
        if (begins > (from[last] as number)) break;
        last--;
        begins = Number.NEGATIVE_INFINITY;
      }
      last++;
      foot[last] = i;
      height[last] = value;
      from[last] = begins;
    }
    if (last < 0) return;
    for (let i = 0, k = 0; i < count; i++) {
      const at = i * stepMm;
      while (k < last && (from[k + 1] as number) < at) k++;
      const away = at - (foot[k] as number) * stepMm;
      squared[first + i * stride] = away * away + (height[k] as number);
    }
  };
}
