import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeFileWhole } from "../base/files.ts";
import { refuseChain } from "../chain/chainRun.ts";
import { readClassifier } from "../classifier/classifier.ts";
import { type EightBit, makeEightBit, readEightBit } from "../classifier/eightBit.ts";
import { portableNetwork } from "../classifier/networkModel.ts";
import { runPaths } from "../classifier/run.ts";
import { type RangeMethod, rangeMethods } from "../network/eightBit/valueHistogram.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const exportVerb = defineVerb({
  name: "export",
  description: "Give a classifier's network as an ONNX file, in float32 or on 8-bit numbers",
  examples: ["groundglass export run -o network.onnx", "groundglass export run --int8"],
  args: {
    from: { type: "positional", required: true, description: "Folder of a run or of a classifier", valueHint: "RUN" },
    out: {
      type: "string",
      alias: "o",
      description: "File for the network; without it, --int8 only makes it in RUN/classifier",
      valueHint: "FILE",
    },
    int8: {
      type: "boolean",
      description:
        "On 8-bit numbers: calibrated on training slices and compared with float32 on validation; then predict and diagnose take --int8",
    },
    dataset: { type: "string", description: "Folder of the run's data set, where it was moved", valueHint: "DATASET" },
    slices: { type: "string", description: "Training slices to calibrate on (256)", valueHint: "N" },
    calibration: {
      type: "string",
      description: `How ranges are chosen: ${rangeMethods.join(", ")} (leastError)`,
      valueHint: "METHOD",
    },
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    await refuseChain(args.from, "classifier");
    const isRun = await isThere(runPaths(args.from).runFile);
    const folder = isRun ? runPaths(args.from).classifier : args.from;
    if (!args.int8 && args.out === undefined) {
      throw new InputError("OUT_MISSING", "Where should the network go? Name a file with -o.");
    }
    const options = {
      dataset: args.dataset,
      slices: numberOption("slices", args.slices, { min: 1, max: 100_000 }),
      method: methodOf(args.calibration),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      progress,
    };
    const made = args.int8 && isRun ? await makeEightBit(args.from, options) : null;
    const { classifier } = await readClassifier(folder);
    const network = args.int8 ? await readEightBit(folder, classifier) : await portableNetwork(folder, classifier);
    if (args.out !== undefined) await writeFileWhole(args.out, network);
    const path = args.out ?? join(folder, "network-int8.onnx");
    const { length: bytes } = args.out === undefined ? await readBytes(path) : network;
    const lines = [
      `The network ${args.int8 ? "on 8-bit numbers " : ""}is in ${path} (${(bytes / 1e6).toFixed(1)} MB).`,
    ];
    return {
      text: [...lines, ...(made ? lossLines(made) : [])].join("\n"),
      json: { path, bytes, classifierId: classifier.classifierId, int8: made },
    };
  },
});

function lossLines({ calibratedOn, loss }: EightBit): string[] {
  const { float32, int8 } = loss;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const area = (auc: number | null) => (auc === null ? "none" : auc.toFixed(4));
  return [
    `Calibrated on ${calibratedOn.slices} training slices. On ${loss.slices} slices of validation ${percent(loss.sameCalls)} are called the same; probabilities differ by ${loss.meanDifference.toFixed(4)} on average, ${loss.largestDifference.toFixed(3)} at most.`,
    ...(float32 && int8
      ? [
          `Accuracy ${percent(float32.accuracy)} in float32, ${percent(int8.accuracy)} in int8; area under the ROC curve ${area(float32.auc)} and ${area(int8.auc)}.`,
        ]
      : []),
    "predict and diagnose use it with --int8.",
  ];
}

function methodOf(text: string | undefined): RangeMethod | undefined {
  const method = rangeMethods.find((name) => name === text);
  if (text === undefined || method !== undefined) return method;
  throw new InputError("OPTION_INVALID", `--calibration takes ${rangeMethods.join(", ")}; "${text}" is none of them.`);
}
