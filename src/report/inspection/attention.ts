import type { InspectedStudy } from "./inspection.ts";

/** What is worth knowing, but nothing that eyes could settle. */
const forTheRecord: ReadonlySet<string> = new Set([
  "NO_HOUNSFIELD_UNITS",
  "OTHER_STUDIES",
  "FILES_IGNORED",
  "LINKS_NOT_FOLLOWED",
  "ACQUISITIONS_JOINED",
  "DUPLICATE_SLICES",
  "KERNELS_SEVERAL",
  "CONTRAST_MEDIUM",
]);

/** What may make a study useless: wrong scale, wrong place, missing parts, lungs not found. */
const mayBeUseless: ReadonlySet<string> = new Set([
  "NO_LUNGS_FOUND",
  "ONE_LUNG_ONLY",
  "LUNGS_CUT_OFF",
  "LUNG_VOLUME_UNUSUAL",
  "HOUNSFIELD_OFF",
  "NOT_HOUNSFIELD",
  "SLICE_GAP",
  "SLICES_JUMP",
  "BODY_PART",
]);

const ofAnError = 1000;
const goodQuality = 0.9;

/**
 * How much a study needs eyes: most where it cannot be read; then 10 for each warning that may make it useless, 1 for other
 * warnings, and up to 10 for lungs of low quality.
 */
export function attentionTo({ error, warnings, lungs }: Pick<InspectedStudy, "error" | "warnings" | "lungs">): number {
  if (error !== null) return ofAnError;
  const weights = warnings.map(({ code }) => (mayBeUseless.has(code) ? 10 : forTheRecord.has(code) ? 0 : 1));
  const { quality = null } = lungs ?? {};
  const doubt = quality === null || quality >= goodQuality ? 0 : 10 * (1 - quality);
  return weights.reduce<number>((sum, weight) => sum + weight, 0) + doubt;
}

/** Studies that need eyes first; then by their paths. */
export function byAttention(
  a: Pick<InspectedStudy, "attention" | "path">,
  b: Pick<InspectedStudy, "attention" | "path">,
): number {
  return b.attention - a.attention || naturalOrder.compare(a.path, b.path);
}

const naturalOrder = new Intl.Collator("en", { numeric: true });
