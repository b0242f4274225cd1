import { type HeatAgainst, heatAgainst } from "../../prediction/heat/heatAgainst.ts";
import { bootstrapEstimate, type Estimate } from "../../statistics/estimate.ts";
import { resampleSubjects } from "../../statistics/resampling.ts";
import { ratioStatistic } from "../../statistics/statistic.ts";

/** A slice whose heat is measured, each mask [storedPx, storedPx]. */
export interface MeasuredSlice {
  readonly subjectId: string;
  readonly pixels: Uint8Array;
  readonly lungs: Uint8Array | null;
  /** null where the truth is not known. */
  readonly lesions: Uint8Array | null;
}

/** How well heat lies on lungs and lesions: means over slices, with intervals that resample subjects. */
export interface HeatMeasures {
  /** Share of the heat in the lungs. */
  readonly shareInLungs: Estimate;
  /** The pointing game: the hottest place lies on a lesion. */
  readonly pointsAtLesion: Estimate;
  /** Share of the heat on lesions. */
  readonly shareOnLesions: Estimate;
  /** Chance that a place on a lesion is hotter than one off it, over the whole slice and within the lungs. */
  readonly auc: Estimate;
  readonly aucInLungs: Estimate;
  /** Overlap of the lesions with the hottest places, as many as they have. */
  readonly iou: Estimate;
}

/** Fewer pixels of lesion than this are no aim. */
const leastLesionPx = 20;

/** heats: of each slice, as heatMaps gives them. */
export function measureHeat(
  slices: readonly MeasuredSlice[],
  heats: readonly Float32Array[],
  { resamples, seed }: { readonly resamples: number; readonly seed: number },
): HeatMeasures {
  const subjects = [...new Set(slices.map(({ subjectId }) => subjectId))];
  const resampling = resampleSubjects(subjects.length, { resamples, seed });
  const meanOf = (values: readonly (number | null)[], absent: string): Estimate => {
    const sums = new Float64Array(subjects.length);
    const counts = new Float64Array(subjects.length);
    for (const [i, value] of values.entries()) {
      if (value === null) continue;
      const subject = subjects.indexOf(slices[i].subjectId);
      sums[subject] += value;
      counts[subject]++;
    }
    const n = counts.reduce((sum, one) => sum + one, 0);
    return bootstrapEstimate(ratioStatistic(sums, counts), { n, resampling, absent });
  };
  const onLungs = slices.map(({ lungs }, i) => (lungs === null ? null : against(heats[i], lungs)));
  const onLesions = slices.map(({ lesions }, i) => (isAim(lesions) ? against(heats[i], lesions) : null));
  const within = slices.map(({ lungs, lesions }, i) => {
    if (lungs === null || !isAim(lesions)) return null;
    const inside = lesions.map((isLesion, p) => isLesion & lungs[p]);
    return against(heats[i], inside, lungs);
  });
  const noLesions = "no slice has a known lesion";
  return {
    shareInLungs: meanOf(pick(onLungs, "energy"), "lungs were not isolated"),
    pointsAtLesion: meanOf(
      onLesions.map((one) => (one?.isPointedAt == null ? null : Number(one.isPointedAt))),
      noLesions,
    ),
    shareOnLesions: meanOf(pick(onLesions, "energy"), noLesions),
    auc: meanOf(pick(onLesions, "auc"), noLesions),
    aucInLungs: meanOf(pick(within, "auc"), noLesions),
    iou: meanOf(pick(onLesions, "iou"), noLesions),
  };
}

/** What heat is compared with: what needs no network. Each [px, px], of each slice. */
export function baselineHeats(slices: readonly MeasuredSlice[], px: number): Readonly<Record<string, Float32Array[]>> {
  const middle = (px - 1) / 2;
  const blob = Float32Array.from({ length: px * px }, (_, p) => {
    const [y, x] = [Math.floor(p / px) - middle, (p % px) - middle];
    return Math.exp(-(x * x + y * y) / (2 * (px / 4) ** 2));
  });
  return {
    "blob in the centre": slices.map(() => blob),
    "lung mask": slices.map(({ lungs }) => Float32Array.from(lungs ?? new Uint8Array(px * px))),
    "grey within the lungs": slices.map(({ lungs, pixels }) =>
      Float32Array.from(pixels, (v, p) => v * (lungs?.[p] ?? 1)),
    ),
  };
}

function isAim(lesions: Uint8Array | null): lesions is Uint8Array {
  return lesions !== null && lesions.reduce((sum, one) => sum + one, 0) >= leastLesionPx;
}

/** null where the part is nothing or everything. */
function against(heat: Float32Array, part: Uint8Array, field?: Uint8Array): HeatAgainst | null {
  const size = part.reduce((sum, one) => sum + one, 0);
  const all = field === undefined ? part.length : field.reduce((sum, one) => sum + one, 0);
  return size === 0 || size === all ? null : heatAgainst(heat, part, field);
}

function pick(rows: readonly (HeatAgainst | null)[], name: "energy" | "auc" | "iou"): (number | null)[] {
  return rows.map((row) => row?.[name] ?? null);
}
