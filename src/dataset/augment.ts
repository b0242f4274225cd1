import type { Random } from "../base/random.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";

/** Which part of a prepared slice the network sees. */
export interface View {
  /** Of the crop's first row and column. */
  readonly top: number;
  readonly left: number;
  /** Whether left and right are exchanged. */
  readonly isFlipped: boolean;
}

type Sizes = Pick<SliceRecipe, "storedPx" | "inputPx">;

/** The middle of the slice, as every slice is seen in validation, test and diagnosis. */
export function centreView({ storedPx, inputPx }: Sizes): View {
  const edge = Math.floor((storedPx - inputPx) / 2);
  return { top: edge, left: edge, isFlipped: false };
}

/**
 * A random crop, every position equally likely, flipped left to right with probability one half. Takes three draws.
 * @source Chen et al. 2021, "Data augmentation"; R9.
 */
export function randomView({ storedPx, inputPx }: Sizes, random: Random): View {
  const places = storedPx - inputPx + 1;
  return { top: random.integer(places), left: random.integer(places), isFlipped: random.uniform() < 0.5 };
}
