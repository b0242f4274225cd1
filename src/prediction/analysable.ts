import { z } from "zod";
import { lungQuality } from "../lungs/lungQuality.ts";
import { attributeName } from "../slices/attributeWords.ts";
import type { Warning } from "../study/warning.ts";
import { type AttributeExcess, type AttributeRange, attributeExcess } from "./novelty/attributeExcess.ts";
import type { NoveltyLimit } from "./novelty/noveltyLimit.ts";

/** What a study must be like for a classifier to answer for it; learned from the studies that it was trained on. */
export interface Analysable {
  /** Fewer slices that the network can look at are too few. */
  readonly leastSlices: number;
  /** Of the lungs' mask, 0 to 1; null where training studies had none. */
  readonly leastLungQuality: number | null;
  /** Failed checks of the images that training studies failed too, so that they are no reason. */
  readonly toleratedChecks: readonly string[];
  /** null: too few validation studies, or a network whose features are not known. */
  readonly novelty: NoveltyLimit | null;
}

export const analysableSchema: z.ZodType<Analysable> = z.strictObject({
  leastSlices: z.int().nonnegative(),
  leastLungQuality: z.number().min(0).max(1).nullable(),
  toleratedChecks: z.array(z.string()),
  novelty: z
    .strictObject({
      limit: z.number().positive(),
      askedRate: z.number().min(0).max(1),
      promisedRate: z.number().min(0).max(1),
      fittedOn: z.strictObject({ set: z.literal("validation"), subjects: z.int(), studies: z.int() }),
    })
    .nullable(),
});

/** What is asked of a study before its finding counts. */
export interface StudyTraits {
  /** How many slices the network looks at. */
  readonly slices: number;
  /** Of reading, of the lungs and of preparing. */
  readonly warnings: readonly Warning[];
  /** How far its slices lie from the training's, on average; null where it is not known. */
  readonly distance: number | null;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Whether a study was answered for, and why not. */
export interface Answerability {
  /** Empty: nothing speaks against an answer. */
  readonly reasons: readonly Warning[];
  /** How unlike the training; about 1 is usual. null where it is not known. */
  readonly novelty: number | null;
}

/**
 * Warnings after which grey is not what it stands for, or the body is not a chest: a network's word about such images is
 * about something else.
 */
const grave: ReadonlySet<string> = new Set([
  "HOUNSFIELD_OFF",
  "NOT_HOUNSFIELD",
  "NO_HOUNSFIELD_UNITS",
  "FEW_GREY_LEVELS",
  "BODY_PART",
  "SLICES_JUMP",
  "RECIPE_FOR_PICTURES",
]);

/** The part of the training studies that may share a fault before it counts as usual. */
const usualShare = 0.05;
/** A study may have this share of the fewest slices that a training study had. */
const sliceShare = 0.5;
/** No mask below this is trusted, whatever training was like; one lung only leaves it. */
const lowestQuality = 0.45;

/** What the training studies ask of a new one. */
export function fitAnalysable(
  training: readonly Pick<StudyTraits, "slices" | "warnings">[],
  { hasLungs, novelty }: { readonly hasLungs: boolean; readonly novelty: NoveltyLimit | null },
): Analysable {
  const seen = training.filter(({ slices }) => slices > 0);
  const fewest = seen.reduce((least, { slices }) => Math.min(least, slices), Number.POSITIVE_INFINITY);
  const shareWith = (code: string) =>
    seen.filter(({ warnings }) => warnings.some((warning) => warning.code === code)).length / Math.max(1, seen.length);
  const qualities = seen.map(({ warnings }) => lungQuality(warnings).score).sort((a, b) => a - b);
  return {
    leastSlices: Number.isFinite(fewest) ? Math.max(1, Math.ceil(sliceShare * fewest)) : 1,
    leastLungQuality: hasLungs
      ? Math.min(lowestQuality, qualities[Math.floor(usualShare * qualities.length)] ?? lowestQuality)
      : null,
    toleratedChecks: [...grave].filter((code) => shareWith(code) >= usualShare).sort(),
    novelty,
  };
}

/** How unlike the training a study is: its slices' distance, and more so where it was scanned unlike any. */
export function noveltyOf(distance: number, { widths }: AttributeExcess): number {
  return distance * (1 + widths);
}

/** Whether a classifier may answer for a study, and if not, why. ranges: what training's attributes spanned. */
export function answerability(
  { leastSlices, leastLungQuality, toleratedChecks, novelty: limit }: Analysable,
  study: StudyTraits,
  ranges: Readonly<Record<string, AttributeRange>>,
): Answerability {
  const reasons: Warning[] = [];
  if (study.slices < leastSlices) {
    reasons.push({
      code: "TOO_FEW_SLICES",
      message: `${study.slices === 0 ? "No slice" : `Only ${study.slices} ${study.slices === 1 ? "slice" : "slices"}`} with enough lung; at least ${leastSlices} were expected. Send the whole chest, and check on its pictures that the lungs were found.`,
    });
  }
  const failed = study.warnings.filter(({ code }) => grave.has(code) && !toleratedChecks.includes(code));
  for (const code of new Set(failed.map((warning) => warning.code))) {
    const message = failed.find((warning) => warning.code === code)?.message ?? "";
    reasons.push({
      code: "CHECK_FAILED",
      message: `A check of the images failed (${code}): ${message} Send the original series from the scanner or archive.`,
    });
  }
  const quality = lungQuality(study.warnings);
  if (leastLungQuality !== null && quality.score < leastLungQuality) {
    const codes = [...new Set(quality.reasons.map(({ code }) => code))].join(", ");
    reasons.push({
      code: "LUNGS_DOUBTFUL",
      message: `The lungs' outline is rated ${quality.score.toFixed(2)} (${codes}); at least ${leastLungQuality.toFixed(2)} was expected. Look at the outline; send the whole chest, or another series.`,
    });
  }
  const excess = attributeExcess(study.attributes, ranges);
  const novelty = study.distance === null ? null : noveltyOf(study.distance, excess);
  if (limit !== null && novelty !== null && novelty > limit.limit) reasons.push(unlikeTraining(novelty, limit, excess));
  return { reasons, novelty };
}

function unlikeTraining(novelty: number, { limit, promisedRate }: NoveltyLimit, excess: AttributeExcess): Warning {
  const scan =
    excess.attribute === null
      ? ""
      : ` Its ${attributeName(excess.attribute)} lies beyond what training spanned, by ${excess.widths.toFixed(1)} times its width.`;
  return {
    code: "UNLIKE_TRAINING",
    message: `The images are unlike those of training: ${novelty.toFixed(2)}, where ${limit.toFixed(2)} is the limit that ${(100 * promisedRate).toFixed(0)} % of usual studies exceed at most.${scan} Use a classifier trained on such studies, or prepare the study as those were.`,
  };
}
