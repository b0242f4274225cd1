import { type Html, html } from "../html.ts";
import { reportTable } from "../reportTable.ts";
import type { Checklist, FilledItem } from "./checklist.ts";
import { claim } from "./claim.ts";
import { stardAi } from "./stardAi.ts";
import { tripodAi } from "./tripodAi.ts";

/** The guidelines that the report fills, with the names of their files. */
export const reportedChecklists: readonly { readonly name: string; readonly checklist: Checklist }[] = [
  { name: "claim", checklist: claim },
  { name: "stard-ai", checklist: stardAi },
  { name: "tripod-ai", checklist: tripodAi },
];

/** A filled checklist of the report. */
export interface FilledChecklist {
  readonly name: string;
  readonly checklist: Checklist;
  readonly items: readonly FilledItem[];
}

/** Each guideline: how much is known, what the author must say, and what the run says to the rest. */
export function checklistSection(filled: readonly FilledChecklist[]): Html {
  return html`<p>What the run can answer is filled in from what was measured; the rest only the author can say. A filled item is a start, not a text for the paper. As Markdown, to work on: ${filled.map(({ name }, i) => html`${i === 0 ? "" : ", "}<a href="checklists/${name}.md">checklists/${name}.md</a>`)}.</p>
${filled.map(oneChecklist)}`;
}

function oneChecklist({ name, checklist, items }: FilledChecklist): Html {
  const missing = items.filter(({ answer }) => answer === null);
  const known = items.filter(({ answer }) => answer !== null);
  return html`<h3>${checklist.name}: ${known.length} of ${items.length} items filled</h3>
<p class="note">${checklist.source}</p>
<details class="missing"><summary>For the author: ${missing.length} items</summary>
<ul>${missing.map(({ number, topic }) => html`<li><b>${number}</b> ${topic}</li>`)}</ul></details>
<details class="filled"><summary>Filled: ${known.length} items</summary>
${reportTable({
  name: `checklist-${name}`,
  caption: `${checklist.name}, the items that the run answers`,
  columns: ["Item", "Topic", "What the run says"],
  rows: known.map(({ number, topic, answer }) => [number, topic, answer]),
  isText: true,
})}</details>`;
}

/** A filled checklist as Markdown: a table of all items, what is missing marked for the author. */
export function checklistText({ checklist, items }: FilledChecklist): string {
  const cell = (text: string) => text.replace(/[|\\<>]/g, (sign) => `\\${sign}`).replace(/\s+/g, " ");
  const missing = items.filter(({ answer }) => answer === null);
  const rows = items.map(
    ({ number, topic, answer }) => `| ${number} | ${cell(topic)} | ${cell(answer ?? forAuthor)} |`,
  );
  return `# ${checklist.name}

${checklist.source}

${items.length - missing.length} of ${items.length} items are filled with what the run knows. For the author: ${missing.map(({ number }) => number).join(", ")}.

| Item | Topic | Answer |
|---|---|---|
${rows.join("\n")}
`;
}

const forAuthor = "For the author to say.";
