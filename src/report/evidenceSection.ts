import type { Evidence } from "../evaluation/evidence/evidence.ts";
import { type Html, html } from "./html.ts";
import { reportTable, valueCell } from "./reportTable.ts";
import { area, counted } from "./words.ts";

/** Whether heat maps lie in the lungs and on lesions, against what needs no network, and whether they show learning. */
export function evidenceSection({ slices, hasLesions, rows, randomised, randomisedSlices }: Evidence): Html {
  return html`<p>Heat maps (Grad-CAM at layer2) of ${counted(slices, "slice", "slices")}: of studies that were not called the last class, the slice that speaks most for the finding. ${hasLesions ? "The lesions are the drawn ones." : "Where disease is, is not known here; only the lungs are."}</p>
${reportTable({
  name: "evidence",
  caption: "Heat on lungs and lesions, against maps that need no network",
  columns: [
    "Map",
    "Share in the lungs",
    ...(hasLesions ? ["Hottest place on a lesion", "Share on lesions", "Area under the curve", "Overlap"] : []),
  ],
  rows: rows.map(({ heat, measures }) => [
    heat,
    valueCell(measures.shareInLungs),
    ...(hasLesions
      ? [
          valueCell(measures.pointsAtLesion),
          valueCell(measures.shareOnLesions),
          valueCell(measures.auc, "area"),
          valueCell(measures.iou, "area"),
        ]
      : []),
  ]),
})}
${reportTable({
  name: "evidence-randomised",
  caption: `Rank correlation of ${counted(randomisedSlices, "map", "maps")} with those of the same network when layers forget what they learned`,
  columns: ["Forgotten", "Correlation"],
  rows: randomised.map((row) => [row.randomised, row.correlation === null ? "–" : area(row.correlation)]),
})}
<p class="note">Maps that stay alike (near 1) when the network forgets show the image and not what was learned. That heat lies on a lesion does not show that the lesion decided.</p>`;
}
