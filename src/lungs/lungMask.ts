import { type Geometry, type Shape3, voxelMl } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";

/** Labels of a lung mask. */
export const outsideLungs = 0;
export const rightLung = 1;
export const leftLung = 2;

/** Where the lungs are in a volume, vessels and diseased tissue of the lungs included. */
export interface LungMask {
  /** Row-major [z, y, x] as the volume: 0 outside, 1 right lung, 2 left lung. */
  readonly labels: Uint8Array;
  readonly shape: Shape3;
  readonly volumeMl: number;
  readonly rightMl: number;
  readonly leftMl: number;
  readonly warnings: readonly Warning[];
}

/** A LungMask of finished labels, with its volumes counted. labels: [z, y, x]. */
export function lungMaskOf(
  labels: Uint8Array,
  { shape, geometry }: { readonly shape: Shape3; readonly geometry: Geometry },
  warnings: readonly Warning[],
): LungMask {
  const counts = new Int32Array(256);
  for (let i = 0; i < labels.length; i++) counts[labels[i] as number] = (counts[labels[i] as number] as number) + 1;
  const right = counts[rightLung] as number;
  const left = counts[leftLung] as number;
  const oneMl = voxelMl(geometry);
  return { labels, shape, volumeMl: (right + left) * oneMl, rightMl: right * oneMl, leftMl: left * oneMl, warnings };
}

/** The area of both lungs in each slice, mm², z rising to the head. */
export function lungAreasMm2(mask: LungMask, geometry: Geometry): Float64Array {
  const [slices, rows, columns] = mask.shape;
  const pixels = rows * columns;
  const pixelMm2 = geometry.spacingMm[1] * geometry.spacingMm[2];
  const areas = new Float64Array(slices);
  for (let z = 0; z < slices; z++) {
    let count = 0;
    for (let i = z * pixels; i < (z + 1) * pixels; i++) if (mask.labels[i] !== outsideLungs) count++;
    areas[z] = count * pixelMm2;
  }
  return areas;
}
