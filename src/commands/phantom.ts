import { join } from "node:path";
import { drawPhantoms } from "../phantom/drawPhantoms.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const phantomVerb = defineVerb({
  name: "phantom",
  description: "Draw labelled synthetic chest-CT studies, as DICOM",
  examples: [
    "groundglass phantom phantoms --subjects 60 --seed 1",
    "groundglass phantom followed --subjects 3 --follow-up 5",
  ],
  args: {
    out: {
      type: "positional",
      required: true,
      description: "Folder for the studies, their labels and their truth",
      valueHint: "OUT",
    },
    subjects: {
      type: "string",
      description: "How many subjects, in equal shares of the three classes (60; 3 with --follow-up)",
      valueHint: "N",
    },
    "follow-up": {
      type: "string",
      description: "Studies of each subject, whose COVID-19 worsens, heals or leaves streaks, in turn",
      valueHint: "N",
    },
    spot: {
      type: "string",
      description: "Disease of one spot only, no taller than this share of the lungs",
      valueHint: "SHARE",
    },
    seed: { type: "string", description: "The seed that decides everything (1)", valueHint: "N" },
    matrix: { type: "string", description: "Rows and columns of a slice (512)", valueHint: "PX" },
    "slice-spacing": { type: "string", description: "Distance of neighbouring slices, about (5)", valueHint: "MM" },
  },
  async run(args, progress) {
    const out = args.out;
    const followUp = numberOption("follow-up", args["follow-up"], { min: 2, max: 20 });
    const set = await drawPhantoms(out, {
      subjects: numberOption("subjects", args.subjects, { min: 1, max: 100_000 }) ?? (followUp === undefined ? 60 : 3),
      seed: numberOption("seed", args.seed, { min: 0 }) ?? 1,
      matrix: numberOption("matrix", args.matrix, { min: 64, max: 1024 }),
      sliceSpacingMm: numberOption("slice-spacing", args["slice-spacing"], { min: 0.5, max: 20, whole: false }),
      followUp,
      spot: numberOption("spot", args.spot, { min: 0.005, max: 1, whole: false }),
      progress,
    });
    return {
      text: `${set.studies.length} studies of ${set.subjects} subjects are in ${out}; their labels in ${join(out, "labels.csv")}.`,
      json: set,
    };
  },
});
