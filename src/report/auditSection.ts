import type { Audit, Severity } from "../audit/audit.ts";
import { attributeInWords } from "../audit/auditWords.ts";
import { plainTable } from "./evaluationSections.ts";
import { type Html, html } from "./html.ts";
import { area, pValue } from "./words.ts";

const severityWords: Readonly<Record<Severity, string>> = {
  blocking: "Blocks training",
  serious: "Serious",
  note: "To be reported",
};

const mostShortcuts = 10;

/** What the audit of the data set found. overridden: codes of blocking findings that were accepted. */
export function auditSection(audit: Audit | null, overridden: readonly string[]): Html {
  if (audit === null)
    return html`<p>The data set was not audited. groundglass audit says whether leaks or shortcuts explain these results.</p>`;
  const { findings, shortcuts, selfTests, notTested } = audit;
  return html`${
    overridden.length === 0
      ? null
      : html`<p class="notice" role="note"><strong>Trained in spite of the audit.</strong> Accepted by the user: ${overridden.join(", ")}.</p>`
  }
${
  findings.length === 0
    ? html`<p>Nothing was found: no subject in two sets, no shortcut beyond chance.</p>`
    : html`<ul>${findings.map(({ severity, message, act, code }) => html`<li><b>${severityWords[severity]}:</b> ${message} ${act} <span class="muted">(${code})</span></li>`)}</ul>`
}
${
  shortcuts.length === 0
    ? null
    : plainTable(
        "How well the label is predicted by what should not matter (area under the curve, 0.5 is chance)",
        ["What", "Class it tells best", "AUC", "P, Holm"],
        shortcuts
          .slice(0, mostShortcuts)
          .map((one) => [attributeInWords(one.attribute), one.class, area(one.auc), pValue(one.adjustedP)]),
      )
}
${
  selfTests === null
    ? null
    : plainTable(
        "Self tests on these data",
        ["Condition", "AUC", "What it says"],
        selfTests.map((one) => [one.name, area(one.auc), one.message]),
      )
}
${notTested.length === 0 ? null : html`<p class="note">Not tested: ${notTested.join("; ")}.</p>`}`;
}
