import { InputError } from "../base/errors.ts";
import { type Classifier, readClassifierWeights } from "../classifier/classifier.ts";
import type { LungMask } from "../lungs/lungMask.ts";
import { heatMaps } from "../prediction/heatMap.ts";
import type { CropBox } from "../slices/cropBox.ts";
import { placeInSlice, preparedBox } from "../slices/preparedBox.ts";
import type { SliceImage } from "../slices/sliceImage.ts";
import { positionMm, type StudyImages } from "../study/volume.ts";

/** Where the network saw the finding in one slice. */
export interface SliceHeat {
  readonly sliceIndex: number;
  /** [mapPx, mapPx] over the box, at least 0. */
  readonly map: Float32Array;
  readonly mapPx: number;
  readonly box: CropBox;
  /** The hottest place in the patient, LPS; null for pictures and where there is no heat. */
  readonly hottestMm: readonly [x: number, y: number, z: number] | null;
  /** The share of the heat that lies in the lungs; null where they are not known or there is no heat. */
  readonly shareInLungs: number | null;
}

/**
 * Where a classifier's network saw a class in some of a study's slices, by its own gradients; null where the weights that it is made of
 * cannot be read. folder: the classifier's; classIndices: of what is sought in each slice.
 */
export async function heatOfSlices(
  { folder, classifier }: { readonly folder: string; readonly classifier: Classifier },
  slices: readonly SliceImage[],
  study: { readonly images: StudyImages; readonly mask: LungMask | null; readonly classIndices: readonly number[] },
  options: { readonly threads?: number | undefined } = {},
): Promise<SliceHeat[] | null> {
  const state = await readClassifierWeights(folder, classifier).catch((error: unknown) => {
    if (error instanceof InputError) return null;
    throw error;
  });
  if (state === null) return null;
  const { network, recipe } = classifier;
  const { images, mask, classIndices } = study;
  const mapPx = recipe.storedPx;
  const maps = await heatMaps(
    { network, state, recipe },
    slices.map((slice) => slice.pixels),
    classIndices,
    options,
  );
  return slices.map(({ sliceIndex, lungs }, i) => {
    const map = maps[i];
    const box = preparedBox(images, mask, recipe, sliceIndex);
    const total = map.reduce((sum, value) => sum + value, 0);
    const inLungs = lungs?.reduce((sum, isLung, p) => sum + (isLung === 1 ? map[p] : 0), 0) ?? null;
    const hottest = map.reduce((best, value, p) => (value > map[best] ? p : best), 0);
    const place = placeInSlice(box, mapPx, [Math.floor(hottest / mapPx), hottest % mapPx]);
    return {
      sliceIndex,
      map,
      mapPx,
      box,
      hottestMm:
        images.kind === "volume" && total > 0 ? positionMm(images.volume.geometry, [sliceIndex, ...place]) : null,
      shareInLungs: inLungs === null || total === 0 ? null : inLungs / total,
    };
  });
}
