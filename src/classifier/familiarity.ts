import type { ProgressUpdate } from "../base/progress.ts";
import { createRandom } from "../base/random.ts";
import type { Case } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { type Analysable, answerability, fitAnalysable, noveltyOf } from "../prediction/analysable.ts";
import { type AttributeRange, attributeExcess } from "../prediction/novelty/attributeExcess.ts";
import { type FeatureDensity, fitFeatureDensity } from "../prediction/novelty/featureDensity.ts";
import { fitNoveltyLimit } from "../prediction/novelty/noveltyLimit.ts";
import type { PredictionSet, StudyPrediction } from "../prediction/predictionSet.ts";
import type { Predictor } from "../prediction/predictSlices.ts";
import type { TrainingData } from "./trainingData.ts";

type Ranges = Readonly<Record<string, AttributeRange>>;

/** More images of training would hardly move the density, and cost time. */
const mostImages = 2000;
/** The share of usual studies that may be called unlike. */
const falseAlarmRate = 0.05;

/**
 * Where the features of the training images lie, of at most 2,000 of them, evenly of all studies; null where the model
 * gives no features or there are hardly any images.
 */
export async function familiarity(
  predictor: Predictor,
  data: TrainingData,
  options: { readonly seed: number; readonly progress: (update: ProgressUpdate) => void },
): Promise<FeatureDensity | null> {
  const cases = data.training.filter((one) => one.prepared.slices > 0);
  const most = Math.max(1, Math.floor(mostImages / Math.max(1, cases.length)));
  const features: Float32Array[] = [];
  for (const [done, one] of cases.entries()) {
    const { slices, pixels } = await readPreparedSlices(data.folder, one.caseId);
    const size = pixels.length / slices.length;
    const count = Math.min(most, slices.length);
    const chosen = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * slices.length) / count));
    const seen = await predictor.look(chosen.map((i) => pixels.subarray(i * size, (i + 1) * size)));
    if (seen.features === null) return null;
    features.push(...seen.features);
    options.progress({ stage: "learning what is familiar", done: done + 1, total: cases.length });
  }
  if (features.length < leastImages) return null;
  return fitFeatureDensity(features, createRandom(options.seed).fork("familiar"));
}

const leastImages = 20;

/** What a study must be like to be answered for, its limit of novelty set on validation. */
export function fitAnswering(data: TrainingData, validation: PredictionSet, ranges: Ranges): Analysable {
  const scored = validation.studies.flatMap(({ subjectId, distance, attributes = {} }) =>
    distance === undefined ? [] : [{ subjectId, score: noveltyOf(distance, attributeExcess(attributes, ranges)) }],
  );
  const training = data.training.map(({ prepared }) => ({ slices: prepared.slices, warnings: prepared.warnings }));
  return fitAnalysable(training, {
    hasLungs: data.dataset.recipe.lungs.method !== "none",
    novelty: fitNoveltyLimit(scored, falseAlarmRate),
  });
}

/** The studies with word of whether they are answered for. cases: those that the studies are of. */
export function answeredFor(
  studies: readonly StudyPrediction[],
  cases: readonly Case[],
  { analysable, ranges }: { readonly analysable: Analysable | null; readonly ranges: Ranges },
): StudyPrediction[] {
  if (analysable === null) return [...studies];
  const caseOf = new Map(cases.map((one) => [one.caseId, one]));
  return studies.map((study) => {
    const traits = {
      slices: study.slices.length,
      warnings: caseOf.get(study.caseId)?.prepared.warnings ?? [],
      distance: study.distance ?? null,
      attributes: study.attributes ?? {},
    };
    const { reasons, novelty } = answerability(analysable, traits, ranges);
    return { ...study, answerability: { reasons: reasons.map(({ code }) => code), novelty } };
  });
}
