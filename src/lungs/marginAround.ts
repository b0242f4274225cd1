import type { Geometry } from "../study/volume.ts";
import { maskOfBytes, writeInto } from "./bitMask.ts";
import type { LungMask } from "./lungMask.ts";
import { dilate, discOf } from "./morphology.ts";

/** The lungs of slice z with a margin around them: [rows, columns], 1 inside. */
export function marginAround(
  mask: LungMask,
  z: number,
  { marginMm, geometry }: { readonly marginMm: number; readonly geometry: Geometry },
): Uint8Array {
  const [, rows, columns] = mask.shape;
  const labels = mask.labels.subarray(z * rows * columns, (z + 1) * rows * columns);
  if (marginMm === 0) return labels;
  const inside = new Uint8Array(rows * columns);
  const lungs = maskOfBytes(labels, [1, rows, columns]);
  writeInto(inside, dilate(lungs, discOf(marginMm, geometry.spacingMm)), 1);
  return inside;
}
