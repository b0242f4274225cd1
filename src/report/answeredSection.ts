import type { Answered } from "../evaluation/answered.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { percent } from "./words.ts";

/** How many studies are answered for, and accuracy against the share answered. */
export function answeredSection({ share, accuracy, accuracyOfRefused, reasons, curves }: Answered): Html {
  const told = reasons.map(({ code, studies }) => `${code} ${studies}`).join(", ");
  const [first] = curves;
  return html`<p>The classifier may say “not analysable” instead of a finding. The other tables count all studies, by the finding that it would have given.</p>
${reportTable({
  name: "answered",
  caption: `Studies that are answered for, and those that are not${told === "" ? "" : ` (${told})`}`,
  columns: ["Studies", "Share", "Overall accuracy"],
  rows: [
    ["Answered", valueCell(share), valueCell(accuracy)],
    ["Not analysable", percent(1 - (share.value ?? 0)), valueCell(accuracyOfRefused)],
  ],
})}
${reportTable({
  name: "answered-curve",
  caption:
    "Overall accuracy against the share answered, where the studies most unlike the training, or the least sure, are left out first",
  columns: ["Share answered", ...curves.map(({ by }) => (by === "novelty" ? "Least unlike first" : "Surest first"))],
  rows: first.points.map((point, i) => [
    percent(point.share, 0),
    ...curves.map(({ points }) => valueCell(points[i].accuracy)),
  ]),
})}
<p class="note">The limit was set on validation; these rows choose nothing. A threshold taken from them would have to be checked on other studies.</p>`;
}
