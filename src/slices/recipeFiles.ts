import { copyLungModel, locatedLungs, portableLungs, withLungModel } from "../lungs/learned/carryLungModel.ts";
import type { SliceRecipe } from "./sliceRecipe.ts";

/** A recipe whose lung model, where it only names the description's file, is described in it. @throws as readLungModel. */
export async function withDescribedModel(recipe: SliceRecipe): Promise<SliceRecipe> {
  return { ...recipe, lungs: await withLungModel(recipe.lungs) };
}

/** A recipe as it is written into a folder that holds its files: the same wherever the folder lies. */
export function portableRecipe(recipe: SliceRecipe): SliceRecipe {
  return { ...recipe, lungs: portableLungs(recipe.lungs) };
}

/** A recipe that was read from a folder, with whole paths of its files. */
export function locatedRecipe(recipe: SliceRecipe, folder: string): SliceRecipe {
  return { ...recipe, lungs: locatedLungs(recipe.lungs, folder) };
}

/** Copies what a recipe needs besides itself into a folder; most need nothing. @throws as copyLungModel. */
export async function copyRecipeFiles(recipe: SliceRecipe, folder: string): Promise<void> {
  await copyLungModel(recipe.lungs, folder);
}
