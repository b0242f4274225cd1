import { z } from "zod";
import { chen2021Lungs, defaultLungs, lungSettingsSchema } from "../lungs/lungSettings.ts";

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** Checks a recipe read from a file. */
export const sliceRecipeSchema = z
  .strictObject({
    version: z.literal(1),
    preset: z.string(),
    lungs: lungSettingsSchema,
    /** blank: what is not lung gets the lowest grey. */
    outsideLungs: z.enum(["blank", "keep"]),
    /** With "blank": this much around the lungs stays, so that the pleura does. */
    lungMarginMm: z.number().nonnegative(),
    /** The whole slice, or the square around the lungs of the whole study, the same for all slices. */
    crop: z.union([z.literal("slice"), z.strictObject({ marginMm: z.number().nonnegative() })]),
    intensity: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("window"), levelHu: z.number(), widthHu: z.number().positive() }),
      /** Each image from its own lowest to its own highest value (of the lungs, where the rest is blank). */
      z.strictObject({ kind: z.literal("minMax") }),
      /** Grey as it came; pictures only. */
      z.strictObject({ kind: z.literal("asIs") }),
    ]),
    /** Slices with less lung are left out; 0 keeps all. */
    minLungAreaMm2: z.number().nonnegative(),
    /** At most so many, evenly spaced among those kept. */
    maxSlices: z.number().int().positive().nullable(),
    /** Side of the prepared slices. */
    storedPx: z.number().int().min(8).max(1024),
    /** Side of the network's input, cropped from them. */
    inputPx: z.number().int().min(8).max(1024),
    /** Pixels go through JPEG and back; null: lossless. */
    jpegQuality: z.number().int().min(1).max(100).nullable(),
    /** Of the three equal channels, as shares of 255. */
    mean: perChannel,
    std: perChannel,
  })
  .refine((recipe) => recipe.inputPx <= recipe.storedPx, { path: ["inputPx"], message: "must not exceed storedPx" });

/**
 * Everything between Hounsfield units and the network's input. Plain JSON; it travels with the weights, so that a slice
 * is prepared for a diagnosis as it was for training.
 */
export type SliceRecipe = z.infer<typeof sliceRecipeSchema>;

const imageNet = {
  mean: [0.485, 0.456, 0.406] as [number, number, number],
  std: [0.229, 0.224, 0.225] as [number, number, number],
};

/**
 * R6 to R9 of the paper: whole slices, each normalised by its own range, through JPEG; every image of the study is kept.
 * @source Chen et al. 2021, "Data Pre-processing"
 */
export const chen2021Recipe: SliceRecipe = {
  version: 1,
  preset: "chen2021",
  lungs: chen2021Lungs,
  outsideLungs: "blank",
  lungMarginMm: 0,
  crop: "slice",
  intensity: { kind: "minMax" },
  minLungAreaMm2: 0,
  maxSlices: null,
  storedPx: 256,
  inputPx: 224,
  jpegQuality: 95,
  ...imageNet,
};

/** A fixed lung window around the lungs, without losing consolidated lung. */
export const defaultRecipe: SliceRecipe = {
  version: 1,
  preset: "default",
  lungs: defaultLungs,
  outsideLungs: "blank",
  lungMarginMm: 3,
  crop: { marginMm: 10 },
  intensity: { kind: "window", levelHu: -600, widthHu: 1500 },
  minLungAreaMm2: 1500,
  maxSlices: null,
  storedPx: 256,
  inputPx: 224,
  jpegQuality: null,
  ...imageNet,
};

/** The recipe for pictures, which have neither Hounsfield units nor geometry: they are only resized (and go through JPEG). */
export function picturesRecipe(recipe: SliceRecipe): SliceRecipe {
  return {
    ...recipe,
    lungs: { method: "none" },
    outsideLungs: "keep",
    lungMarginMm: 0,
    crop: "slice",
    intensity: recipe.intensity.kind === "minMax" ? { kind: "minMax" } : { kind: "asIs" },
    minLungAreaMm2: 0,
  };
}
