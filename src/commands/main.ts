import { InputError } from "../base/errors.ts";
import { researchUseNotice, version } from "../base/version.ts";
import { report, runVerb, type Verb } from "./verb.ts";

/** In the order of the work. Loaded when needed, so that one verb does not wait for the libraries of the others. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  phantom: async () => (await import("./phantom.ts")).phantomVerb,
  deidentify: async () => (await import("./deidentify.ts")).deidentifyVerb,
  inspect: async () => (await import("./inspect.ts")).inspectVerb,
  prepare: async () => (await import("./prepare.ts")).prepareVerb,
  audit: async () => (await import("./audit.ts")).auditVerb,
  weights: async () => (await import("./weights.ts")).weightsVerb,
  train: async () => (await import("./train.ts")).trainVerb,
  chain: async () => (await import("./chain.ts")).chainVerb,
  predict: async () => (await import("./predict.ts")).predictVerb,
  export: async () => (await import("./export.ts")).exportVerb,
  evaluate: async () => (await import("./evaluate.ts")).evaluateVerb,
  compare: async () => (await import("./compare.ts")).compareVerb,
  "check-figures": async () => (await import("./checkFigures.ts")).checkFiguresVerb,
  diagnose: async () => (await import("./diagnose.ts")).diagnoseVerb,
  follow: async () => (await import("./follow.ts")).followVerb,
  devices: async () => (await import("./devices.ts")).devicesVerb,
};

/** The command line: the first word is the verb. Ends the process with the verb's exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  process.stdout.on("error", leaveQuietly);
  const load = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (load) {
    process.exitCode = await runVerb(await load(), rest);
  } else if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`);
  } else if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(await overview());
  } else {
    const known = Object.keys(verbs).join(", ");
    process.exitCode = report(
      new InputError("VERB_UNKNOWN", `"${name}" is no verb. There are: ${known}.`),
      argv.includes("--json"),
    );
  }
}

/** A reader such as `head` may close the pipe before all is printed. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
}

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(verbs).map((load) => load()));
  const lines = loaded.map((verb) => `  ${verb.name.padEnd(14)} ${verb.description}`);
  return `groundglass ${version}: chest-CT study classifiers by deep transfer learning

USAGE
  groundglass VERB …       groundglass VERB --help shows its options and an example

VERBS, in the order of the work
${lines.join("\n")}

${researchUseNotice}
`;
}
