import { fillBatch } from "../dataset/batches.ts";
import type { Device } from "../runtime/device.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { softmaxOf } from "./pooling/means.ts";

const batchSize = 16;

/** A network ready to say how probable each class is in an image. Holds memory outside JavaScript's heap: close it. */
export interface Predictor {
  /**
   * The probability of each class in each image.
   *
   * pixels: prepared slices, each [storedPx, storedPx] of the recipe; returns [images, classes], row-major.
   */
  predict(pixels: readonly Uint8Array[]): Promise<Float32Array>;
  /** As predict, with what the network's last layer saw of each image. */
  look(pixels: readonly Uint8Array[]): Promise<SeenImages>;
  close(): Promise<void>;
}

export interface SeenImages {
  /** [images, classes], row-major. */
  readonly probabilities: Float32Array;
  /** One array for each image; null where the model does not give them. */
  readonly features: readonly Float32Array[] | null;
  /** How much each image counts among these, summing to 1; null where the classifier has no study head. */
  readonly attention: readonly number[] | null;
}

/**
 * A predictor over a classifier's network.
 *
 * onnx: a model with the input "images" and the output "probabilities"; it may have "features" [images, …] too. mirror: every
 * image is also shown with left and right exchanged, and its probabilities are the mean of both; twice the time.
 * @throws InputError DEVICE_FAILED, here and when asked, where another device than the CPU fails.
 */
export async function openPredictor(
  onnx: Uint8Array,
  recipe: SliceRecipe,
  classes: readonly string[],
  options: {
    readonly threads?: number | undefined;
    readonly mirror?: boolean | undefined;
    readonly device?: Device | undefined;
  } = {},
): Promise<Predictor> {
  const session = await openSession(onnx, { threads: options.threads ?? 0, device: options.device });
  const { inputPx } = recipe;
  const imageSize = 3 * inputPx ** 2;
  const buffer = new Float32Array(batchSize * imageSize);
  const seen = async (pixels: readonly Uint8Array[], view: "none" | "mirror"): Promise<SeenImages> => {
    const all = new Float32Array(pixels.length * classes.length);
    const features: Float32Array[] | null = session.outputNames.includes("features") ? [] : null;
    const scores: number[] | null = session.outputNames.includes("attention") ? [] : null;
    for (let start = 0; start < pixels.length; start += batchSize) {
      const batch = pixels.slice(start, start + batchSize);
      const data = buffer.subarray(0, batch.length * imageSize);
      fillBatch(data, batch, recipe, view);
      const outputs = await session.run({ images: { data, shape: [batch.length, 3, inputPx, inputPx] } });
      const probabilities = outputs.probabilities?.data;
      if (probabilities?.length !== batch.length * classes.length) {
        throw new Error(`The network gave ${probabilities?.length} probabilities for ${batch.length} images`);
      }
      all.set(probabilities, start * classes.length);
      scores?.push(...outputs.attention.data);
      if (features === null) continue;
      const size = outputs.features.data.length / batch.length;
      for (const i of batch.keys()) features.push(outputs.features.data.slice(i * size, (i + 1) * size));
    }
    return { probabilities: all, features, attention: scores === null ? null : softmaxOf(scores) };
  };
  const look = async (pixels: readonly Uint8Array[]): Promise<SeenImages> => {
    const plain = await seen(pixels, "none");
    if (options.mirror !== true) return plain;
    // The limit of what is familiar was set on images as they are, so their features stay.
    return { ...meanOfAll([plain, await seen(pixels, "mirror")]), features: plain.features };
  };
  return {
    look,
    predict: async (pixels) => (await look(pixels)).probabilities,
    close: () => session.close(),
  };
}

/**
 * Several predictors as one, such as those of a plan's seeds: the mean of their probabilities and of their attention. Features are of
 * different networks and have no mean: they are the first one's. Closing it closes them all.
 */
export function ensembleOf(predictors: readonly Predictor[]): Predictor {
  const look = async (pixels: readonly Uint8Array[]): Promise<SeenImages> => {
    const all: SeenImages[] = [];
    for (const predictor of predictors) all.push(await predictor.look(pixels));
    return { ...meanOfAll(all), features: all[0].features };
  };
  return {
    look,
    predict: async (pixels) => (await look(pixels)).probabilities,
    close: async () => {
      for (const predictor of predictors) await predictor.close();
    },
  };
}

function meanOfAll(all: readonly SeenImages[]): Omit<SeenImages, "features"> {
  const attentions = all.flatMap(({ attention }) => (attention === null ? [] : [attention]));
  const mean = (lists: readonly ArrayLike<number>[], i: number) =>
    lists.reduce((sum, list) => sum + list[i], 0) / lists.length;
  const probabilities = all.map((one) => one.probabilities);
  return {
    probabilities: probabilities[0].map((_, i) => mean(probabilities, i)),
    attention: attentions.length < all.length ? null : attentions[0].map((_, i) => mean(attentions, i)),
  };
}
