import { homedir } from "node:os";
import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { WeightsReport } from "../network/loadPretrained.ts";
import { networkNames } from "../network/networkSpec.ts";
import { addWeights } from "../network/weights/addWeights.ts";
import { checkWeights } from "../network/weights/checkWeights.ts";
import { describeReport } from "../network/weights/describeReport.ts";
import { pullWeights } from "../network/weights/pullWeights.ts";
import { type ListedWeights, listWeights, weightsFolder } from "../network/weights/weightsCache.ts";
import { defineVerb, type Outcome } from "./verb.ts";

const actions = ["list", "add", "pull", "check"] as const;

export const weightsVerb = defineVerb({
  name: "weights",
  description: "Pretrained weights: list, check, fetch published ones, keep your own",
  examples: [
    "groundglass weights list",
    "groundglass weights pull imagenet-resnet18",
    "groundglass weights check model.pth --network resnet50",
    "groundglass weights add model.pth --name our-resnet50",
  ],
  args: {
    action: {
      type: "positional",
      required: true,
      description: "list what is here and what can be pulled; pull NAME…; check FILE or NAME; add FILE",
      valueHint: actions.join("|"),
    },
    what: { type: "positional", required: false, description: "File or name, as the action needs", valueHint: "WHAT" },
    network: {
      type: "string",
      description: "check: for this network alone (every one that it fits)",
      valueHint: "NAME",
    },
    name: { type: "string", description: "add: the name to keep it under (the file's)", valueHint: "NAME" },
    link: { type: "boolean", description: "add: keep a link to the file instead of a copy" },
    source: {
      type: "string",
      description: "add: where the weights come from, to be kept with them",
      valueHint: "TEXT",
    },
    license: { type: "string", description: "add: their terms, to be kept with them", valueHint: "TEXT" },
    all: { type: "boolean", description: "check: name every array instead of the first ones" },
  },
  takesMany: true,
  async run(args, progress) {
    const folder = userWeightsFolder();
    const [action, ...what] = args._;
    if (action === "list" && what.length === 0) return list(folder);
    if (action === "pull" && what.length > 0) return pull(what, folder, progress);
    const [file] = what;
    if (file !== undefined && what.length === 1) {
      if (action === "add") return add(file, { ...args, folder });
      if (action === "check") return check(file, { ...args, folder });
    }
    throw new InputError(
      "ARGUMENTS",
      `"weights ${args._.join(" ")}" is not complete or too much: weights list, weights pull NAME…, weights check FILE, weights add FILE. See groundglass weights --help.`,
    );
  },
});

/** The folder in which this user's weights are kept. */
export function userWeightsFolder(): string {
  return weightsFolder({ env: process.env, platform: process.platform, home: homedir() });
}

async function list(folder: string): Promise<Outcome> {
  const listed = await listWeights(folder);
  const lines = listed.map(lineOf);
  return { text: [...lines, `Kept in ${folder}`].join("\n"), json: { folder, weights: listed } };
}

function lineOf({ name, networks, sizeBytes, sha256, source, license, path }: ListedWeights): string {
  const state = path === null ? "can be pulled" : "here";
  return [
    `${name}: ${networks.join(", ")}, ${(sizeBytes / 1e6).toFixed(1)} MB, ${state}`,
    `  SHA-256 ${sha256}`,
    `  ${source}. Terms: ${license}.`,
  ].join("\n");
}

async function pull(names: readonly string[], folder: string, progress: Progress): Promise<Outcome> {
  const pulled = [];
  for (const name of names) pulled.push(await pullWeights(name, { folder, progress }));
  const lines = pulled.flatMap(({ weights: { name, sha256, license }, isNew }) => [
    `${name} is ${isNew ? "here now" : "here already"} (SHA-256 ${sha256.slice(0, 12)}…, checked). Use it: --pretrained ${name}`,
    `Terms: ${license}.`,
  ]);
  return { text: lines.join("\n"), json: pulled };
}

interface WeightsArgs {
  readonly folder: string;
  readonly network?: string | undefined;
  readonly name?: string | undefined;
  readonly link?: boolean | undefined;
  readonly source?: string | undefined;
  readonly license?: string | undefined;
  readonly all?: boolean | undefined;
}

async function add(file: string, { folder, name, link, source, license }: WeightsArgs): Promise<Outcome> {
  const { weights, reports } = await addWeights(file, { folder, name, isLinked: link, source, license });
  const lines = [...reports.flatMap((report) => describeReport(report)), `Kept. Use it: --pretrained ${weights.name}`];
  return { text: lines.join("\n"), json: { weights, reports } };
}

async function check(what: string, { folder, network: asked, all = false }: WeightsArgs): Promise<Outcome> {
  const network = networkNames.find((name) => name === asked);
  if (asked !== undefined && network === undefined) {
    throw new InputError("OPTION_INVALID", `--network takes ${networkNames.join(" or ")}; "${asked}" is none.`);
  }
  const reports = await checkWeights(what, { folder, network });
  return { text: reports.flatMap((report) => linesOf(report, all)).join("\n"), json: reports };
}

function linesOf(report: WeightsReport, all: boolean): string[] {
  return [...describeReport(report, { all }), `SHA-256 ${report.sha256}, ${(report.sizeBytes / 1e6).toFixed(1)} MB`];
}
