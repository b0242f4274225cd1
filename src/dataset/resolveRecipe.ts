import { InputError } from "../base/errors.ts";
import { chen2021Recipe, defaultRecipe, type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";

const presets: Readonly<Record<string, SliceRecipe>> = { default: defaultRecipe, chen2021: chen2021Recipe };

/** A preset's recipe with the user's settings in their place. @throws InputError PRESET_UNKNOWN, RECIPE_INVALID. */
export function resolveRecipe(preset = "default", overrides: Partial<SliceRecipe> = {}): SliceRecipe {
  const base = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (base === undefined) {
    throw new InputError(
      "PRESET_UNKNOWN",
      `There is no recipe "${preset}". Known: ${Object.keys(presets).join(", ")}.`,
    );
  }
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = sliceRecipeSchema.safeParse({ ...base, ...given });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputError(
    "RECIPE_INVALID",
    `Recipe: ${issue?.path.join(".") || "settings"}: ${issue?.message}. See docs/recipe.md.`,
  );
}
