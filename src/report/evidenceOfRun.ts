import { basename } from "node:path";
import { InputError } from "../base/errors.ts";
import { readClassifierWeights } from "../classifier/classifier.ts";
import { readPreparedLungs, readPreparedSlices } from "../dataset/preparedSlices.ts";
import { type Evidence, measureEvidence } from "../evaluation/evidence/evidence.ts";
import { readLesionMasks } from "../evaluation/evidence/lesionMasks.ts";
import type { MeasuredSlice } from "../evaluation/evidence/measureHeat.ts";
import { callStudies } from "../evaluation/items.ts";
import type { PredictionSet, SlicePrediction } from "../prediction/predictionSet.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { RunResults } from "./readRunResults.ts";
import { isSameDataset } from "./slicePictures.ts";

/** Maps of so many studies are measured, evenly of all. */
const mostStudies = 24;

export interface EvidenceOptions {
  readonly resamples: number;
  readonly seed: number;
  readonly threads?: number | undefined;
  /** Folder of the phantoms that the run's data set was prepared from: their lesions are the truth. */
  readonly lesions?: string | undefined;
}

/**
 * Whether a run's heat maps lie where they should, on the studies that were not called the last class: of each, the slice
 * that speaks most for its finding. null where the prepared data set or the weights are not at hand, or labels belong to
 * images.
 * @throws InputError as readLesionMasks.
 */
export async function evidenceOfRun(
  { run, classifier, dataset }: RunResults,
  measured: PredictionSet,
  folder: string,
  options: EvidenceOptions,
): Promise<Evidence | null> {
  if (measured.level !== "study" || !(await isSameDataset(run.dataset))) return null;
  const nameOf = (caseId: string) => basename(dataset.cases.find((one) => one.caseId === caseId)?.path ?? caseId);
  const shown = shownSlices(measured, classifier);
  const some = Math.min(mostStudies, shown.length);
  const chosen = Array.from({ length: some }, (_, i) => shown[Math.floor(((i + 0.5) * shown.length) / some)]);
  try {
    const state = await readClassifierWeights(folder, classifier);
    const slices: MeasuredSlice[] = [];
    for (const one of chosen) {
      const lesions = options.lesions === undefined ? undefined : { data: options.lesions, name: nameOf(one.caseId) };
      slices.push(await sliceOf(run.dataset.path, one, { recipe: classifier.recipe, lesions }));
    }
    if (slices.length === 0) return null;
    const { network, recipe } = classifier;
    const classes = chosen.map(({ classIndex }) => classIndex);
    return await measureEvidence({ network, recipe, state }, slices, classes, options);
  } catch (error) {
    if (error instanceof InputError && options.lesions === undefined) return null;
    throw error;
  }
}

interface ShownSlice {
  readonly caseId: string;
  readonly subjectId: string;
  readonly sliceIndex: number;
  readonly classIndex: number;
}

function shownSlices(measured: PredictionSet, classifier: RunResults["classifier"]): ShownSlice[] {
  const slicesOf = new Map(measured.studies.map((study) => [study.caseId, study.slices]));
  return callStudies(measured, classifier).flatMap(({ caseId, subjectId, finding }) => {
    const classIndex = classifier.classes.indexOf(finding);
    const slices = slicesOf.get(caseId) ?? [];
    if (classIndex === classifier.classes.length - 1 || slices.length === 0) return [];
    const spoken = ({ probabilities, attention = 1 }: SlicePrediction) => attention * probabilities[classIndex];
    const strongest = slices.reduce((best, one) => (spoken(one) > spoken(best) ? one : best));
    return [{ caseId, subjectId, sliceIndex: strongest.sliceIndex, classIndex }];
  });
}

async function sliceOf(
  folder: string,
  { caseId, subjectId, sliceIndex }: ShownSlice,
  of: { readonly recipe: SliceRecipe; readonly lesions: { readonly data: string; readonly name: string } | undefined },
): Promise<MeasuredSlice> {
  const { slices, pixels } = await readPreparedSlices(folder, caseId);
  const lungs = await readPreparedLungs(folder, caseId);
  const at = slices.findIndex((slice) => slice.sliceIndex === sliceIndex);
  const places = of.recipe.storedPx ** 2;
  const own = (all: Uint8Array) => all.slice(at * places, (at + 1) * places);
  const drawn = of.lesions === undefined ? [] : await readLesionMasks(of.lesions.data, of.lesions.name, of.recipe);
  const lesions = drawn.find((slice) => slice.sliceIndex === sliceIndex)?.lesions ?? null;
  return { subjectId, pixels: own(pixels), lungs: lungs === null ? null : own(lungs), lesions };
}
