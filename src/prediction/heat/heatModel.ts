import { encodeModel } from "../../graph/encodeModel.ts";
import { gradient } from "../../graph/gradient.ts";
import { add, div, mul, scale } from "../../graph/ops/arithmetic.ts";
import { relu } from "../../graph/ops/pointwise.ts";
import { mean, sum } from "../../graph/ops/reduce.ts";
import { constant, input, type Tensor } from "../../graph/tensor.ts";
import { namedParameters, Pass, parametersAsConstants } from "../../network/module.ts";
import type { NetworkSpec } from "../../network/networkSpec.ts";
import { createNetwork } from "../../network/resnet.ts";
import type { StateDict } from "../../network/stateDict.ts";
import type { HeatMethod } from "./heatMethod.ts";

/**
 * A model that gives a network's heat maps, by the graph's own gradients.
 *
 * In: "images" [batch, 3, sizePx, sizePx] and "wanted" [batch, classes], 1 at each image's class and else 0. Out: "heat"
 * [batch, rows, columns], at least 0, at the size of the layer's maps.
 */
export function buildHeatModel(
  { network, state }: { readonly network: NetworkSpec; readonly state: StateDict },
  method: HeatMethod,
  { batch, sizePx }: { readonly batch: number; readonly sizePx: number },
): Uint8Array {
  const resnet = createNetwork(network);
  const images = input("images", [batch, 3, sizePx, sizePx]);
  const wanted = input("wanted", [batch, network.classes]);
  const pass = new Pass("inference", parametersAsConstants(namedParameters(resnet), state));
  const stages = resnet.stages(images, pass);
  const maps = stages[method.layer - 1];
  // Images do not touch each other, so the gradient of the sum holds that of each one's own logit.
  const [slope] = gradient(sum(mul(resnet.classify(stages[3], pass), wanted)), [maps]);
  return encodeModel({ inputs: [images, wanted], outputs: { heat: heatOf(method, maps, slope) } });
}

const channels = 1;
const places = [2, 3];

/** maps, slope: [N, C, H, W]; returns [N, H, W]. */
function heatOf({ kind }: HeatMethod, maps: Tensor, slope: Tensor): Tensor {
  switch (kind) {
    case "gradCam":
      return relu(sum(mul(mean(slope, places, { keepAxes: true }), maps), [channels]));
    case "gradCamPlusPlus":
      return relu(sum(mul(plusPlusWeights(maps, slope), maps), [channels]));
    case "layerCam":
      return relu(sum(mul(relu(slope), maps), [channels]));
  }
}

/** @source Chattopadhay et al. 2018, eq. 19, with the exponential of the logit as score. */
function plusPlusWeights(maps: Tensor, slope: Tensor): Tensor {
  const squared = mul(slope, slope);
  const cubed = mul(squared, slope);
  const below = add(scale(squared, 2), mul(sum(maps, places, { keepAxes: true }), cubed));
  // Where a gradient is 0 its share is 0 whatever it is divided by; the square keeps the sign of nothing.
  const guarded = add(below, scale(isNothing(below), 1));
  return sum(mul(div(squared, guarded), relu(slope)), places, { keepAxes: true });
}

/** 1 where a value is as good as 0, else as good as 0. */
function isNothing(x: Tensor): Tensor {
  const tiny = constant(1e-30);
  return div(tiny, add(mul(x, x), tiny));
}
