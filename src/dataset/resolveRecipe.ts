import { InputError } from "../base/errors.ts";
import { chen2021Lungs, defaultLungs, type LungSettings } from "../lungs/lungSettings.ts";
import { chen2021Recipe, defaultRecipe, type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";

const presets: Readonly<Record<string, SliceRecipe>> = { default: defaultRecipe, chen2021: chen2021Recipe };
const lungPresets: readonly LungSettings[] = [defaultLungs, chen2021Lungs];

/** Settings to put in the place of a preset's. Of the lungs and the intensity, single ones will do. */
export type RecipeSettings = Omit<Partial<SliceRecipe>, "lungs" | "intensity"> & {
  readonly lungs?: Partial<LungSettings> | undefined;
  readonly intensity?: Partial<SliceRecipe["intensity"]> | undefined;
};

/**
 * A preset's recipe with the user's settings in their place.
 *
 * Settings of the lungs change those of the preset; with another `method`, those that this method has by default. The same
 * goes for the intensity and its `kind`.
 * @throws InputError PRESET_UNKNOWN, RECIPE_INVALID.
 */
export function resolveRecipe(preset = "default", overrides: RecipeSettings = {}): SliceRecipe {
  const base = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (base === undefined) {
    throw new InputError(
      "PRESET_UNKNOWN",
      `There is no recipe "${preset}". Known: ${Object.keys(presets).join(", ")}.`,
    );
  }
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = sliceRecipeSchema.safeParse({
    ...base,
    ...given,
    lungs: merged([base.lungs, ...lungPresets], overrides.lungs, "method"),
    intensity: merged([base.intensity], overrides.intensity, "kind"),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputError(
    "RECIPE_INVALID",
    `Recipe: ${issue?.path.join(".") || "settings"}: ${issue?.message}. See docs/recipe.md.`,
  );
}

/** What is given over the first of the known settings that has its tag, or over the very first if it has none. */
function merged(known: readonly object[], given: unknown, tag: string): unknown {
  const [first] = known;
  if (given === undefined) return first;
  if (typeof given !== "object" || given === null) return given; // refused by the schema, with its place
  const own: unknown = Reflect.get(given, tag);
  const under = own === undefined ? first : known.find((settings) => Reflect.get(settings, tag) === own);
  return { ...under, ...given };
}
