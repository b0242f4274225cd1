import { encodeModel } from "../graph/encodeModel.ts";
import { gradient } from "../graph/gradient.ts";
import { mul, neg } from "../graph/ops/arithmetic.ts";
import { binaryCrossEntropy } from "../graph/ops/binaryCrossEntropy.ts";
import { sum } from "../graph/ops/reduce.ts";
import { crossEntropy, logSoftmax } from "../graph/ops/softmax.ts";
import { type ElementType, input, type Shape, type Tensor } from "../graph/tensor.ts";
import { frozenShape } from "./frozenPart.ts";
import { namedParameters, Pass, PortablePass, parametersAsInputs } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { type Border, isBehind } from "./stages.ts";
import { isTrainable } from "./stateDict.ts";

/** An array that a model takes or gives. */
export interface ModelValue {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

/** A model's ONNX bytes with what it takes and gives. */
export interface Model {
  readonly model: Uint8Array;
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

export interface TrainingStepOptions {
  /** Images in a batch: fixed in the model. */
  readonly batch: number;
  /** Height and width of an image; any size from 32 on. */
  readonly sizePx: number;
  /** Which parameters get a gradient; all if left out. Frozen ones cost no backward pass below the lowest trained one. */
  readonly isTrained?: (name: string) => boolean;
  /** [classes]: how much an image of each class counts in the loss; where it may show several, how much one that is there does. */
  readonly classWeights?: readonly number[];
  /**
   * Channels that ONNX Runtime's fastest convolutions keep side by side on this machine (runtime/blockSize.ts): a step that
   * only such a CPU runs, but faster. 1: a step of ONNX's own ops, which any runtime runs.
   */
  readonly block?: number;
  /** Whether only such ops are used as every device of ONNX Runtime has; block is then 1. */
  readonly isPortable?: boolean;
  /**
   * The frozen part of the network ends with this stage and is not in the step: it takes "features", what leaves that part
   * (network/frozenPart.ts), instead of images, and trains what comes behind. null: the whole network.
   */
  readonly behind?: Border | null;
  /**
   * Whether it takes "targets" [N, C] float32 instead of labels: how much −log p of each class of each image counts. A network
   * whose images may show several classes always does: which of them are there, 0 … 1.
   */
  readonly hasTargets?: boolean;
}

/**
 * One training step as an ONNX model: forward pass, (binary) cross entropy, backward pass, next running statistics.
 *
 * In: "images" [N, 3, S, S] float32 or "features", "labels" [N] int64 or "targets", every parameter and running statistic by
 * its name.
 * Out: "loss" [], "logits" [N, C], "gradient/<name>" of each trained parameter, "running/<name>" of each running
 * statistic (momentum 0.1, unbiased variance).
 */
export function buildTrainingStep(spec: NetworkSpec, options: TrainingStepOptions): Model {
  const { batch, sizePx, isTrained = () => true, classWeights, block = 1, behind = null } = options;
  const areSeveral = spec.labels === "several";
  const hasTargets = areSeveral || options.hasTargets === true;
  const network = createNetwork(spec);
  const parameters = new Map([...namedParameters(network)].filter(([name]) => isBehind(name, behind)));
  const values = parametersAsInputs(parameters);
  const entering =
    behind === null
      ? input("images", [batch, 3, sizePx, sizePx])
      : input("features", [batch, ...frozenShape(spec, behind, sizePx)]);
  const pass = options.isPortable ? new PortablePass("training", values) : new Pass("training", values, block);
  const logits = behind === null ? network.forward(entering, pass) : network.classifyFrom(behind, entering, pass);
  const truth = hasTargets ? input("targets", logits.shape) : input("labels", [batch], "int64");
  const loss = areSeveral
    ? binaryCrossEntropy(logits, truth, classWeights)
    : hasTargets
      ? neg(sum(mul(truth, logSoftmax(logits))))
      : crossEntropy(logits, truth, classWeights);

  const outputs: Record<string, Tensor> = { loss, logits };
  const trained = [...parameters].filter(([name]) => isTrainable(name) && isTrained(name));
  const gradients = gradient(
    loss,
    trained.map(([, parameter]) => pass.valueOf(parameter)),
  );
  for (const [i, dy] of gradients.entries()) outputs[`gradient/${trained[i]?.[0]}`] = dy;
  for (const [name, parameter] of parameters) {
    const next = pass.nextStatistics.get(parameter);
    if (next) outputs[`running/${name}`] = next;
  }
  const inputs = [entering, truth, ...values.values()];
  return {
    model: encodeModel({ inputs, outputs, ...(block > 1 && { untoldBatch: [entering] }) }),
    inputs: inputs.map((tensor) => modelValue(tensor.source.kind === "input" ? tensor.source.name : "", tensor)),
    outputs: Object.entries(outputs).map(([name, tensor]) => modelValue(name, tensor)),
  };
}

function modelValue(name: string, { shape, type }: Tensor): ModelValue {
  return { name, shape, type };
}
