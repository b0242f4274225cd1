import type { ChainLink } from "./chain.ts";

/** On what a stage runs, as a sentence. */
export function conditionWords({ when }: Pick<ChainLink, "when">): string {
  if (when === null) return "Runs on every study.";
  const { stage, finding, slices } = when;
  const studies =
    finding === null ? `studies that ${stage} looked at` : `studies that ${stage} found to be ${finding.join(" or ")}`;
  if (slices === "all") return `Runs on all slices of ${studies}.`;
  if (slices === "carried") return `Runs on the slices that ${stage} called its finding, of ${studies}.`;
  return `Runs on the slices that ${stage} called ${slices.join(" or ")}, of ${studies}.`;
}
