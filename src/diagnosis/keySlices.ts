import { positionMm, type StudyImages } from "../study/volume.ts";
import type { DiagnosedSlice } from "./diagnosis.ts";

/** At most so many slices are shown. */
export const keySlicesShown = 6;

/**
 * The slices that show a class best: the most probable ones, by the attention that they get where the classifier has a study head,
 * kept apart so that neighbours do not fill all places; from the head to the feet. slices: in the order of the study; index: of the class.
 */
export function chooseKeySlices(
  slices: readonly DiagnosedSlice[],
  index: number,
  most = keySlicesShown,
): DiagnosedSlice[] {
  const ranked = slices
    .map((slice, place) => ({ slice, place, shown: slice.probabilities[index] * (slice.attention ?? 1) }))
    .sort((a, b) => b.shown - a.shown || a.place - b.place);
  const chosen: typeof ranked = [];
  // Half of the room that each would have if all stood evenly.
  const apart = Math.max(1, Math.floor(slices.length / most / 2));
  for (const candidate of ranked) {
    if (chosen.length === most) break;
    if (chosen.every(({ place }) => Math.abs(place - candidate.place) >= apart)) chosen.push(candidate);
  }
  return chosen.sort((a, b) => b.place - a.place).map(({ slice }) => slice);
}

/** Slices evenly over a study, from the head to the feet, to look at where nothing is said of them. */
export function evenSlices(images: StudyImages, most: number): DiagnosedSlice[] {
  const count = images.kind === "volume" ? images.volume.shape[0] : images.pictures.length;
  const shown = Math.min(most, count);
  return Array.from({ length: shown }, (_, i) => {
    const sliceIndex = Math.floor(((shown - i - 0.5) * count) / shown);
    return {
      sliceIndex,
      name: images.kind === "volume" ? images.volume.sliceNames[sliceIndex] : images.pictures[sliceIndex].name,
      positionMm: images.kind === "volume" ? positionMm(images.volume.geometry, [sliceIndex, 0, 0])[2] : null,
      probabilities: [],
    };
  });
}
