import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { researchUseNotice } from "../base/version.ts";
import { reportedStages, stageSentence } from "../report/chainSection.ts";
import { changeSentence } from "../report/changeSection.ts";
import { diagnoseStudy } from "../report/diagnoseStudy.ts";
import { chooseDevice } from "../runtime/findDevices.ts";
import { deviceArg } from "./devices.ts";
import { intakeArgs, readIntakeOptions } from "./intakeOptions.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const diagnoseVerb = defineVerb({
  name: "diagnose",
  description: "Read one study with a classifier: JSON and a page to look at",
  examples: [
    "groundglass diagnose study --classifier run/classifier -o diagnosis",
    "groundglass diagnose study --prior earlier-study --classifier run/classifier -o diagnosis",
  ],
  args: {
    study: {
      type: "positional",
      required: true,
      description: "The study: a folder, a zip, a NIfTI or picture file",
      valueHint: "STUDY",
    },
    classifier: {
      type: "string",
      required: true,
      description: "Folder of the classifier or chain",
      valueHint: "FOLDER",
    },
    out: { type: "string", alias: "o", required: true, description: "Folder for the diagnosis", valueHint: "OUT" },
    series: { type: "string", description: "Series Instance UID to read, instead of choosing one", valueHint: "UID" },
    prior: {
      type: "string",
      description: "An earlier study of the subject, or the folder of its diagnosis: says what changed since",
      valueHint: "STUDY",
    },
    days: {
      type: "string",
      description: "Days from the prior study to this one, where the files do not say when they were made",
      valueHint: "N",
    },
    "answer-anyway": {
      type: "boolean",
      description: "Give the finding of a study that is not analysable, with the reasons against it",
    },
    "skip-heat": { type: "boolean", description: "No heat maps of the slices shown" },
    mirror: { type: "boolean", description: "Show every slice mirrored too and take the mean; twice the time" },
    with: {
      type: "string",
      description: "Other classifiers to ask too, and take the mean: an ensemble",
      valueHint: "FOLDER,…",
    },
    int8: { type: "boolean", description: "Ask the network on 8-bit numbers that export --int8 made; faster" },
    ...intakeArgs,
    device: deviceArg,
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    if (args.days !== undefined && args.prior === undefined) {
      throw new InputError(
        "OPTION_INVALID",
        "--days says how long the study was made after the one of --prior; name that too.",
      );
    }
    const diagnosis = await diagnoseStudy(args.study, {
      classifier: args.classifier,
      out: args.out,
      seriesUid: args.series,
      prior: args.prior,
      daysSincePrior: numberOption("days", args.days, { min: 0, max: 36_525 }),
      answerAnyway: args["answer-anyway"],
      heat: !args["skip-heat"],
      int8: args.int8,
      mirror: args.mirror,
      others: args.with?.split(",").map((folder) => folder.trim()),
      intake: await readIntakeOptions(args),
      device: await chooseDevice(args.device),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      progress,
    });
    const lines = [
      `Finding: ${diagnosis.finding}. ${diagnosis.explanation}`,
      ...reportedStages(diagnosis).map(stageSentence),
      ...(diagnosis.change === null ? [] : [changeSentence(diagnosis.change).replaceAll("\u00a0", " ")]),
      ...(diagnosis.answerability.isAnswered ? diagnosis.answerability.reasons : []).map(
        ({ code, message }) => `not analysable, answered as asked: ${code}: ${message}`,
      ),
      ...diagnosis.warnings.map((warning) => `warning: ${warning.code}: ${warning.message}`),
      `Open ${join(args.out, "diagnosis.html")}`,
      researchUseNotice,
    ];
    return { text: lines.join("\n"), json: diagnosis };
  },
});
