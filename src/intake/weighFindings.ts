import { InputError } from "../base/errors.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

/** Where nothing is set, a finding is a warning; but a series with missing slices is not read. */
const usually: IntakeSettings["findings"] = { SLICE_GAP: "refuse" };

/**
 * The findings about a study that are left as warnings under the settings: those to be ignored are gone.
 * @throws InputError with the code of the first finding that the settings refuse.
 */
export function weighFindings(warnings: readonly Warning[], findings: IntakeSettings["findings"] = {}): Warning[] {
  const weights: Readonly<Record<string, string>> = { ...usually, ...findings };
  const weightOf = ({ code }: Warning) => weights[code] ?? "warn";
  const refused = warnings.find((warning) => weightOf(warning) === "refuse");
  if (refused) {
    const { code, message } = refused;
    throw new InputError(
      code,
      `${message} The settings refuse such a study; to read it all the same, set intake.findings.${code} to "warn".`,
    );
  }
  return warnings.filter((warning) => weightOf(warning) !== "ignore");
}
