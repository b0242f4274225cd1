import { mul } from "../graph/ops/arithmetic.ts";
import { matmul, swapLast } from "../graph/ops/matmul.ts";
import { sigmoid, tanh } from "../graph/ops/pointwise.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Linear } from "./layers.ts";
import { Module, Parameter, type Pass } from "./module.ts";

/**
 * How much an image says of its study: features [N, features] → scores [N, 1], whose softmax over a study's images is the
 * attention that each gets.
 * @source Ilse et al. 2018, Attention-based deep multiple instance learning, eq. 9.
 */
export class GatedAttention extends Module {
  readonly look: Linear;
  readonly gate: Linear;
  readonly attend: Parameter;

  constructor(features: number, hidden: number) {
    super();
    this.look = new Linear(features, hidden);
    this.gate = new Linear(features, hidden);
    this.attend = new Parameter([1, hidden], { kind: "linearUniform", fanIn: hidden });
  }

  forward(features: Tensor, pass: Pass): Tensor {
    const seen = mul(tanh(this.look.forward(features, pass)), sigmoid(this.gate.forward(features, pass)));
    return matmul(seen, swapLast(pass.valueOf(this.attend)));
  }
}
