import { InputError } from "../base/errors.ts";
import type { Comparison } from "../evaluation/comparison.ts";
import type { SliceName } from "../evaluation/sideBySide.ts";
import { compareRuns } from "../report/compareRuns.ts";
import { interval, percent, points, pValue } from "../report/words.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const compareVerb = defineVerb({
  name: "compare",
  description: "Several networks, folds and seeds on one data set: tables, tests and curves side by side",
  examples: [
    "groundglass compare p-resnet18 up-resnet18 p-resnet50 -o comparison",
    "groundglass compare plan -o comparison",
  ],
  args: {
    runs: {
      type: "positional",
      required: true,
      description: "Folders that train made, or the folder of a plan; any number",
      valueHint: "RUN…",
    },
    out: { type: "string", alias: "o", description: "Folder for the comparison (comparison)", valueHint: "OUT" },
    slices: {
      type: "string",
      description: "Images to show side by side, as case:slice, separated by commas (the hardest)",
      valueHint: "CASE:SLICE,…",
    },
    resamples: { type: "string", description: "Bootstrap resamples of the subjects (2000)", valueHint: "N" },
    seed: { type: "string", description: "The seed of the resampling (1)", valueHint: "N" },
  },
  takesMany: true,
  async run(args, progress) {
    const out = args.out ?? "comparison";
    const comparison = await compareRuns(args._, {
      out,
      slices: parseSlices(args.slices),
      resamples: numberOption("resamples", args.resamples, { min: 100, max: 1_000_000 }),
      seed: numberOption("seed", args.seed, { min: 0 }),
      progress,
    });
    return { text: [...linesOf(comparison), `Open ${out}/compare.html`].join("\n"), json: comparison };
  },
});

function parseSlices(text: string | undefined): SliceName[] | undefined {
  return text?.split(",").map((part) => {
    const found = /^(.+):(\d+)$/.exec(part.trim());
    if (found !== null) return { caseId: found[1], sliceIndex: Number(found[2]) };
    throw new InputError(
      "OPTION_INVALID",
      `--slices takes images as case:slice, such as case-0123456789ab:40; "${part}" is none.`,
    );
  });
}

function linesOf({ images, studies, chosen, set }: Comparison): string[] {
  const level = studies ?? images;
  const what = `${set} ${studies === null ? "images" : "studies"}`;
  return [
    ...level.networks.map(({ network, table: { overallAccuracy } }) =>
      overallAccuracy.value === null
        ? `${network}: ${overallAccuracy.reason}.`
        : `${network}: ${percent(overallAccuracy.value)} of ${overallAccuracy.n} ${what} right (95 % interval ${interval(overallAccuracy, "percent") ?? "none"} %).`,
    ),
    ...level.comparisons.map(({ first, second, difference, test }) =>
      difference.value === null
        ? `${first} and ${second} share no ${what}.`
        : `${first} against ${second}: ${points(difference.value)} (${interval(difference, "points") ?? "no interval"}), P ${pValue(test.adjustedP)} by McNemar's test with Holm's correction.`,
    ),
    chosen.sentence,
  ];
}
