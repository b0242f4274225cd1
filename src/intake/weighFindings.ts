import { InputError } from "../base/errors.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

/**
 * The warnings about a study that are left under the settings: those to be ignored are gone.
 * @throws InputError with the code of the first warning that the settings refuse.
 */
export function weighFindings(warnings: readonly Warning[], findings: IntakeSettings["findings"] = {}): Warning[] {
  const weightOf = ({ code }: Warning) => (findings as Readonly<Record<string, string>>)[code] ?? "warn";
  const refused = warnings.find((warning) => weightOf(warning) === "refuse");
  if (refused) {
    throw new InputError(
      refused.code,
      `${refused.message} The settings refuse such a study: intake.findings.${refused.code}.`,
    );
  }
  return warnings.filter((warning) => weightOf(warning) !== "ignore");
}
