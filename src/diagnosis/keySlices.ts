import type { DiagnosedSlice } from "./diagnosis.ts";

/**
 * The slices that show a class best: the most probable ones, kept apart so that neighbours do not fill all places; from
 * the head to the feet. slices: in the order of the study; index: of the class.
 */
export function chooseKeySlices(slices: readonly DiagnosedSlice[], index: number, most = 6): DiagnosedSlice[] {
  const ranked = slices
    .map((slice, place) => ({ slice, place }))
    .sort((a, b) => b.slice.probabilities[index] - a.slice.probabilities[index] || a.place - b.place);
  const chosen: typeof ranked = [];
  // Half of the room that each would have if all stood evenly.
  const apart = Math.max(1, Math.floor(slices.length / most / 2));
  for (const candidate of ranked) {
    if (chosen.length === most) break;
    if (chosen.every(({ place }) => Math.abs(place - candidate.place) >= apart)) chosen.push(candidate);
  }
  return chosen.sort((a, b) => b.place - a.place).map(({ slice }) => slice);
}
