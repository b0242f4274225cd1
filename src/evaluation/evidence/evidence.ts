import { z } from "zod";
import { heatMethods } from "../../prediction/heat/heatMethod.ts";
import { randomisationCheck } from "../../prediction/heat/randomisationCheck.ts";
import { heatMaps, type MappedNetwork } from "../../prediction/heatMap.ts";
import { estimateSchema } from "../../statistics/estimate.ts";
import { baselineHeats, type MeasuredSlice, measureHeat } from "./measureHeat.ts";

const measuresSchema = z.strictObject({
  shareInLungs: estimateSchema,
  pointsAtLesion: estimateSchema,
  shareOnLesions: estimateSchema,
  auc: estimateSchema,
  aucInLungs: estimateSchema,
  iou: estimateSchema,
});

export const evidenceSchema = z.strictObject({
  /** Of one slice of each study: the one that speaks most for the study's finding. */
  slices: z.int(),
  /** Whether the truth of lesions was known. */
  hasLesions: z.boolean(),
  /** The classifier's heat first, then what needs no network. */
  rows: z.array(z.strictObject({ heat: z.string(), measures: measuresSchema })).readonly(),
  /** How alike the maps stay when layers forget what they learned, the last layer first. */
  randomised: z.array(z.strictObject({ randomised: z.string(), correlation: z.number().nullable() })).readonly(),
  randomisedSlices: z.int(),
});

/** Whether heat maps lie where they should and show what was learned. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** The randomisation check makes five maps of each slice. */
const mostRandomised = 12;

/** slices: what is measured; classes: the class that each one's heat is for. */
export async function measureEvidence(
  mapped: MappedNetwork,
  slices: readonly MeasuredSlice[],
  classes: readonly number[],
  options: { readonly resamples: number; readonly seed: number; readonly threads?: number | undefined },
): Promise<Evidence> {
  const { seed, threads } = options;
  const pixels = slices.map((slice) => slice.pixels);
  const method = heatMethods.fineGradCam;
  const heats = await heatMaps(mapped, pixels, classes, { method, threads });
  const baselines = Object.entries(baselineHeats(slices, mapped.recipe.storedPx));
  const some = pixels.slice(0, mostRandomised);
  return {
    slices: slices.length,
    hasLesions: slices.some(({ lesions }) => lesions !== null),
    rows: [["heat map", heats] as const, ...baselines].map(([heat, maps]) => ({
      heat,
      measures: measureHeat(slices, maps, options),
    })),
    randomised: await randomisationCheck(mapped, some, classes.slice(0, some.length), { method, seed, threads }),
    randomisedSlices: some.length,
  };
}
