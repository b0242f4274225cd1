import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { locatedRecipe } from "../slices/recipeFiles.ts";
import { type Dataset, datasetPaths, datasetSchema } from "./dataset.ts";
import { checkSplits, type Splits, splitsSchema } from "./splits.ts";

/**
 * A prepared dataset and its splits.
 * @throws InputError DATASET_INCOMPLETE if prepare has not finished there; FILE_INVALID; SPLITS_LEAK, SPLITS_INCOMPLETE.
 */
export async function readDataset(folder: string): Promise<{ dataset: Dataset; splits: Splits }> {
  const paths = datasetPaths(folder);
  for (const path of [paths.dataset, paths.splits]) {
    if (await isThere(path)) continue;
    throw new InputError(
      "DATASET_INCOMPLETE",
      `There is no ${path}: this is no dataset, or prepare has not finished it. Run groundglass prepare (again); it goes on where it stopped.`,
    );
  }
  const dataset = await readJson(paths.dataset, datasetSchema);
  const splits = await readJson(paths.splits, splitsSchema);
  checkSplits(splits, dataset.cases);
  return { dataset: { ...dataset, recipe: locatedRecipe(dataset.recipe, folder) }, splits };
}
