import { bothLungs, type LungMask } from "../lungs/lungMask.ts";
import { mostProbable } from "../prediction/pooling/means.ts";
import { lungHeights } from "../scope/lungHeights.ts";
import type { DiagnosedSlice, Diagnosis } from "./diagnosis.ts";

/**
 * Which share of the lungs of each third lies in slices called each class: a slice counts by its lung, and with all of it, so these
 * shares are no shares of diseased tissue. null where no slice was seen.
 */
export function decisionsByZone(
  slices: readonly DiagnosedSlice[],
  lungAreasMm2: readonly (number | null)[],
  { mask, classes }: { readonly mask: LungMask; readonly classes: readonly string[] },
): Diagnosis["decisionsByZone"] {
  if (slices.length === 0) return null;
  const { levelOf } = lungHeights({ lungs: bothLungs(mask), shape: mask.shape });
  const sums = new Map(["all", "upper", "middle", "lower"].map((zone) => [zone, classes.map(() => 0)]));
  slices.forEach((slice, i) => {
    const third = ["lower", "middle", "upper"][Math.min(2, Math.floor(3 * levelOf(slice.sliceIndex)))] as string;
    const called = mostProbable(slice.probabilities);
    for (const zone of ["all", third]) {
      const areas = sums.get(zone) ?? [];
      areas[called] += lungAreasMm2[i] ?? 0;
    }
  });
  return (["all", "upper", "middle", "lower"] as const).map((zone) => {
    const areas = sums.get(zone) ?? [];
    const total = areas.reduce((sum, area) => sum + area, 0);
    return { zone, shares: areas.map((area) => (total === 0 ? 0 : Math.round((1e4 * area) / total) / 1e4)) };
  });
}
