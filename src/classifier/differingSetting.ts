import { portableRecipe } from "../slices/recipeFiles.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";

/** The first setting in which two recipes differ, with both values as JSON; null where slices are prepared alike. */
export function differingSetting(
  one: SliceRecipe,
  other: SliceRecipe,
): { readonly name: string; readonly ours: string; readonly theirs: string } | null {
  const [ours, theirs] = [settingsOf(portableRecipe(one)), settingsOf(portableRecipe(other))];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const name = names.find((key) => key !== "preset" && ours.get(key) !== theirs.get(key));
  return name === undefined ? null : { name, ours: ours.get(name) ?? "unset", theirs: theirs.get(name) ?? "unset" };
}

/** The recipe's settings by their path, as JSON. */
function settingsOf(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...settingsOf(inner, path === "" ? key : `${path}.${key}`)]),
  );
}
