import { InputError } from "../base/errors.ts";
import { refuseChain } from "../chain/chainRun.ts";
import { type PredictDatasetOptions, predictDataset } from "../classifier/predictDataset.ts";
import { chooseDevice } from "../runtime/findDevices.ts";
import { deviceArg } from "./devices.ts";
import { defineVerb, numberOption } from "./verb.ts";

const knownSubjects: Readonly<Record<string, PredictDatasetOptions["knownSubjects"]>> = {
  refuse: "refuse",
  "leave-out": "leaveOut",
  "other-people": "otherPeople",
};

export const predictVerb = defineVerb({
  name: "predict",
  description: "Ask a classifier about every case of another data set",
  examples: ["groundglass predict run dataset-b", "groundglass predict run/classifier dataset-b -o dataset-b.json"],
  args: {
    from: { type: "positional", required: true, description: "Folder of a run or of a classifier", valueHint: "RUN" },
    dataset: {
      type: "positional",
      required: true,
      description: "Folder that prepare made, with the same recipe (prepare --like RUN)",
      valueHint: "DATASET",
    },
    out: {
      type: "string",
      alias: "o",
      description: "File for the predictions (RUN/predictions/external-NAME.json)",
      valueHint: "FILE",
    },
    name: { type: "string", description: "What the set is called (the data set's folder)", valueHint: "NAME" },
    "known-subjects": {
      type: "string",
      description: "Subjects that the run was trained on: refuse, leave-out, or other-people numbered alike (refuse)",
      valueHint: "WHAT",
    },
    with: {
      type: "string",
      description: "Other runs or classifiers to ask too, and take the mean: an ensemble",
      valueHint: "RUN,…",
    },
    mirror: { type: "boolean", description: "Show every slice mirrored too and take the mean; twice the time" },
    int8: { type: "boolean", description: "Ask the network on 8-bit numbers that export --int8 made; faster" },
    device: deviceArg,
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    const known = args["known-subjects"] ?? "refuse";
    if (!Object.hasOwn(knownSubjects, known)) {
      const all = Object.keys(knownSubjects).join(", ");
      throw new InputError("OPTION_INVALID", `--known-subjects takes ${all}; "${known}" is none of them.`);
    }
    await refuseChain(args.from, "classifier");
    const { predictions, path, warnings } = await predictDataset(args.from, args.dataset, {
      out: args.out,
      name: args.name,
      knownSubjects: knownSubjects[known],
      mirror: args.mirror,
      others: args.with?.split(",").map((folder) => folder.trim()),
      int8: args.int8,
      device: await chooseDevice(args.device),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      progress,
    });
    const { studies, set, name, classifierId } = predictions;
    const slices = studies.reduce((sum, study) => sum + study.slices.length, 0);
    const asked = studies.flatMap(({ answerability }) => answerability ?? []);
    const refused = asked.filter(({ reasons }) => reasons.length > 0);
    const codes = [...new Set(refused.flatMap(({ reasons }) => reasons))].sort();
    const lines = [
      `${studies.length} studies, ${slices} slices of ${name}: what the classifier says of them is in ${path}.`,
      ...(asked.length === 0
        ? []
        : [
            `${refused.length} of them are not analysable${refused.length === 0 ? "" : ` (${codes.join(", ")})`}; the file says which.`,
          ]),
      ...warnings.map(({ code, message }) => `warning: ${code}: ${message}`),
    ];
    return {
      text: lines.join("\n"),
      json: { set, name, classifierId, studies: studies.length, notAnalysable: refused.length, slices, path, warnings },
    };
  },
});
