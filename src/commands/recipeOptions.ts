import { parse } from "yaml";
import { InputError } from "../base/errors.ts";
import { readText } from "../base/files.ts";
import { type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";

/** The paper resizes to 256 and crops 224 of it; other sizes keep that proportion. */
const storedPerInput = 256 / 224;

/**
 * The settings of a recipe that the command line changes: those of a file, then the options.
 * @throws InputError RECIPE_INVALID for a setting that no recipe has or a value that does not fit.
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
  let value: unknown;
  try {
    value = parse(await readText(path));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("RECIPE_INVALID", `${path} is neither YAML nor JSON: ${(error as Error).message}`);
  }
  const parsed = sliceRecipeSchema.partial().strict().safeParse(value);
  if (parsed.success) return parsed.data as Partial<SliceRecipe>;
  const issue = parsed.error.issues[0];
  throw new InputError(
    "RECIPE_INVALID",
    `${path}: ${issue?.path.join(".") || "the file"}: ${issue?.message}. See docs/recipe.md.`,
  );
}
