import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { answerOf } from "../report/answer.ts";
import { chainHeadline } from "../report/chainPage.ts";
import { evaluateChain, isMeasuredByStage } from "../report/evaluateChain.ts";
import { evaluateRun } from "../report/evaluateRun.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const evaluateVerb = defineVerb({
  name: "evaluate",
  description: "Tables, figures and a report of a run or a chain on its test set",
  examples: [
    "groundglass evaluate run",
    "groundglass evaluate run --readers readers.csv --prevalence 0.02,0.3",
    "groundglass evaluate run --external dataset-b",
  ],
  args: {
    run: { type: "positional", required: true, description: "Folder that train or chain made", valueHint: "RUN" },
    out: { type: "string", alias: "o", description: "Folder for the evaluation (RUN/evaluation)", valueHint: "OUT" },
    readers: {
      type: "string",
      description: "Readers' calls: CSV with reader, study, call and, where known, seconds and confidence",
      valueHint: "CSV",
    },
    external: {
      type: "string",
      description: "Other data sets that predict was run on, by name or folder, separated by commas",
      valueHint: "DATASET,…",
    },
    prevalence: {
      type: "string",
      description: "Shares at which predictive values are given (0.01,0.05,0.1,0.2,0.5)",
      valueHint: "SHARE,…",
    },
    lesions: {
      type: "string",
      description: "Folder of the phantoms that were prepared: heat maps are measured on their lesions",
      valueHint: "PHANTOMS",
    },
    resamples: { type: "string", description: "Bootstrap resamples of the subjects (2000)", valueHint: "N" },
    seed: { type: "string", description: "The seed of the resampling (1)", valueHint: "N" },
    threads: {
      type: "string",
      description: "Threads; the result is the same with any number (all cores)",
      valueHint: "N",
    },
  },
  async run(args, progress) {
    const shared = {
      out: args.out,
      resamples: numberOption("resamples", args.resamples, { min: 100, max: 1_000_000 }),
      seed: numberOption("seed", args.seed, { min: 0 }),
      progress,
    };
    const report = join(args.out ?? join(args.run, "evaluation"), "report.html");
    if (await isMeasuredByStage(args.run)) {
      refuseOfOneOnly(args);
      const chain = await evaluateChain(args.run, shared);
      return { text: `${chainHeadline(chain)}.\nOpen ${report}`, json: chain };
    }
    const evaluation = await evaluateRun(args.run, {
      ...shared,
      readers: args.readers,
      external: args.external?.split(",").filter((name) => name !== ""),
      lesions: args.lesions,
      prevalences: shares(args.prevalence),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
    });
    const { headline, lead } = answerOf(evaluation);
    return { text: [`${headline}.`, ...lead, `Open ${report}`].join("\n"), json: evaluation };
  },
});

/** What only the report of a single run has. */
function refuseOfOneOnly(args: Readonly<Record<string, unknown>>): void {
  const other = ["readers", "external", "prevalence", "lesions"].find((name) => args[name] !== undefined);
  if (other === undefined) return;
  throw new InputError(
    "ARGUMENTS",
    `--${other} is for a run with one class for each image, and ${args.run} is evaluated stage by stage. Leave it out, or evaluate a stage's run by itself.`,
  );
}

function shares(text: string | undefined): number[] | undefined {
  return text?.split(",").map((part) => {
    const share = Number(part);
    if (share > 0 && share < 1) return share;
    throw new InputError(
      "OPTION_INVALID",
      `--prevalence takes shares above 0 and below 1, separated by commas; "${part}" is none.`,
    );
  });
}
