import { type Geometry, type Shape3, voxelMl } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import { type BitMask, countOf, emptyMask, maskOfBytes, or, sliceOf, writeInto } from "./bitMask.ts";
import { type LungQuality, lungQuality } from "./lungQuality.ts";

/** Labels of a lung mask. */
export const outsideLungs = 0;
export const rightLung = 1;
export const leftLung = 2;

/** Where the lungs are in a volume, vessels and diseased tissue of the lungs included. */
export interface LungMask {
  /** The patient's right lung, at low x. */
  readonly right: BitMask;
  /** No voxel is in both. */
  readonly left: BitMask;
  readonly shape: Shape3;
  readonly volumeMl: number;
  readonly rightMl: number;
  readonly leftMl: number;
  readonly warnings: readonly Warning[];
  /** How far the mask may be trusted, 0 to 1, and why not wholly: those of its warnings that speak against it. */
  readonly quality: LungQuality;
}

interface Placed {
  readonly shape: Shape3;
  readonly geometry: Geometry;
}

/** A LungMask of two finished sides, with its volumes counted. */
export function lungMaskOfSides(
  { right, left }: Pick<LungMask, "right" | "left">,
  { shape, geometry }: Placed,
  warnings: readonly Warning[],
): LungMask {
  const oneMl = voxelMl(geometry);
  const [rightMl, leftMl] = [countOf(right) * oneMl, countOf(left) * oneMl];
  return { right, left, shape, volumeMl: rightMl + leftMl, rightMl, leftMl, warnings, quality: lungQuality(warnings) };
}

/** The mask with the warnings that looking at it gave, and the quality that they leave. */
export function withWarnings(mask: LungMask, warnings: readonly Warning[]): LungMask {
  return { ...mask, warnings, quality: lungQuality(warnings) };
}

/** A LungMask of finished labels. labels: [z, y, x], 0 outside, 1 right lung, 2 left lung. */
export function lungMaskOf(labels: Uint8Array, volume: Placed, warnings: readonly Warning[]): LungMask {
  const side = (label: number) => maskOfBytes(labels, volume.shape, label);
  return lungMaskOfSides({ right: side(rightLung), left: side(leftLung) }, volume, warnings);
}

/** The mask of a study without lungs found. */
export function noLungs(volume: Placed, warnings: readonly Warning[] = []): LungMask {
  return lungMaskOfSides({ right: emptyMask(volume.shape), left: emptyMask(volume.shape) }, volume, warnings);
}

/** Both lungs of the volume, or of slice z. */
export function bothLungs({ right, left }: Pick<LungMask, "right" | "left">, z?: number): BitMask {
  return z === undefined ? or(right, left) : or(sliceOf(right, z), sliceOf(left, z));
}

/** 0 outside, 1 right lung, 2 left lung: of slice z, [rows, columns], or of the whole volume, [z, y, x] and a byte a voxel. */
export function labelsOf({ right, left, shape }: Pick<LungMask, "right" | "left" | "shape">, z?: number): Uint8Array {
  const labels = new Uint8Array((z === undefined ? shape[0] : 1) * shape[1] * shape[2]);
  writeInto(labels, z === undefined ? right : sliceOf(right, z), rightLung);
  writeInto(labels, z === undefined ? left : sliceOf(left, z), leftLung);
  return labels;
}

/** The area of both lungs in each slice, mm², z rising to the head. */
export function lungAreasMm2({ right, left, shape }: LungMask, geometry: Geometry): Float64Array {
  const pixelMm2 = geometry.spacingMm[1] * geometry.spacingMm[2];
  return Float64Array.from({ length: shape[0] }, (_, z) => (countOf(right, z) + countOf(left, z)) * pixelMm2);
}
