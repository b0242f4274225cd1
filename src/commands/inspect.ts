import { join } from "node:path";
import { researchUseNotice } from "../base/version.ts";
import { resolveRecipe } from "../dataset/resolveRecipe.ts";
import { inspectData } from "../report/inspection/inspectData.ts";
import { inspectionTable } from "../report/inspection/inspectionTable.ts";
import { withDescribedModel } from "../slices/recipeFiles.ts";
import { intakeArgs, readIntakeOptions } from "./intakeOptions.ts";
import { readRecipeOverrides } from "./recipeOptions.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const inspectVerb = defineVerb({
  name: "inspect",
  description: "See what lies under a folder: every study, its warnings, its lungs in pictures",
  examples: [
    "groundglass inspect data -o inspection",
    "groundglass inspect data --study patient-07 --stages --slice 80 -o inspection",
    "groundglass inspect dataset -o inspection",
  ],
  args: {
    data: {
      type: "positional",
      required: true,
      description: "Folder of studies of any nesting, one study, a zip, a NIfTI file, or a data set of prepare",
      valueHint: "DATA",
    },
    out: { type: "string", alias: "o", description: "Folder for the page and inspection.json", valueHint: "OUT" },
    study: { type: "string", description: "Only these studies: paths below DATA, or UIDs", valueHint: "A,B" },
    series: { type: "string", description: "Series Instance UID to read, instead of choosing one", valueHint: "UID" },
    preset: {
      type: "string",
      description: "Whose lungs are outlined: default or chen2021 (default); with --stages both, unless given",
      valueHint: "NAME",
    },
    recipe: {
      type: "string",
      description: "YAML or JSON file with settings of the recipe to change; see docs/recipe.md",
      valueHint: "FILE",
    },
    "skip-lungs": { type: "boolean", description: "Leave the lungs out; much faster" },
    stages: { type: "boolean", description: "Also draw the stages of lung isolation on a slice of each study" },
    slice: {
      type: "string",
      description: "The slice of --stages, from 0 at the feet (the one with the most lung)",
      valueHint: "N",
    },
    pictures: { type: "string", description: "At most so many studies in pictures (60)", valueHint: "N" },
    ...intakeArgs,
  },
  async run(args, progress) {
    const overrides = await readRecipeOverrides({ file: args.recipe });
    const recipe = await withDescribedModel(resolveRecipe(args.preset, overrides));
    const bothPresets = args.preset === undefined && args.recipe === undefined;
    const inspection = await inspectData(args.data, {
      out: args.out,
      studies: args.study?.split(",").map((name) => name.trim()),
      seriesUid: args.series,
      recipe: args["skip-lungs"] ? { ...recipe, lungs: { method: "none" } } : recipe,
      intake: await readIntakeOptions(args),
      stages: args.stages
        ? {
            sliceIndex: numberOption("slice", args.slice, { min: 0 }),
            recipes: bothPresets ? [resolveRecipe("chen2021"), recipe] : [recipe],
          }
        : undefined,
      pictured: numberOption("pictures", args.pictures, { min: 0, max: 1000 }),
      progress,
    });
    const { studies } = inspection;
    const bad = studies.filter(({ error }) => error !== null);
    const lines = [
      inspectionTable(inspection),
      "",
      ...bad.map(({ path, error }) => `cannot be read: ${path}: ${error?.code}: ${error?.message}`),
      ...inspection.warnings.map((warning) => `warning: ${warning.code}: ${warning.message}`),
      `${studies.length} ${studies.length === 1 ? "study" : "studies"}, ${bad.length} of which cannot be read.`,
      ...(args.out === undefined ? [] : [`Open ${join(args.out, "inspection.html")}`]),
      researchUseNotice,
    ];
    return { text: lines.join("\n"), json: inspection };
  },
});
