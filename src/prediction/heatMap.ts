import { centreView } from "../dataset/augment.ts";
import { fillBatch } from "../dataset/batches.ts";
import { buildInference } from "../network/inference.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { StateDict } from "../network/stateDict.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";

const batchSize = 16;

/** A network whose last maps are averaged and then go through one linear layer. */
export interface MappedNetwork {
  readonly network: NetworkSpec;
  readonly state: StateDict;
  readonly recipe: SliceRecipe;
}

/**
 * Where in each image the network sees a class: Grad-CAM at the last maps, which for a network that ends in their means
 * and a linear layer is the map Σ weight · map / places, without what speaks against the class.
 *
 * pixels: prepared slices, each [storedPx, storedPx]. classes: the index of the class, one for each image. Returns one
 * [storedPx, storedPx] for each image, in parts of the class's logit, 0 where nothing speaks for it and outside what the
 * network saw.
 * @source Selvaraju et al. 2017, Grad-CAM; Zhou et al. 2016, class activation mapping.
 */
export async function heatMaps(
  mapped: MappedNetwork,
  pixels: readonly Uint8Array[],
  classes: readonly number[],
  options: { readonly threads?: number | undefined } = {},
): Promise<Float32Array[]> {
  const { storedPx, inputPx } = mapped.recipe;
  const { top, left } = centreView(mapped.recipe);
  const coarse = await activationMaps(mapped, pixels, classes, options);
  return coarse.map(({ data, shape }) => {
    const seen = enlarge(data, shape, inputPx);
    const whole = new Float32Array(storedPx * storedPx);
    for (let y = 0; y < inputPx; y++) {
      whole.set(seen.subarray(y * inputPx, (y + 1) * inputPx), (top + y) * storedPx + left);
    }
    return whole;
  });
}

/** A class's map at the size of the network's last maps. */
export interface ActivationMap {
  /** Row-major, at least 0. */
  readonly data: Float32Array;
  readonly shape: readonly [rows: number, columns: number];
}

/** As heatMaps, before they are enlarged to the slice. */
export async function activationMaps(
  { network, state, recipe }: MappedNetwork,
  pixels: readonly Uint8Array[],
  classes: readonly number[],
  options: { readonly threads?: number | undefined } = {},
): Promise<ActivationMap[]> {
  const weights = state.get("fc.weight");
  if (weights === undefined) throw new Error("The network has no fully connected layer called fc");
  const { inputPx } = recipe;
  const model = buildInference(network, state, { sizePx: inputPx, withFeatures: true });
  const session = await openSession(model, { threads: options.threads ?? 0 });
  const maps: ActivationMap[] = [];
  try {
    for (let start = 0; start < pixels.length; start += batchSize) {
      const batch = pixels.slice(start, start + batchSize);
      const data = new Float32Array(batch.length * 3 * inputPx ** 2);
      fillBatch(data, batch, recipe, "none");
      const { features } = await session.run({ images: { data, shape: [batch.length, 3, inputPx, inputPx] } });
      const [, channels, rows, columns] = features.shape;
      for (const i of batch.keys()) {
        const row = classes[start + i] * channels;
        const own = features.data.subarray(i * channels * rows * columns, (i + 1) * channels * rows * columns);
        const map = weightedSum(own, weights.data.subarray(row, row + channels), rows * columns);
        maps.push({ data: map, shape: [rows, columns] });
      }
    }
  } finally {
    await session.close();
  }
  return maps;
}

/** max(0, Σ weight · map / places). features: [weights.length, places]. */
function weightedSum(features: Float32Array, weights: Float32Array, places: number): Float32Array {
  const sum = new Float32Array(places);
  for (let k = 0; k < weights.length; k++) {
    for (let p = 0; p < places; p++) sum[p] += (weights[k] * features[k * places + p]) / places;
  }
  return sum.map((value) => Math.max(0, value));
}

/** Bilinear, pixels as areas, level beyond the outermost centres. */
function enlarge(map: Float32Array, [rows, columns]: readonly [number, number], side: number): Float32Array {
  const enlarged = new Float32Array(side * side);
  const alongY = Array.from({ length: side }, (_, y) => neighbours(y, rows, side));
  const alongX = Array.from({ length: side }, (_, x) => neighbours(x, columns, side));
  for (const [y, [upper, lower, down]] of alongY.entries()) {
    for (const [x, [left, right, across]] of alongX.entries()) {
      const above = map[upper * columns + left] * (1 - across) + map[upper * columns + right] * across;
      const below = map[lower * columns + left] * (1 - across) + map[lower * columns + right] * across;
      enlarged[y * side + x] = above * (1 - down) + below * down;
    }
  }
  return enlarged;
}

/** The two places of the small map that a place of the large one lies between, and how far it is from the first. */
function neighbours(place: number, small: number, large: number): [first: number, second: number, share: number] {
  const at = Math.min(small - 1, Math.max(0, ((place + 0.5) * small) / large - 0.5));
  const first = Math.floor(at);
  return [first, Math.min(small - 1, first + 1), at - first];
}
