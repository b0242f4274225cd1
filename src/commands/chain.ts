import { auditBeforeTraining } from "../audit/auditBeforeTraining.ts";
import { trainChain } from "../chain/trainChain.ts";
import { defineVerb, numberOption } from "./verb.ts";
import { userWeightsFolder } from "./weights.ts";

export const chainVerb = defineVerb({
  name: "chain",
  description: "Train classifiers that run one after the other, and make one of them",
  examples: [
    "groundglass prepare data --labels data/labels.csv -o recognition",
    "groundglass prepare data --labels data/labels.csv --slice-labels data/slice-labels.csv --all-slices -o manifestation",
    "groundglass chain chain.yaml -o chain        # docs/chains.md has a chain.yaml",
    "groundglass evaluate chain",
    "groundglass diagnose study --classifier chain/classifier -o diagnosis",
  ],
  args: {
    file: {
      type: "positional",
      required: true,
      description: "YAML or JSON: the stages, what each is trained on and what it runs on",
      valueHint: "FILE",
    },
    out: { type: "string", alias: "o", required: true, description: "Folder for the chain", valueHint: "CHAIN" },
    fold: { type: "string", description: "Which of the five folds, from 0 (0)", valueHint: "N" },
    seed: { type: "string", description: "The seed of stages that name none (1)", valueHint: "N" },
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    const summary = await trainChain(args.file, {
      out: args.out,
      fold: numberOption("fold", args.fold, { min: 0 }),
      seed: numberOption("seed", args.seed, { min: 0 }),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      weights: userWeightsFolder(),
      audit: (dataset, accept) => auditBeforeTraining(dataset, { accept, progress }),
      progress,
    });
    const lines = summary.stages.map(({ name, classes, trained }) =>
      trained === null
        ? `${name}: ${classes.join(" / ")}, a classifier that was there`
        : `${name}: ${classes.join(" / ")}, best epoch ${trained.bestEpoch}, ${(100 * trained.validationAccuracy).toFixed(1)} % of validation images`,
    );
    const isMeasurable = summary.stages.every(({ trained }) => trained !== null);
    return {
      text: [
        ...lines,
        `The chain is ${summary.classifier}${isMeasurable ? `; see how good it is with: groundglass evaluate ${args.out}` : ""}`,
      ].join("\n"),
      json: summary,
    };
  },
});
