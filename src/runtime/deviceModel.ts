import { encodeModel } from "../graph/encodeModel.ts";
import { conv2d } from "../graph/ops/conv2d.ts";
import { input } from "../graph/tensor.ts";

/** The work by which devices are compared: a 3×3 convolution of 64 maps of 56 px, as a ResNet's first stage has them. */
export const trialShape = { images: [1, 64, 56, 56], weight: [64, 64, 3, 3] } as const;

/** How many multiplications and additions one run of the trial takes. */
export const trialOperations = 2 * 64 * 56 * 56 * 64 * 9;

/** The trial as a model. In: "images", "weight". Out: "maps". */
export function trialModel(): Uint8Array {
  const [images, weight] = [input("images", trialShape.images), input("weight", trialShape.weight)];
  return encodeModel({ outputs: { maps: conv2d(images, weight, { padding: 1 }) } });
}
