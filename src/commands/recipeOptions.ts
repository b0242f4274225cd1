import { dirname, resolve } from "node:path";
import { InputError } from "../base/errors.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { readSettingsFile } from "./settingsFile.ts";

/** The paper resizes to 256 and crops 224 of it; other sizes keep that proportion. */
const storedPerInput = 256 / 224;

/**
 * The settings of a recipe that the command line changes: those of a file, then the options.
 * Whether they fit is checked where they meet the preset's recipe.
 * @throws InputError RECIPE_INVALID if the file holds no settings.
 */
export async function readRecipeOverrides(options: {
  file?: string | undefined;
  inputPx?: number | undefined;
  maxSlices?: number | undefined;
}): Promise<Partial<SliceRecipe>> {
  const { file, inputPx, maxSlices } = options;
  return {
    ...(file === undefined ? {} : await readRecipeFile(file)),
    ...(inputPx === undefined ? {} : { inputPx, storedPx: Math.round(inputPx * storedPerInput) }),
    ...(maxSlices === undefined ? {} : { maxSlices }),
  };
}

async function readRecipeFile(path: string): Promise<Partial<SliceRecipe>> {
  const settings = await readSettingsFile(
    path,
    (what) => new InputError("RECIPE_INVALID", `${what}. Expected lines like "maxSlices: 40"; see docs/recipe.md.`),
  );
  return besideFile(settings, path);
}

/** The path of a lung model's description is relative to the file that names it. */
function besideFile(recipe: Partial<SliceRecipe>, path: string): Partial<SliceRecipe> {
  const { lungs } = recipe;
  if (lungs?.method !== "learned" || typeof lungs.model !== "string") return recipe;
  return { ...recipe, lungs: { ...lungs, model: resolve(dirname(path), lungs.model) } };
}
