import { auditDataset } from "../audit/auditDataset.ts";
import { auditText } from "../audit/auditText.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const auditVerb = defineVerb({
  name: "audit",
  description: "Look for leaks and shortcuts in a prepared data set, before any training",
  examples: ["groundglass audit dataset", "groundglass audit dataset --quick --json"],
  args: {
    dataset: { type: "positional", required: true, description: "Folder that prepare made", valueHint: "DATASET" },
    out: { type: "string", alias: "o", description: "File to write (DATASET/audit.json)", valueHint: "FILE" },
    quick: { type: "boolean", description: "Leave out the self tests with a quick model" },
    fold: { type: "string", description: "The fold whose sets count for leaks (all)", valueHint: "N" },
    seed: { type: "string", description: "The seed of folds and permutations (1)", valueHint: "N" },
  },
  async run(args, progress) {
    const audit = await auditDataset(args.dataset, {
      out: args.out,
      selfTests: args.quick !== true,
      fold: numberOption("fold", args.fold, { min: 0 }),
      seed: numberOption("seed", args.seed, { min: 0 }),
      progress,
    });
    return { text: auditText(audit), json: audit };
  },
});
