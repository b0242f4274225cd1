import type { Random } from "../base/random.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { centreView, randomView, type View } from "./augment.ts";
import { distortedCrop } from "./distort.ts";

type BatchRecipe = Pick<SliceRecipe, "storedPx" | "inputPx" | "mean" | "std">;

/**
 * Fills the network's input from prepared slices: crop, flip, the same plane in three channels, each normalised.
 *
 * target: [N, 3, inputPx, inputPx]. images: N of [storedPx, storedPx], grey 0–255. augmentation: "none" takes the centre,
 * "mirror" the centre with left and right exchanged; a Random takes a random crop and flip of each image in turn; a list one view
 * for each image.
 */
export function fillBatch(
  target: Float32Array,
  images: readonly Uint8Array[],
  recipe: BatchRecipe,
  augmentation: "none" | "mirror" | Random | readonly View[],
): void {
  const { storedPx, inputPx } = recipe;
  const imageSize = 3 * inputPx * inputPx;
  if (target.length !== images.length * imageSize) {
    throw new RangeError(
      `A batch of ${images.length} images needs ${images.length * imageSize} values, not ${target.length}.`,
    );
  }
  const tables = [0, 1, 2].map((channel) => normalisedGreys(recipe, channel as 0 | 1 | 2));
  for (const [n, image] of images.entries()) {
    if (image.length !== storedPx * storedPx) {
      throw new RangeError(`Image ${n} has ${image.length} pixels; the recipe's slices are ${storedPx} × ${storedPx}.`);
    }
    const view = viewOf(recipe, augmentation, n);
    const planes = target.subarray(n * imageSize, (n + 1) * imageSize);
    if (view.distortion === undefined) fillPlanes(planes, image, { view, tables, storedPx, inputPx });
    else fillDistorted(planes, image, { view, distortion: view.distortion, recipe });
  }
}

function viewOf(recipe: BatchRecipe, augmentation: "none" | "mirror" | Random | readonly View[], n: number): View {
  if (augmentation === "none") return centreView(recipe);
  if (augmentation === "mirror") return { ...centreView(recipe), isFlipped: true };
  if ("uniform" in augmentation) return randomView(recipe, augmentation);
  const view = augmentation[n];
  if (view === undefined) throw new RangeError(`Image ${n} has no view; there are ${augmentation.length}.`);
  return view;
}

function fillPlanes(
  planes: Float32Array,
  image: Uint8Array,
  options: {
    readonly view: View;
    readonly tables: readonly Float32Array[];
    readonly storedPx: number;
    readonly inputPx: number;
  },
): void {
  const { view, tables, storedPx, inputPx } = options;
  const step = view.isFlipped ? -1 : 1;
  const first = view.left + (view.isFlipped ? inputPx - 1 : 0);
  for (const [channel, table] of tables.entries()) {
    const plane = planes.subarray(channel * inputPx * inputPx, (channel + 1) * inputPx * inputPx);
    for (let y = 0; y < inputPx; y++) {
      let source = (view.top + y) * storedPx + first;
      const row = y * inputPx;
      for (let x = 0; x < inputPx; x++, source += step) plane[row + x] = table[image[source] as number] as number;
    }
  }
}

function fillDistorted(
  planes: Float32Array,
  image: Uint8Array,
  options: { readonly view: View; readonly distortion: NonNullable<View["distortion"]>; readonly recipe: BatchRecipe },
): void {
  const { view, distortion, recipe } = options;
  const { storedPx, inputPx, mean, std } = recipe;
  const grey = distortedCrop({ image, storedPx, top: view.top, left: view.left, inputPx }, distortion);
  for (const channel of [0, 1, 2] as const) {
    const plane = planes.subarray(channel * inputPx * inputPx, (channel + 1) * inputPx * inputPx);
    for (let y = 0; y < inputPx; y++) {
      const row = y * inputPx;
      for (let x = 0; x < inputPx; x++) {
        const value = grey[row + (view.isFlipped ? inputPx - 1 - x : x)] as number;
        plane[row + x] = (value / 255 - mean[channel]) / std[channel];
      }
    }
  }
}

/** (grey / 255 − mean) / std of each of the 256 greys. */
function normalisedGreys({ mean, std }: BatchRecipe, channel: 0 | 1 | 2): Float32Array {
  return Float32Array.from({ length: 256 }, (_, grey) => (grey / 255 - mean[channel]) / std[channel]);
}
