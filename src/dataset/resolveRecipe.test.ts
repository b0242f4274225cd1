import { expect, test } from "vitest";
import { chen2021Lungs, defaultLungs } from "../lungs/lungSettings.ts";
import { chen2021Recipe, defaultRecipe } from "../slices/sliceRecipe.ts";
import { resolveRecipe } from "./resolveRecipe.ts";

test("gives the presets as they are", () => {
  expect(resolveRecipe()).toEqual(defaultRecipe);
  expect(resolveRecipe("chen2021", { maxSlices: undefined })).toEqual(chen2021Recipe);
});

test("puts single settings of the lungs and the intensity over the preset's", () => {
  const recipe = resolveRecipe("default", { lungs: { closingMm: 5 }, intensity: { levelHu: -500 } });
  expect(recipe.lungs).toEqual({ ...defaultLungs, closingMm: 5 });
  expect(recipe.intensity).toEqual({ kind: "window", levelHu: -500, widthHu: 1500 });
});

test("puts them over the settings of another method where one is named", () => {
  const recipe = resolveRecipe("default", { lungs: { method: "chen2021", lungClosingMm: 6 } });
  expect(recipe.lungs).toEqual({ ...chen2021Lungs, lungClosingMm: 6 });
  expect(resolveRecipe("chen2021", { lungs: { method: "none" } }).lungs).toEqual({ method: "none" });
  expect(resolveRecipe("default", { intensity: { kind: "minMax" } }).intensity).toEqual({ kind: "minMax" });
});

test.each([
  [{ lungs: { lungClosingMm: 6 } }, /lungs/],
  [{ lungs: { closingMm: -1 } }, /lungs\.closingMm/],
  [{ lungs: "none" }, /lungs/],
  [{ intensity: { kind: "window", widthHu: 100 } as const }, null],
])("refuses settings that the method has not, naming their place: %j", (settings, message) => {
  const resolve = () => resolveRecipe("default", settings as object);
  if (message === null) expect(resolve().intensity).toEqual({ kind: "window", levelHu: -600, widthHu: 100 });
  else {
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ code: "RECIPE_INVALID" }));
  }
});
