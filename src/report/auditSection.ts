import type { Audit, Severity } from "../audit/audit.ts";
import { attributeInWords } from "../audit/auditWords.ts";
import { type Html, html } from "./html.ts";
import { reportTable } from "./reportTable.ts";
import { area, pValue } from "./words.ts";

const severityWords: Readonly<Record<Severity, string>> = {
  blocking: "Blocks training",
  serious: "Serious",
  note: "To be reported",
};

const mostShortcuts = 8;

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
    : reportTable({
        name: "audit-shortcuts",
        caption: "How well the label is predicted by what should not matter (area under the curve; 0.5 is chance)",
        columns: ["What", "Class it tells best", "AUC", "P, Holm", html`<span class="words">What differs</span>`],
        rows: shortcuts
          .slice(0, mostShortcuts)
          .map((one) => [
            attributeInWords(one.attribute),
            one.class,
            area(one.auc),
            pValue(one.adjustedP),
            html`<span class="words">${one.difference}</span>`,
          ]),
      })
}
${
  selfTests === null
    ? null
    : reportTable({
        name: "audit-self-tests",
        caption: "Self tests on these data",
        columns: ["Condition", "AUC", html`<span class="words">What it says</span>`],
        rows: selfTests.map((one) => [one.name, area(one.auc), html`<span class="words">${one.message}</span>`]),
      })
}
${notTested.length === 0 ? null : html`<p class="note">Not tested: ${notTested.map((one) => one.replace(/\.$/, "")).join("; ")}.</p>`}`;
}
