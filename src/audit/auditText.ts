import type { Audit, Finding, Severity } from "./audit.ts";
import { attributeInWords } from "./auditWords.ts";

const headings: Readonly<Record<Severity, string>> = {
  blocking: "BLOCKS TRAINING",
  serious: "SERIOUS",
  note: "TO BE REPORTED",
};

/** An audit for a person to read: findings by severity, then what was tested. */
export function auditText(audit: Audit): string {
  const { subjects, studies, slices, findings, shortcuts, selfTests, notTested } = audit;
  const lines = [`Audited ${subjects} subjects, ${studies} studies, ${slices} slices.`];
  if (findings.length === 0) lines.push("", "Nothing was found: no subject in two sets, no shortcut beyond chance.");
  for (const severity of ["blocking", "serious", "note"] as const) {
    const own = findings.filter((one) => one.severity === severity);
    if (own.length === 0) continue;
    lines.push("", headings[severity], ...own.map(findingText));
  }
  if (shortcuts.length > 0) {
    lines.push("", "WHAT SHOULD NOT PREDICT THE LABEL, the best predictors first (area under the curve; corrected p)");
    for (const { attribute, auc, adjustedP } of shortcuts.slice(0, 8)) {
      lines.push(`  ${auc.toFixed(2)}  p ${adjustedP.toFixed(3)}  ${attributeInWords(attribute)}`);
    }
    if (shortcuts.length > 8) lines.push(`  … and ${shortcuts.length - 8} more, in audit.json`);
  }
  if (selfTests !== null) lines.push("", "SELF TESTS", ...selfTests.map(({ message }) => `  ${message}`));
  if (notTested.length > 0) lines.push("", "NOT TESTED", ...notTested.map((one) => `  ${one}`));
  return lines.join("\n");
}

/** One finding on its own lines. */
export function findingText({ code, message, act }: Finding): string {
  return `  ${code}: ${message}\n    ${act}`;
}
