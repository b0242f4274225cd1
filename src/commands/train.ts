import { join } from "node:path";
import { auditBeforeTraining } from "../audit/auditBeforeTraining.ts";
import { InputError } from "../base/errors.ts";
import { writeFileWhole } from "../base/files.ts";
import type { Progress } from "../base/progress.ts";
import { type RehearsalOptions, rehearseProfile, rehearseRates } from "../classifier/rehearse.ts";
import { trainClassifier } from "../classifier/trainClassifier.ts";
import { type PlanSummary, trainPlan } from "../classifier/trainPlan.ts";
import { resolveStarts } from "../network/weights/resolvePretrained.ts";
import { studyRuleKinds } from "../prediction/studyRule.ts";
import { standaloneSvg, toCsv } from "../report/figures/figure.ts";
import { rateFigure } from "../report/figures/rateFigure.ts";
import { chooseDevice } from "../runtime/findDevices.ts";
import { deviceArg } from "./devices.ts";
import { trainingOptionsOf, trainOptionArgs, trainOptionGroups } from "./trainOptions.ts";
import { defineVerb, numberOption, type Outcome } from "./verb.ts";
import { userWeightsFolder } from "./weights.ts";

export const trainVerb = defineVerb({
  name: "train",
  description: "Train a classifier; the same command resumes a run that was stopped",
  examples: [
    "groundglass train dataset -o run",
    "groundglass train dataset -o plan --cross-validate --network resnet18,resnet50 --seeds 1,2,3",
    "groundglass train dataset -o run --preset chen2021 --network resnet50 --pretrained imagenet",
    "groundglass train dataset -o probe --pretrained imagenet --train head --augment flips",
    "groundglass train dataset -o run --find-lr",
  ],
  args: {
    dataset: { type: "positional", required: true, description: "Folder that prepare made", valueHint: "DATASET" },
    out: { type: "string", alias: "o", required: true, description: "Folder for the run", valueHint: "RUN" },
    ...trainOptionArgs,
    threshold: {
      type: "string",
      description: "The fraction rule's threshold (chosen on validation)",
      valueHint: "SHARE",
    },
    "study-rule": {
      type: "string",
      description: `How images make a study's finding: auto, ${studyRuleKinds.join(", ")} (auto; presets chen2021: fraction)`,
      valueHint: "KIND",
    },
    "study-head": {
      type: "string",
      description: "attention: learn from studies' labels which slices matter, instead of a study rule (none)",
      valueHint: "KIND",
    },
    calibration: {
      type: "string",
      description:
        "Of the probabilities, fitted on validation: temperature, isotonic or none (temperature; presets chen2021: none)",
      valueHint: "KIND",
    },
    "operating-point": {
      type: "string",
      description:
        "Chosen on validation: sensitivity=S, specificity=S, youden, cost=MISS:ALARM or net-benefit=P (none)",
      valueHint: "AIM",
    },
    "operating-class": {
      type: "string",
      description: "The class that the operating point is for, against the rest (the first)",
      valueHint: "CLASS",
    },
    fold: { type: "string", description: "Which of the five folds, from 0 (0)", valueHint: "N" },
    "cross-validate": { type: "boolean", description: "Train on every fold of the data set: a plan of several runs" },
    folds: {
      type: "string",
      description: "Cross-validate over so many folds with disjoint test sets, 3 or more (the data set's own five)",
      valueHint: "K",
    },
    seeds: {
      type: "string",
      description: "Train with each of these seeds: a plan of several runs (--seed alone)",
      valueHint: "1,2,3",
    },
    seed: { type: "string", description: "The seed of weights, order and augmentation (1)", valueHint: "N" },
    "accept-audit": {
      type: "string",
      description: "Train in spite of these blocking findings of the audit; the report says so (none)",
      valueHint: "CODE,CODE",
    },
    "find-lr": {
      type: "boolean",
      description: "Only try learning rates: suggests one, leaves its curve as RUN/find-lr.csv and .svg",
    },
    profile: {
      type: "boolean",
      description: "Only time some steps: where the time goes, by kind of work; leaves RUN/profile.csv",
    },
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
    device: deviceArg,
  },
  groups: trainOptionGroups,
  async run(args, progress) {
    const [networks, seeds] = [listOf(args.network), listOf(args.seeds)];
    const pretrained = await resolveStarts(listOf(args.pretrained) ?? [], {
      folder: userWeightsFolder(),
      networks: networks ?? ["resnet18"],
    });
    const asked = {
      ...trainingOptionsOf(args),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
    };
    const fold = numberOption("fold", args.fold, { min: 0 });
    const seed = numberOption("seed", args.seed, { min: 0 });
    const device = await chooseDevice(args.device);
    const one = { network: args.network, pretrained: pretrained.find((entry) => entry !== "none"), fold, seed };
    if (args["find-lr"] === true) return findRate(args, { ...asked, ...one, device }, progress);
    if (args.profile === true) return profile(args, { ...asked, ...one, device }, progress);
    const shared = {
      ...asked,
      out: args.out,
      device,
      threshold: numberOption("threshold", args.threshold, { min: 0, max: 1, whole: false }),
      studyRule: args["study-rule"],
      studyHead: args["study-head"],
      calibration: args.calibration,
      operatingPoint: args["operating-point"],
      operatingClass: args["operating-class"],
      audit: await auditBeforeTraining(args.dataset, { accept: listOf(args["accept-audit"]), progress }),
      progress,
    };
    const folds = numberOption("folds", args.folds, { min: 3, max: 100 });
    const isPlan = args["cross-validate"] === true || folds !== undefined || seeds !== undefined;
    if (isPlan || (networks?.length ?? 1) > 1 || pretrained.length > 1) {
      refuseOne("fold", args.fold);
      if (seeds !== undefined) refuseOne("seed", args.seed);
      const summary = await trainPlan(args.dataset, {
        ...shared,
        networks,
        pretrained,
        folds: folds ?? (args["cross-validate"] === true ? "own" : "first"),
        seeds:
          seeds?.map((text) => numberOption("seeds", text, { min: 0 }) ?? 1) ??
          (seed === undefined ? undefined : [seed]),
      });
      return planOutcome(summary);
    }
    const summary = await trainClassifier(args.dataset, { ...shared, ...one });
    return {
      text: `Best epoch on validation: ${summary.bestEpoch}. The classifier is ${join(args.out, "classifier")}; see how good it is with: groundglass evaluate ${args.out}`,
      json: summary,
    };
  },
});

type Rehearsed = { readonly dataset: string; readonly out: string };

/** Tries learning rates and leaves their curve. */
async function findRate({ dataset, out }: Rehearsed, options: RehearsalOptions, progress: Progress): Promise<Outcome> {
  const { settings, ...curve } = await rehearseRates(dataset, options, progress);
  const figure = rateFigure(curve);
  const [csv, svg] = [join(out, "find-lr.csv"), join(out, "find-lr.svg")];
  await writeFileWhole(csv, figure.csv);
  await writeFileWhole(svg, standaloneSvg(figure));
  const found =
    curve.suggested === null
      ? "The loss falls at none of the rates."
      : `The loss falls fastest at a learning rate of ${curve.suggested.toPrecision(2)}; take it or less: --learning-rate ${curve.suggested.toPrecision(2)} (set now: ${settings.learningRate}).`;
  return { text: `${found} The curve: ${svg} and ${csv}.`, json: { ...curve, files: [csv, svg] } };
}

/** Times some steps and leaves a table. */
async function profile({ dataset, out }: Rehearsed, options: RehearsalOptions, progress: Progress): Promise<Outcome> {
  const found = await rehearseProfile(dataset, options, progress);
  const { msInStep, rows, batchSize, steps } = found;
  const share = (ms: number) => `${((100 * ms) / msInStep).toFixed(1)} %`;
  const csv = join(out, "profile.csv");
  const table = rows.map((row) => [row.work, row.isNetwork ? "network" : "outside", row.calls, row.msInStep]);
  await writeFileWhole(csv, toCsv(["work", "where", "calls_in_step", "ms_in_step"], table));
  const widest = Math.max(...rows.map(({ work }) => work.length));
  const lines = rows.map(
    ({ work, calls, msInStep: ms }) =>
      `  ${work.padEnd(widest)} ${ms.toFixed(1).padStart(9)} ms ${share(ms).padStart(7)} ${calls.toFixed(0).padStart(5)} ×`,
  );
  const text = [
    `A step of ${batchSize} images takes ${msInStep.toFixed(0)} ms, ${found.imagesPerSecond.toFixed(1)} images a second (mean of ${steps} steps):`,
    ...lines,
    `Outside the network: ${(100 * found.outsideShare).toFixed(1)} %; waiting for images: ${(100 * found.waitingShare).toFixed(1)} %. The table: ${csv}.`,
  ].join("\n");
  return { text, json: { ...found, files: [csv] } };
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(",").map((part) => part.trim());
}

function refuseOne(name: string, value: string | undefined): void {
  if (value === undefined) return;
  throw new InputError("ARGUMENTS", `--${name} is for a single run, and several were asked for. Leave it out.`);
}

function planOutcome(summary: PlanSummary): Outcome {
  const { plan, results } = summary;
  const failed = results.filter((result) => result.failure !== null);
  if (failed.length > 0) {
    const listed = failed.map(({ name, failure }) => `${name}: ${failure?.code}: ${failure?.message}`);
    throw new InputError(
      "PLAN_RUNS_FAILED",
      `${failed.length} of ${results.length} runs failed, the others are finished in ${plan}/runs. ${listed.join(" ")} Mend it and run the same command again.`,
    );
  }
  return {
    text: `All ${results.length} runs are finished in ${plan}/runs; see how good they are with: groundglass compare ${plan}`,
    json: summary,
  };
}
