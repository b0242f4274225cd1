import { encodeModel } from "../graph/encodeModel.ts";
import { sigmoid } from "../graph/ops/pointwise.ts";
import { softmax } from "../graph/ops/softmax.ts";
import { input } from "../graph/tensor.ts";
import { inferencePass, namedParameters, Pass, parametersAsConstants, type Rounder } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import type { StateDict } from "./stateDict.ts";
import { attentionIn } from "./studyHead.ts";

export interface InferenceOptions {
  /** Height and width of an image. */
  readonly sizePx?: number;
  /** Free text by name, kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether the means of the last maps come out too, as "features" [batch, maps]. */
  readonly withFeatures?: boolean;
  /** Whether each layer is one convolution, as other devices and programs do it best, instead of what a CPU does fastest. */
  readonly isPortable?: boolean;
}

/**
 * A trained network as an ONNX model that any runtime opens: weights inside, batch norm folded into the convolutions.
 *
 * In: "images" [batch, 3, S, S], any batch. Out: "logits" and "probabilities", [batch, classes]; of a network with a study head
 * "attention" [batch, 1] too, whose softmax over a study's images says how much each counts.
 */
export function buildInference(spec: NetworkSpec, state: StateDict, options: InferenceOptions = {}): Uint8Array {
  return inferenceModel(spec, state, options);
}

/** As buildInference; rounder: what rounds the maps between layers, where something does. */
export function inferenceModel(
  spec: NetworkSpec,
  state: StateDict,
  options: InferenceOptions,
  rounder?: Rounder,
): Uint8Array {
  const { sizePx = 224, metadata = {}, withFeatures = false, isPortable = false } = options;
  const network = createNetwork(spec);
  const images = input("images", [1, 3, sizePx, sizePx]);
  const parameters = parametersAsConstants(namedParameters(network), state);
  const pass = rounder ? new Pass("inference", parameters, 1, rounder) : inferencePass(parameters, isPortable);
  const features = network.pool(network.features(images, pass), pass);
  const logits = network.fc.forward(features, pass);
  const attention = attentionIn(state);
  const scores = attention?.module.forward(
    features,
    new Pass("inference", parametersAsConstants(attention.parameters, state)),
  );
  return encodeModel({
    inputs: [images],
    outputs: {
      logits,
      probabilities: spec.labels === "several" ? sigmoid(logits) : softmax(logits),
      ...(withFeatures && { features }),
      ...(scores && { attention: scores }),
    },
    anyBatch: [images],
    metadata,
  });
}
