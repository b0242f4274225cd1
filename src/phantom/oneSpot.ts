import type { Cloud, Lesion, Nodule } from "./lesions.ts";

/**
 * The first cloud alone, or where there is none the largest nodule, made no taller than this many millimetres: disease that hardly
 * any slice shows. Empty where there is no lesion.
 */
export function oneSpot(lesions: readonly Lesion[], heightMm: number): Lesion[] {
  const cloud = lesions.find((lesion): lesion is Cloud => lesion.shape === "cloud");
  if (cloud !== undefined) return [{ ...cloud, halfZMm: Math.min(cloud.halfZMm, halfOf(heightMm, cloud)) }];
  const nodules = lesions.filter((lesion): lesion is Nodule => lesion.shape === "nodule");
  const [largest] = nodules.toSorted((a, b) => b.radiusMm - a.radiusMm);
  if (largest === undefined) return [];
  return [{ ...largest, haloMm: 0, radiusMm: Math.min(largest.radiusMm, halfOf(heightMm, largest)) }];
}

/** Half of a height for a lesion whose border texture bends outwards by up to its unevenness. */
function halfOf(heightMm: number, { unevenness }: Cloud | Nodule): number {
  return heightMm / 2 / (1 + unevenness);
}
