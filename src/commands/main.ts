import { InputError } from "../base/errors.ts";
import { researchUseNotice, version } from "../base/version.ts";
import { diagnoseVerb } from "./diagnose.ts";
import { evaluateVerb } from "./evaluate.ts";
import { phantomVerb } from "./phantom.ts";
import { prepareVerb } from "./prepare.ts";
import { trainVerb } from "./train.ts";
import { report, runVerb, type Verb } from "./verb.ts";

const verbs: readonly Verb[] = [phantomVerb, prepareVerb, trainVerb, evaluateVerb, diagnoseVerb];

/** The command line: the first word is the verb. Ends the process with the verb's exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  const verb = verbs.find((candidate) => candidate.name === name);
  if (verb) {
    process.exitCode = await runVerb(verb, rest);
  } else if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`);
  } else if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
  } else {
    const known = verbs.map((candidate) => candidate.name).join(", ");
    process.exitCode = report(
      new InputError("VERB_UNKNOWN", `"${name}" is no verb. There are: ${known}.`),
      argv.includes("--json"),
    );
  }
}

function overview(): string {
  const lines = verbs.map((verb) => `  ${verb.name.padEnd(10)} ${verb.description}`);
  return `groundglass ${version}: chest-CT study classifiers by deep transfer learning

USAGE
  groundglass VERB …       groundglass VERB --help shows its options and an example

VERBS, in the order of the work
${lines.join("\n")}

${researchUseNotice}
`;
}
