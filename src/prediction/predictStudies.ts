import type { Progress } from "../base/progress.ts";
import type { Case } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { distanceFrom, type FeatureDensity } from "./novelty/featureDensity.ts";
import type { StudyPrediction } from "./predictionSet.ts";
import type { Predictor } from "./predictSlices.ts";

/**
 * What the predictor says of each case, from its prepared slices, in the cases' order.
 *
 * dataset: the folder of the prepared dataset. density: where the training's features lie, so that each study's distance
 * from them is told.
 */
export async function predictStudies(
  predictor: Predictor,
  cases: readonly Case[],
  options: {
    readonly dataset: string;
    readonly density?: FeatureDensity | null | undefined;
    readonly progress?: Progress;
  },
): Promise<StudyPrediction[]> {
  const { dataset, density = null, progress } = options;
  const studies: StudyPrediction[] = [];
  for (const one of cases) {
    const { slices, pixels } = await readPreparedSlices(dataset, one.caseId);
    const size = pixels.length / Math.max(1, slices.length);
    const images = slices.map((_, i) => pixels.subarray(i * size, (i + 1) * size));
    const { probabilities, features, attention } = await predictor.look(images);
    const rows = rowsOf(probabilities, slices.length);
    const distance = density === null || features === null ? null : meanDistance(density, features);
    studies.push({
      caseId: one.caseId,
      studyUid: one.studyUid,
      subjectId: one.subjectId,
      truth: one.label,
      slices: slices.map(({ sliceIndex }, i) => ({
        sliceIndex,
        probabilities: rows[i] ?? [],
        ...(attention !== null && { attention: Number(attention[i].toPrecision(7)) }),
        ...slicesTruth(one, sliceIndex),
      })),
      attributes: { ...one.columns, ...one.prepared.attributes },
      ...(distance !== null && { distance }),
    });
    progress?.({ stage: "predicting", done: studies.length, total: cases.length });
  }
  return studies;
}

/** The mean distance of a study's images from the training's; null without images. Four digits are kept. */
export function meanDistance(density: FeatureDensity, features: readonly Float32Array[]): number | null {
  if (features.length === 0) return null;
  const sum = features.reduce((total, one) => total + distanceFrom(density, one), 0);
  return Number((sum / features.length).toPrecision(4));
}

/** The label of a case's slice: its study's, or its own (a list where it may carry several); null where none is known. */
export function truthOf(one: Case, sliceIndex: number): string | readonly string[] | null {
  return one.label ?? one.sliceLabels?.[String(sliceIndex)] ?? null;
}

function slicesTruth(one: Case, sliceIndex: number): Pick<StudyPrediction["slices"][number], "truth" | "truths"> {
  const truth = truthOf(one, sliceIndex);
  return truth === null || typeof truth === "string" ? { truth } : { truth: null, truths: truth };
}

/** The rows of a matrix [rows, …], to the seven digits that float32 holds. */
function rowsOf(matrix: Float32Array, rows: number): number[][] {
  const columns = matrix.length / Math.max(1, rows);
  return Array.from({ length: rows }, (_, i) =>
    Array.from(matrix.subarray(i * columns, (i + 1) * columns), (p) => Number(p.toPrecision(7))),
  );
}
