import { buildInference } from "../network/inference.ts";
import type { StateDict } from "../network/stateDict.ts";
import { type Classifier, readClassifierWeights } from "./classifier.ts";

/** A classifier's network as an ONNX model with the output "features": as a CPU runs it fastest, or each layer as it is written down. */
export function networkModel(
  { classes, recipe, network }: Pick<Classifier, "classes" | "recipe" | "network">,
  state: StateDict,
  options: { readonly isPortable?: boolean } = {},
): Uint8Array {
  return buildInference(network, state, {
    sizePx: recipe.inputPx,
    metadata: { classes: JSON.stringify(classes), network: network.name },
    withFeatures: true,
    ...options,
  });
}

/**
 * The network of a classifier for other programs: one convolution for each layer.
 * @throws as readClassifierWeights.
 */
export async function portableNetwork(folder: string, classifier: Classifier): Promise<Uint8Array> {
  return networkModel(classifier, await readClassifierWeights(folder, classifier), { isPortable: true });
}
