import { join } from "node:path";
import { auditBeforeTraining } from "../audit/auditBeforeTraining.ts";
import { InputError } from "../base/errors.ts";
import { trainClassifier } from "../classifier/trainClassifier.ts";
import { type PlanSummary, trainPlan } from "../classifier/trainPlan.ts";
import { resolveStarts } from "../network/weights/resolvePretrained.ts";
import { studyRuleKinds } from "../prediction/studyRule.ts";
import { defineVerb, numberOption, type Outcome } from "./verb.ts";
import { userWeightsFolder } from "./weights.ts";

export const trainVerb = defineVerb({
  name: "train",
  description: "Train a classifier; the same command resumes a run that was stopped",
  examples: [
    "groundglass train dataset -o run",
    "groundglass train dataset -o plan --cross-validate --network resnet18,resnet50 --seeds 1,2,3",
    "groundglass train dataset -o run --preset chen2021 --network resnet50 --pretrained imagenet",
  ],
  args: {
    dataset: { type: "positional", required: true, description: "Folder that prepare made", valueHint: "DATASET" },
    out: { type: "string", alias: "o", required: true, description: "Folder for the run", valueHint: "RUN" },
    preset: {
      type: "string",
      description: "Training settings: default, chen2021 or chen2021-manifestation",
      valueHint: "NAME",
    },
    network: { type: "string", description: "resnet18, resnet50, or both with a comma (resnet18)", valueHint: "NAME" },
    pretrained: {
      type: "string",
      description:
        "Weights to start from: a file (safetensors, PyTorch, ONNX) or a name (imagenet; see groundglass weights); in a plan a list of none and NETWORK=FILE",
      valueHint: "FILE|NAME",
    },
    epochs: { type: "string", description: "Passes over the training set", valueHint: "N" },
    batch: { type: "string", description: "Images in a step (32)", valueHint: "N" },
    "learning-rate": { type: "string", description: "Adam's learning rate", valueHint: "RATE" },
    "head-learning-rate": {
      type: "string",
      description: "Learning rate of the fully connected layer, if another",
      valueHint: "RATE",
    },
    schedule: {
      type: "string",
      description: "Learning rate over the steps: constant or cosine (preset default: cosine)",
      valueHint: "NAME",
    },
    "class-weights": {
      type: "string",
      description: "Classes in the loss: none or balanced (preset default: balanced)",
      valueHint: "NAME",
    },
    "slices-per-study": {
      type: "string",
      description: "Slices drawn of each study in an epoch, at most",
      valueHint: "N",
    },
    threshold: {
      type: "string",
      description: "The fraction rule's threshold, instead of choosing it on validation",
      valueHint: "SHARE",
    },
    "study-rule": {
      type: "string",
      description: `How images make a study's finding: auto, ${studyRuleKinds.join(", ")} (preset default: auto)`,
      valueHint: "KIND",
    },
    calibration: {
      type: "string",
      description: "Of the probabilities, fitted on validation: temperature, isotonic or none",
      valueHint: "KIND",
    },
    "operating-point": {
      type: "string",
      description: "Chosen on validation: sensitivity=S, specificity=S, youden, cost=MISS:ALARM or net-benefit=P",
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
      description:
        "Cross-validate over so many folds with disjoint test sets, 3 or more, instead of the data set's five",
      valueHint: "K",
    },
    seeds: {
      type: "string",
      description: "Train with each of these seeds: a plan of several runs",
      valueHint: "1,2,3",
    },
    seed: { type: "string", description: "The seed of weights, order and augmentation (1)", valueHint: "N" },
    "accept-audit": {
      type: "string",
      description: "Train in spite of these blocking findings of the audit; the report says so",
      valueHint: "CODE,CODE",
    },
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    const [networks, seeds] = [listOf(args.network), listOf(args.seeds)];
    const pretrained = await resolveStarts(listOf(args.pretrained) ?? [], {
      folder: userWeightsFolder(),
      networks: networks ?? ["resnet18"],
    });
    const positive = { min: 1e-12, max: 10, whole: false };
    const shared = {
      out: args.out,
      preset: args.preset,
      epochs: numberOption("epochs", args.epochs, { min: 1 }),
      batchSize: numberOption("batch", args.batch, { min: 2, max: 4096 }),
      learningRate: numberOption("learning-rate", args["learning-rate"], positive),
      headLearningRate: numberOption("head-learning-rate", args["head-learning-rate"], positive),
      schedule: args.schedule,
      classWeights: args["class-weights"],
      slicesPerStudy: numberOption("slices-per-study", args["slices-per-study"], { min: 1 }),
      threshold: numberOption("threshold", args.threshold, { min: 0, max: 1, whole: false }),
      studyRule: args["study-rule"],
      calibration: args.calibration,
      operatingPoint: args["operating-point"],
      operatingClass: args["operating-class"],
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      audit: await auditBeforeTraining(args.dataset, { accept: listOf(args["accept-audit"]), progress }),
      progress,
    };
    const fold = numberOption("fold", args.fold, { min: 0 });
    const seed = numberOption("seed", args.seed, { min: 0 });
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
    const asked = {
      ...shared,
      network: args.network,
      pretrained: pretrained.find((entry) => entry !== "none"),
      fold,
      seed,
    };
    const summary = await trainClassifier(args.dataset, asked);
    return {
      text: `Best epoch on validation: ${summary.bestEpoch}. The classifier is ${join(args.out, "classifier")}; see how good it is with: groundglass evaluate ${args.out}`,
      json: summary,
    };
  },
});

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
