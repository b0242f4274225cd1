import { encodeModel } from "../graph/encodeModel.ts";
import { gradient } from "../graph/gradient.ts";
import { add, div, mul, neg } from "../graph/ops/arithmetic.ts";
import { sum } from "../graph/ops/reduce.ts";
import { reshape } from "../graph/ops/shape.ts";
import { logSoftmax, softmax } from "../graph/ops/softmax.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { GatedAttention } from "./gatedAttention.ts";
import { Linear } from "./layers.ts";
import { namedParameters, type Parameter, Pass, parametersAsInputs } from "./module.ts";
import type { StateDict } from "./stateDict.ts";

/** How large a study head is. */
export interface StudyHeadShape {
  /** What the network's last layer sees of an image. */
  readonly features: number;
  readonly hidden: number;
  readonly classes: number;
}

/** Of a network with a study head, the name that its attention's arrays begin with; its last layer keeps its own name. */
const attentionPrefix = "attention.";

/** The attention of a network's weights; null where they have none. */
export function attentionIn(state: StateDict): { module: GatedAttention; parameters: Map<string, Parameter> } | null {
  const look = state.get(`${attentionPrefix}look.weight`);
  if (look === undefined) return null;
  const module = new GatedAttention(look.shape[1] ?? 0, look.shape[0] ?? 0);
  return { module, parameters: namedParameters(module, attentionPrefix) };
}

function createHead({ features, hidden, classes }: StudyHeadShape) {
  const attention = new GatedAttention(features, hidden);
  const fc = new Linear(features, classes);
  return { attention, fc };
}

/** A study head's parameters: of its attention, and of the last layer that decides on what attention gathered. */
export function studyHeadParameters(shape: StudyHeadShape): Map<string, Parameter> {
  return parametersOf(createHead(shape));
}

function parametersOf({ attention, fc }: ReturnType<typeof createHead>): Map<string, Parameter> {
  return new Map([...namedParameters(attention, attentionPrefix), ...namedParameters(fc, "fc.")]);
}

/** In absent: where a study has fewer images than there are places. Far below any score, so that its attention is 0. */
export const absentPlace = -1e9;

/**
 * A study head's training step as an ONNX model.
 *
 * In: "features" [studies, images, features]; "absent" [studies, images], 0, or absentPlace where there is no image; "targets" [studies,
 * classes], how much −log p of each class counts; every parameter by its name. Out: "loss" [], the weighted mean; "logits" [studies,
 * classes]; "gradient/<name>" of each parameter.
 * @source Ilse et al. 2018, eqs. 7 to 9.
 */
export function buildStudyHeadStep(
  shape: StudyHeadShape,
  { studies, images }: { readonly studies: number; readonly images: number },
): Uint8Array {
  const head = createHead(shape);
  const parameters = parametersOf(head);
  const values = parametersAsInputs(parameters);
  const pass = new Pass("training", values);
  const features = input("features", [studies, images, shape.features]);
  const absent = input("absent", [studies, images]);
  const targets = input("targets", [studies, shape.classes]);
  const scores = head.attention.forward(reshape(features, [studies * images, shape.features]), pass);
  const attention = softmax(add(reshape(scores, [studies, images]), absent));
  const gathered = sum(mul(reshape(attention, [studies, images, 1]), features), [1]);
  const logits = head.fc.forward(gathered, pass);
  const loss = div(neg(sum(mul(targets, logSoftmax(logits)))), sum(targets));
  const outputs: Record<string, Tensor> = { loss, logits };
  const gradients = gradient(
    loss,
    [...parameters.values()].map((parameter) => pass.valueOf(parameter)),
  );
  for (const [i, name] of [...parameters.keys()].entries()) outputs[`gradient/${name}`] = gradients[i];
  return encodeModel({ inputs: [features, absent, targets, ...values.values()], outputs });
}
