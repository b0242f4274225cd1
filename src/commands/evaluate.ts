import { join } from "node:path";
import { answerOf } from "../report/answer.ts";
import { evaluateRun } from "../report/evaluateRun.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const evaluateVerb = defineVerb({
  name: "evaluate",
  description: "Tables, figures and a report of a run on its test set",
  examples: ["groundglass evaluate run"],
  args: {
    run: { type: "positional", required: true, description: "Folder that train made", valueHint: "RUN" },
    out: { type: "string", alias: "o", description: "Folder for the evaluation (RUN/evaluation)", valueHint: "OUT" },
    resamples: { type: "string", description: "Bootstrap resamples of the subjects (2000)", valueHint: "N" },
    seed: { type: "string", description: "The seed of the resampling (1)", valueHint: "N" },
  },
  async run(args, progress) {
    const evaluation = await evaluateRun(args.run, {
      out: args.out,
      resamples: numberOption("resamples", args.resamples, { min: 100, max: 1_000_000 }),
      seed: numberOption("seed", args.seed, { min: 0 }),
      progress,
    });
    const report = join(args.out ?? join(args.run, "evaluation"), "report.html");
    const { headline, lead } = answerOf(evaluation);
    return { text: [`${headline}.`, ...lead, `Open ${report}`].join("\n"), json: evaluation };
  },
});
