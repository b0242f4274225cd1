import { centreView } from "../dataset/augment.ts";
import { fillBatch } from "../dataset/batches.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { StateDict } from "../network/stateDict.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { enlarge } from "./heat/enlarge.ts";
import { type HeatMethod, heatMethods } from "./heat/heatMethod.ts";
import { buildHeatModel } from "./heat/heatModel.ts";

const largestBatch = 10;

/** A residual network, and how its slices are prepared. */
export interface MappedNetwork {
  readonly network: NetworkSpec;
  readonly state: StateDict;
  readonly recipe: SliceRecipe;
}

export interface HeatOptions {
  /** Grad-CAM at layer2 where it is left out; docs/evidence.md says why. */
  readonly method?: HeatMethod | undefined;
  readonly threads?: number | undefined;
}

/**
 * Where in each image the network sees a class, without what speaks against it.
 *
 * pixels: prepared slices, each [storedPx, storedPx]. classes: the index of the class, one for each image. Returns one
 * [storedPx, storedPx] for each image: at least 0, each on a scale of its own, 0 where nothing speaks for the class and
 * outside what the network saw.
 * @source Selvaraju et al. 2017, Grad-CAM; Chattopadhay et al. 2018, Grad-CAM++; Jiang et al. 2021, LayerCAM.
 */
export async function heatMaps(
  mapped: MappedNetwork,
  pixels: readonly Uint8Array[],
  classes: readonly number[],
  options: HeatOptions = {},
): Promise<Float32Array[]> {
  const coarse = await coarseHeatMaps(mapped, pixels, classes, options);
  return coarse.map((map) => heatOfSlice(map, mapped.recipe));
}

/** A heat map at the size of the maps that it was made from. */
export interface CoarseHeatMap {
  /** Row-major, at least 0. */
  readonly data: Float32Array;
  readonly shape: readonly [rows: number, columns: number];
}

/** A heat map laid over its prepared slice: [storedPx, storedPx], 0 outside what the network saw. */
export function heatOfSlice({ data, shape }: CoarseHeatMap, recipe: SliceRecipe): Float32Array {
  const { storedPx, inputPx } = recipe;
  const { top, left } = centreView(recipe);
  const seen = enlarge(data, shape, inputPx);
  const whole = new Float32Array(storedPx * storedPx);
  for (let y = 0; y < inputPx; y++) {
    whole.set(seen.subarray(y * inputPx, (y + 1) * inputPx), (top + y) * storedPx + left);
  }
  return whole;
}

/** As heatMaps, before they are enlarged to the slice. */
export async function coarseHeatMaps(
  { network, state, recipe }: MappedNetwork,
  pixels: readonly Uint8Array[],
  classes: readonly number[],
  { method = heatMethods.fineGradCam, threads = 0 }: HeatOptions = {},
): Promise<CoarseHeatMap[]> {
  if (pixels.length === 0) return [];
  const { inputPx } = recipe;
  const batch = Math.min(largestBatch, pixels.length);
  const model = buildHeatModel({ network, state }, method, { batch, sizePx: inputPx });
  const session = await openSession(model, { threads });
  const images = { data: new Float32Array(batch * 3 * inputPx ** 2), shape: [batch, 3, inputPx, inputPx] };
  const maps: CoarseHeatMap[] = [];
  try {
    for (let start = 0; start < pixels.length; start += batch) {
      const some = pixels.slice(start, start + batch);
      // The model takes whole batches: what is left of an earlier one fills the last and is not looked at.
      fillBatch(images.data.subarray(0, some.length * 3 * inputPx ** 2), some, recipe, "none");
      const wanted = { data: new Float32Array(batch * network.classes), shape: [batch, network.classes] };
      for (const i of some.keys()) wanted.data[i * network.classes + classes[start + i]] = 1;
      const { heat } = await session.run({ images, wanted });
      const [, rows, columns] = heat.shape;
      for (const i of some.keys()) {
        const data = heat.data.slice(i * rows * columns, (i + 1) * rows * columns);
        maps.push({ data, shape: [rows, columns] });
      }
    }
  } finally {
    await session.close();
  }
  return maps;
}
