import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, defineCommand, type ParsedArgs, parseArgs, renderUsage } from "citty";
import { exitCodeOf, InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { groupedUsage, type OptionGroups } from "./groupedUsage.ts";
import { progressBar } from "./progressBar.ts";

/** One verb of the command line: a door that parses, calls one function and says what came of it. */
export interface Verb<T extends ArgsDef = ArgsDef> {
  readonly name: string;
  readonly description: string;
  /** Lines of a shell, shown under --help. */
  readonly examples: readonly string[];
  readonly args: T;
  /** Of a verb with many options: those that belong together, under what they are about; the others stand last. */
  readonly groups?: OptionGroups;
  /** Whether the last positional argument may be repeated; all of them are then in `_`. */
  readonly takesMany?: boolean;
  run(args: ParsedArgs<T>, progress: Progress): Promise<Outcome>;
}

/** What a verb says when it is done. */
export interface Outcome {
  /** Printed for a person. */
  readonly text: string;
  /** Printed with --json. */
  readonly json: unknown;
}

const commonArgs = {
  json: {
    type: "boolean",
    description: "Print the result as JSON on standard output (progress stays on standard error)",
  },
  quiet: { type: "boolean", description: "No progress" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const satisfies ArgsDef;

/** Keeps the types of a verb's arguments. */
export function defineVerb<const T extends ArgsDef>(verb: Verb<T>): Verb {
  return verb as unknown as Verb;
}

/** Runs a verb with its raw arguments; returns the exit code: 0, 2 the user must act, 3 try again later, 70 our bug. */
export async function runVerb(verb: Verb, rawArgs: readonly string[]): Promise<number> {
  const isJson = rawArgs.includes("--json");
  const bar = progressBar(!rawArgs.includes("--quiet"));
  process.once("SIGINT", () => {
    bar.close();
    process.stderr.write(
      `\nStopped. What was finished is kept: run the same command again and it goes on from there.\n`,
    );
    process.exit(130);
  });
  try {
    const args = parseStrictly(verb, rawArgs);
    if (args === "help") {
      process.stdout.write(await usage(verb));
      return 0;
    }
    const outcome = await verb.run(args, bar.progress);
    bar.close();
    process.stdout.write(isJson ? `${JSON.stringify(outcome.json, null, 2)}\n` : `${outcome.text}\n`);
    return 0;
  } catch (error) {
    bar.close();
    return report(error, isJson);
  }
}

/** --help of a verb: its arguments and an example. */
export async function usage(verb: Verb): Promise<string> {
  const args = { ...verb.args, ...commonArgs };
  const meta = { name: `groundglass ${verb.name}`, description: verb.description, version };
  const text = verb.groups
    ? groupedUsage({ ...verb, args }, verb.groups, version)
    : await renderUsage(defineCommand({ meta, args }));
  const examples = verb.examples.map((line) => `  ${line}`).join("\n");
  const plain = (process.stdout.isTTY ? text : stripVTControlCharacters(text)).replace(/ +$/gm, "");
  return `${plain}\n${verb.examples.length > 1 ? "EXAMPLES" : "EXAMPLE"}\n\n${examples}\n`;
}

/** An error for people (or, with --json, for scripts) on standard error. Returns the exit code. */
export function report(error: unknown, isJson: boolean): number {
  const exitCode = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const code = exitCode === 70 ? "BUG" : (error as InputError).code;
  if (isJson) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, exitCode } })}\n`);
  } else if (exitCode === 70) {
    process.stderr.write(
      `groundglass: this is a fault of the program, not yours. Please report it with these lines:\n${error instanceof Error ? error.stack : message}\n`,
    );
  } else {
    process.stderr.write(`groundglass: ${code}: ${message}\n`);
  }
  return exitCode;
}

function parseStrictly(verb: Verb, rawArgs: readonly string[]): ParsedArgs<ArgsDef> | "help" {
  const definitions: ArgsDef = { ...verb.args, ...commonArgs };
  if (rawArgs.some((arg) => arg === "--help" || arg === "-h")) return "help";
  refuseUnknown(verb, definitions, rawArgs);
  let args: ParsedArgs<ArgsDef>;
  try {
    args = parseArgs([...rawArgs], definitions);
  } catch (error) {
    const message = (error as Error).message;
    throw new InputError("ARGUMENTS", `${message}. See groundglass ${verb.name} --help.`);
  }
  const positionals = Object.values(definitions).filter((definition) => definition.type === "positional").length;
  const extra = args._[positionals];
  if (extra === undefined || verb.takesMany === true) return args;
  throw new InputError("ARGUMENTS", `"${extra}" is one argument too many. See groundglass ${verb.name} --help.`);
}

function refuseUnknown(verb: Verb, definitions: ArgsDef, rawArgs: readonly string[]): void {
  const known = new Set(
    Object.entries(definitions).flatMap(([name, { type }]) => (type === "positional" ? [] : [name])),
  );
  const seen = new Set<string>();
  for (let i = 0; i < rawArgs.length; i++) {
    const raw = rawArgs[i] as string;
    if (raw === "--") return;
    if (!raw.startsWith("-") || raw === "-") continue;
    const option = raw.replace(/^-+/, "").split("=")[0] as string;
    const isShort = !raw.startsWith("--");
    const name = isShort
      ? Object.keys(definitions).find((key) => aliasesOf(definitions, key).includes(option))
      : option;
    if (name === undefined || !known.has(name)) {
      throw new InputError(
        "OPTION_UNKNOWN",
        `${raw.split("=")[0]} is no option of "${verb.name}". See groundglass ${verb.name} --help.`,
      );
    }
    if (seen.has(name)) throw new InputError("ARGUMENTS", `--${name} is given twice.`);
    seen.add(name);
    const takesValue = definitions[name]?.type !== "boolean";
    if (!takesValue || raw.includes("=")) continue;
    const value = rawArgs[++i];
    if (value === undefined || (value.startsWith("--") && value.length > 2)) {
      throw new InputError("ARGUMENTS", `${raw} needs a value. See groundglass ${verb.name} --help.`);
    }
  }
}

function aliasesOf(definitions: ArgsDef, key: string): readonly string[] {
  const definition = definitions[key];
  const alias = definition && "alias" in definition ? definition.alias : undefined;
  return alias === undefined ? [] : [alias].flat();
}

/** An option's text as a number within bounds; undefined stays so. @throws InputError OPTION_INVALID. */
export function numberOption(
  name: string,
  text: string | undefined,
  bounds: { min?: number; max?: number; whole?: boolean } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = true } = bounds;
  if (
    text.trim() !== "" &&
    Number.isFinite(value) &&
    value >= min &&
    value <= max &&
    (!whole || Number.isInteger(value))
  ) {
    return value;
  }
  const kind = whole ? "a whole number" : "a number";
  const range = Number.isFinite(max) ? ` from ${min} to ${max}` : Number.isFinite(min) ? ` of at least ${min}` : "";
  throw new InputError("OPTION_INVALID", `--${name} takes ${kind}${range}; "${text}" is none.`);
}
