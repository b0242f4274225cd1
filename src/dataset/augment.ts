import { z } from "zod";
import type { Random } from "../base/random.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { Distortion } from "./distort.ts";

/** How a slice may look another way each time that it is learned from. */
export interface AugmentationSettings {
  /** random: every position equally likely; centre: as in validation. */
  readonly crop: "random" | "centre";
  /** The share of slices whose left and right are exchanged. */
  readonly flip: number;
  /** Turned by up to so many degrees either way. */
  readonly rotationDegrees: number;
  /** Larger or smaller by up to this share. */
  readonly scale: number;
  /** Brightness and contrast more or less by up to this share. */
  readonly intensity: number;
  /** Deviation of normal noise, as a share of the whole range of grey. */
  readonly noise: number;
}

/** @source Chen et al. 2021, "Data augmentation"; R9. */
export const paperAugmentation: AugmentationSettings = {
  crop: "random",
  flip: 0.5,
  rotationDegrees: 0,
  scale: 0,
  intensity: 0,
  noise: 0,
};

/** What may be asked for by one name. */
export const augmentations: Readonly<Record<string, AugmentationSettings>> = {
  none: { ...paperAugmentation, crop: "centre", flip: 0 },
  flips: { ...paperAugmentation, crop: "centre" },
  paper: paperAugmentation,
  more: { ...paperAugmentation, rotationDegrees: 10, scale: 0.1, intensity: 0.1, noise: 0.02 },
};

export const augmentationSchema: z.ZodType<AugmentationSettings> = z.strictObject({
  crop: z.enum(["random", "centre"]),
  flip: z.number().min(0).max(1),
  rotationDegrees: z.number().min(0).max(180),
  scale: z.number().min(0).max(0.9),
  intensity: z.number().min(0).max(0.9),
  noise: z.number().min(0).max(1),
});

/** What the network sees of a prepared slice. */
export interface View {
  /** Of the crop's first row and column. */
  readonly top: number;
  readonly left: number;
  /** Whether left and right are exchanged. */
  readonly isFlipped: boolean;
  readonly distortion?: Distortion;
}

type Sizes = Pick<SliceRecipe, "storedPx" | "inputPx">;

/** The middle of the slice, as every slice is seen in validation, test and diagnosis. */
export function centreView({ storedPx, inputPx }: Sizes): View {
  const edge = Math.floor((storedPx - inputPx) / 2);
  return { top: edge, left: edge, isFlipped: false };
}

/**
 * A view drawn at random. Takes two draws for the crop where it is random, one for the flip, then one for each other setting above 0
 * (two for the intensity).
 */
export function randomView(sizes: Sizes, random: Random, settings: AugmentationSettings = paperAugmentation): View {
  const { crop, flip, rotationDegrees, scale, intensity, noise } = settings;
  const places = sizes.storedPx - sizes.inputPx + 1;
  const { top, left } =
    crop === "random" ? { top: random.integer(places), left: random.integer(places) } : centreView(sizes);
  const view = { top, left, isFlipped: random.uniform() < flip };
  const around = (middle: number, range: number) =>
    range === 0 ? middle : random.between(middle - range, middle + range);
  const distortion: Distortion = {
    rotationDegrees: around(0, rotationDegrees),
    scale: around(1, scale),
    brightness: around(1, intensity),
    contrast: around(1, intensity),
    noise: noise === 0 ? null : { deviation: noise, seed: random.integer(2 ** 32) },
  };
  return isDistorting(settings) ? { ...view, distortion } : view;
}

/** Whether each time that a slice is seen, it is one of few views: those can be kept. */
export function hasFewViews(settings: AugmentationSettings): boolean {
  return settings.crop === "centre" && !isDistorting(settings);
}

function isDistorting({ rotationDegrees, scale, intensity, noise }: AugmentationSettings): boolean {
  return [rotationDegrees, scale, intensity, noise].some((value) => value > 0);
}
