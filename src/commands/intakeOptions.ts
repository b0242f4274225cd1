import type { ArgsDef } from "citty";
import { InputError } from "../base/errors.ts";
import { findingCodes, type IntakeSettings } from "../intake/intakeSettings.ts";
import { readSettingsFile } from "./settingsFile.ts";

/** Options of each verb that reads studies: which series, and what is refused. */
export const intakeArgs = {
  intake: {
    type: "string",
    description: "YAML or JSON file with settings of the reading to change; see docs/reading.md",
    valueHint: "FILE",
  },
  kernel: { type: "string", description: "The kernel to prefer: soft or lung (soft)", valueHint: "KIND" },
  refuse: {
    type: "string",
    description: "Findings that refuse a study, such as METAL,SLICES_JUMP",
    valueHint: "CODES",
  },
  warn: { type: "string", description: "Findings to warn of and read on, such as SLICE_GAP", valueHint: "CODES" },
  ignore: { type: "string", description: "Findings to be silent about", valueHint: "CODES" },
} as const satisfies ArgsDef;

/**
 * The settings of the reading that the command line changes: those of a file, then the options. Whether values fit is
 * checked where they are used.
 * @throws InputError SETTING_INVALID if the file holds no settings or a code is none.
 */
export async function readIntakeOptions(args: {
  readonly intake?: string | undefined;
  readonly kernel?: string | undefined;
  readonly refuse?: string | undefined;
  readonly warn?: string | undefined;
  readonly ignore?: string | undefined;
}): Promise<Partial<IntakeSettings>> {
  const file: Partial<IntakeSettings> =
    args.intake === undefined ? {} : await readSettingsFile(args.intake, noSettings);
  const findings = {
    ...file.findings,
    ...weights("refuse", args.refuse),
    ...weights("warn", args.warn),
    ...weights("ignore", args.ignore),
  };
  return {
    ...file,
    ...(args.kernel === undefined ? {} : { kernel: args.kernel as IntakeSettings["kernel"] }),
    ...(Object.keys(findings).length === 0 ? {} : { findings }),
  };
}

const noSettings = (what: string) =>
  new InputError("SETTING_INVALID", `${what}. Expected lines like "kernel: lung"; see docs/reading.md.`);

function weights(weight: "refuse" | "warn" | "ignore", codes: string | undefined): Partial<IntakeSettings["findings"]> {
  const names = codes?.split(",").map((code) => code.trim().toUpperCase()) ?? [];
  const known: readonly string[] = findingCodes;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return Object.fromEntries(names.map((name) => [name, weight]));
  throw new InputError("SETTING_INVALID", `--${weight}: "${unknown}" is no finding. There are: ${known.join(", ")}.`);
}
