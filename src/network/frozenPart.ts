import { encodeModel } from "../graph/encodeModel.ts";
import { softmax } from "../graph/ops/softmax.ts";
import { input, type Shape } from "../graph/tensor.ts";
import { inferencePass, namedParameters, Pass, parametersAsConstants, parametersAsInputs } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { type Border, isBehind } from "./stages.ts";
import type { StateDict } from "./stateDict.ts";

/** How a part of a network is written down: for images of S × S pixels; layer by layer (portable), or as a CPU does it fastest. */
export interface PartForm {
  readonly sizePx: number;
  readonly isPortable?: boolean;
}

/**
 * The part of a network that is frozen, up to and with a border, as an ONNX model: in inference mode, batch norm folded into the
 * convolutions.
 *
 * In: "images" [batch, 3, S, S], any batch. Out: "features" [batch, ...frozenShape].
 */
export function buildFrozenPart(
  spec: NetworkSpec,
  state: StateDict,
  border: Border,
  { sizePx, isPortable = false }: PartForm,
): Uint8Array {
  const network = createNetwork(spec);
  const images = input("images", [1, 3, sizePx, sizePx]);
  const pass = inferencePass(parametersAsConstants(namedParameters(network), state), isPortable);
  const features = network.featuresAt(border, images, pass);
  return encodeModel({ inputs: [images], outputs: { features }, anyBatch: [images] });
}

/**
 * What comes behind a border as an ONNX model in inference mode.
 *
 * In: "features" [batch, ...frozenShape], any batch. Out: "logits" and "probabilities", [batch, classes].
 */
export function buildInferenceBehind(
  spec: NetworkSpec,
  state: StateDict,
  border: Border,
  { sizePx, isPortable = false }: PartForm,
): Uint8Array {
  const network = createNetwork(spec);
  const parameters = new Map([...namedParameters(network)].filter(([name]) => isBehind(name, border)));
  const features = input("features", [1, ...frozenShape(spec, border, sizePx)]);
  const pass = inferencePass(parametersAsConstants(parameters, state), isPortable);
  const logits = network.classifyFrom(border, features, pass);
  return encodeModel({
    inputs: [features],
    outputs: { logits, probabilities: softmax(logits) },
    anyBatch: [features],
  });
}

/** The shape of what leaves the frozen part for one image. */
export function frozenShape(spec: NetworkSpec, border: Border, sizePx: number): Shape {
  const network = createNetwork(spec);
  const pass = new Pass("training", parametersAsInputs(namedParameters(network)));
  return network.featuresAt(border, input("images", [1, 3, sizePx, sizePx]), pass).shape.slice(1);
}
