import { encodeModel } from "../../graph/encodeModel.ts";
import { input } from "../../graph/tensor.ts";
import { openSession } from "../../runtime/session.ts";
import { type InferenceOptions, inferenceModel } from "../inference.ts";
import { namedParameters, Pass, parametersAsConstants } from "../module.ts";
import type { NetworkSpec } from "../networkSpec.ts";
import { createNetwork } from "../resnet.ts";
import type { StateDict } from "../stateDict.ts";
import { eightBitRounder, watcher } from "./rounder.ts";
import type { ValueRange } from "./roundingOf.ts";
import { chooseRange, createHistogram, type RangeMethod } from "./valueHistogram.ts";

/**
 * A trained network as an ONNX model whose maps and weights are whole numbers of 8 bits: written as pairs of QuantizeLinear and
 * DequantizeLinear around ONNX's own ops, which runtimes turn into ops on whole numbers. The first convolution, the mean of the last maps
 * and the linear layer stay in float32.
 *
 * In and out as buildInference. ranges: as measureRanges gives them.
 */
export function buildEightBitInference(
  spec: NetworkSpec,
  state: StateDict,
  ranges: readonly ValueRange[],
  options: InferenceOptions = {},
): Uint8Array {
  return inferenceModel(spec, state, options, eightBitRounder(ranges));
}

export interface MeasureRangesOptions {
  readonly sizePx: number;
  readonly method?: RangeMethod;
  readonly threads?: number;
}

/**
 * The range of each of the network's maps that are to be rounded, from images like those that it will see.
 *
 * batches: of [N, 3, S, S] each; a few hundred images suffice.
 */
export async function measureRanges(
  spec: NetworkSpec,
  state: StateDict,
  batches: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  options: MeasureRangesOptions,
): Promise<ValueRange[]> {
  const { sizePx, method = "leastError", threads = 0 } = options;
  const network = createNetwork(spec);
  const images = input("images", [1, 3, sizePx, sizePx]);
  const rounder = watcher();
  const pass = new Pass("inference", parametersAsConstants(namedParameters(network), state), 1, rounder);
  network.features(images, pass);
  const outputs = Object.fromEntries(rounder.watched.map((maps, i) => [`maps${i}`, maps]));
  const session = await openSession(encodeModel({ inputs: [images], outputs, anyBatch: [images] }), { threads });
  const histograms = rounder.watched.map(createHistogram);
  for await (const data of batches) {
    const shape = [data.length / (3 * sizePx ** 2), 3, sizePx, sizePx];
    const maps = await session.run({ images: { data, shape } });
    for (const [i, histogram] of histograms.entries()) histogram.add(maps[`maps${i}`].data);
  }
  await session.close();
  return histograms.map((histogram) => chooseRange(histogram, method));
}
