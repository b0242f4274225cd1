import { InputError } from "../base/errors.ts";
import { preparationLike } from "../classifier/predictDataset.ts";
import { prepareDataset } from "../dataset/prepareDataset.ts";
import { intakeArgs, readIntakeOptions } from "./intakeOptions.ts";
import { readRecipeOverrides } from "./recipeOptions.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const prepareVerb = defineVerb({
  name: "prepare",
  description: "Find studies, choose series, isolate lungs, keep prepared slices",
  examples: [
    "groundglass prepare data --labels data/labels.csv -o dataset",
    "groundglass prepare handed-over.zip --labels by-uid.csv -o dataset --skip-bad",
    "groundglass prepare hospital-b --labels hospital-b/labels.csv -o dataset-b --like run",
    "groundglass prepare slices --labels slices/labels.csv --subject-column source -o dataset",
  ],
  args: {
    data: {
      type: "positional",
      required: true,
      description: "Folder of studies (DICOM, zip, NIfTI, PNG, JPG); or a zip or DICOMDIR of many",
      valueHint: "DATA",
    },
    labels: {
      type: "string",
      required: true,
      description:
        "CSV with columns path (or study_uid, or accession), label; if you like subject, study, series, split",
      valueHint: "FILE",
    },
    out: { type: "string", alias: "o", required: true, description: "Folder for the data set", valueHint: "DATASET" },
    preset: { type: "string", description: "How slices are prepared: default or chen2021", valueHint: "NAME" },
    "slice-labels": {
      type: "string",
      description: "CSV with columns study, slice, label: a label for each slice; labels: several, with ; between them",
      valueHint: "FILE",
    },
    "all-slices": {
      type: "boolean",
      description: "Keep slices and studies without a label too: they are predicted, not learned from (for a chain)",
    },
    "subject-column": { type: "string", description: "The column that names the subject (subject)", valueHint: "NAME" },
    like: {
      type: "string",
      description: "Prepare for prediction by this run or classifier: its recipe and classes, every subject tested",
      valueHint: "RUN",
    },
    classes: {
      type: "string",
      description: "The classes in the order of decision, the fallback last",
      valueHint: "A,B,C",
    },
    seed: { type: "string", description: "The seed of the splits (1)", valueHint: "N" },
    "input-px": { type: "string", description: "Rows and columns that the network sees (224)", valueHint: "PX" },
    "max-slices": { type: "string", description: "At most so many slices of a study, evenly spaced", valueHint: "N" },
    recipe: {
      type: "string",
      description: "YAML or JSON file with settings of the recipe to change",
      valueHint: "FILE",
    },
    ...intakeArgs,
    workers: { type: "string", description: "Studies prepared at a time (2)", valueHint: "N" },
    "skip-bad": {
      type: "boolean",
      description: "Leave studies that cannot be read out, and list them, instead of stopping",
    },
  },
  async run(args, progress) {
    const recipe = await readRecipeOverrides({
      file: args.recipe,
      inputPx: numberOption("input-px", args["input-px"], { min: 32, max: 1024 }),
      maxSlices: numberOption("max-slices", args["max-slices"], { min: 1 }),
    });
    const like = args.like === undefined ? undefined : await likeRun(args.like, args);
    const dataset = await prepareDataset(args.data, {
      labels: args.labels,
      out: args.out,
      preset: args.preset,
      recipe: like?.recipe ?? recipe,
      forPrediction: like !== undefined,
      intake: await readIntakeOptions(args),
      sliceLabels: args["slice-labels"],
      allSlices: args["all-slices"],
      subjectColumn: args["subject-column"],
      classes: like?.classes ?? args.classes?.split(",").map((name) => name.trim()),
      seed: numberOption("seed", args.seed, { min: 0 }),
      workers: numberOption("workers", args.workers, { min: 1, max: 64 }),
      onBadStudy: args["skip-bad"] ? "exclude" : "stop",
      progress,
    });
    const slices = dataset.cases.reduce((sum, one) => sum + one.prepared.slices, 0);
    const subjects = new Set(dataset.cases.map((one) => one.subjectId)).size;
    const lines = [
      `${dataset.cases.length} studies of ${subjects} subjects, ${slices} slices, classes ${dataset.classes.join(" / ")}: ready in ${args.out}.`,
      ...dataset.excluded.map((bad) => `left out: ${bad.path}: ${bad.code}: ${bad.message}`),
      ...warningCounts([...dataset.warnings, ...dataset.cases.flatMap((one) => one.prepared.warnings)]),
    ];
    return { text: lines.join("\n"), json: dataset };
  },
});

/** What a run or a classifier was prepared with; options that say otherwise are refused. */
function likeRun(from: string, args: Readonly<Record<string, unknown>>) {
  const other = ["preset", "recipe", "classes", "input-px", "max-slices"].find((name) => args[name] !== undefined);
  if (other === undefined) return preparationLike(from);
  throw new InputError("ARGUMENTS", `--like takes the recipe and the classes of ${from}; leave --${other} out.`);
}

function warningCounts(warnings: readonly { code: string; message: string }[]): string[] {
  const counts = new Map<string, { count: number; message: string }>();
  for (const { code, message } of warnings) {
    const seen = counts.get(code);
    counts.set(code, { count: (seen?.count ?? 0) + 1, message: seen?.message ?? message });
  }
  return [...counts].map(([code, { count, message }]) => `warning: ${code} (${count} ×), for example: ${message}`);
}
