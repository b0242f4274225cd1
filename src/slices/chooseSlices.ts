/**
 * Indices of the slices with at least so much lung, then at most so many of them, evenly spaced from the first to the last.
 * areasMm2: null where lungs are not known, then every slice counts.
 */
export function chooseSlices(
  slices: number,
  areasMm2: Float64Array | null,
  { minLungAreaMm2, maxSlices }: { readonly minLungAreaMm2: number; readonly maxSlices: number | null },
): number[] {
  const all = Array.from({ length: slices }, (_, z) => z);
  const kept = areasMm2 === null ? all : all.filter((z) => (areasMm2[z] as number) >= minLungAreaMm2);
  if (maxSlices === null || kept.length <= maxSlices) return kept;
  if (maxSlices === 1) return [kept[(kept.length - 1) >> 1] as number];
  const step = (kept.length - 1) / (maxSlices - 1);
  return Array.from({ length: maxSlices }, (_, i) => kept[Math.round(i * step)] as number);
}
