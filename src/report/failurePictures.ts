import { InputError } from "../base/errors.ts";
import { type Classifier, readClassifierWeights } from "../classifier/classifier.ts";
import type { Run } from "../classifier/run.ts";
import type { Failure } from "../evaluation/failures.ts";
import { heatMaps } from "../prediction/heatMap.ts";
import { pngUri, preparedPixels } from "./slicePictures.ts";

/** A wrong image as the network saw it, and with the heat map of the class it was called; both PNG in data URIs. */
export interface FailurePicture {
  readonly grey: string;
  /** null where the classifier's weights cannot be read. */
  readonly heat: string | null;
}

/** Wrong images as pictures, by "caseId sliceIndex", where the prepared data set is still where it was. */
export async function failurePictures(
  { run, classifier, folder }: { readonly run: Run; readonly classifier: Classifier; readonly folder: string },
  failures: readonly Failure[],
  options: { readonly threads?: number | undefined } = {},
): Promise<Map<string, FailurePicture>> {
  const named = failures.flatMap(({ caseId, sliceIndex, predicted }) =>
    sliceIndex === null ? [] : { caseId, sliceIndex, called: classifier.classes.indexOf(predicted) },
  );
  const prepared = await preparedPixels(run, named);
  const shown = named.flatMap((one) => {
    const key = `${one.caseId} ${one.sliceIndex}`;
    const grey = prepared.get(key);
    return grey === undefined ? [] : { key, grey, called: one.called };
  });
  if (shown.length === 0) return new Map();
  const state = await readClassifierWeights(folder, classifier).catch((error: unknown) => {
    if (error instanceof InputError) return null;
    throw error;
  });
  const maps =
    state === null
      ? null
      : await heatMaps(
          { network: classifier.network, state, recipe: classifier.recipe },
          shown.map(({ grey }) => grey),
          shown.map(({ called }) => called),
          options,
        );
  const size = classifier.recipe.storedPx;
  const pictures = new Map<string, FailurePicture>();
  for (const [i, { key, grey }] of shown.entries()) {
    pictures.set(key, {
      grey: await pngUri(grey, { size, channels: 1 }),
      heat: maps === null ? null : await pngUri(warmed(grey, maps[i]), { size, channels: 3 }),
    });
  }
  return pictures;
}

/** Of weak and of strong heat, red, green and blue. */
const weakRgb = [255, 214, 60] as const;
const strongRgb = [226, 38, 30] as const;
const strongestOpacity = 0.62;

/** grey with the heat over it, [places, 3]; the strongest place of the map is the warmest. */
export function warmed(grey: Uint8Array, heat: Float32Array): Uint8Array {
  const strongest = heat.reduce((most, value) => Math.max(most, value), 0);
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) {
    const strength = strongest > 0 ? heat[i] / strongest : 0;
    const opacity = strongestOpacity * strength;
    for (let c = 0; c < 3; c++) {
      const colour = weakRgb[c] + strength * (strongRgb[c] - weakRgb[c]);
      rgb[3 * i + c] = Math.round(grey[i] + opacity * (colour - grey[i]));
    }
  }
  return rgb;
}
