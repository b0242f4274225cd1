import type { Random } from "../base/random.ts";
import { type Initial, namedParameters } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { type StateDict, sizeOf } from "./stateDict.ts";

/**
 * A fresh network's weights and running statistics, drawn as torchvision draws them: convolutions Kaiming normal by
 * fan-out, norms 1 and 0, the last layer as torch.nn.Linear.
 *
 * Each array has its own stream of random numbers, so one does not depend on the others.
 */
export function initialStateDict(spec: NetworkSpec, random: Random): StateDict {
  const state: StateDict = new Map();
  for (const [name, { shape, initial }] of namedParameters(createNetwork(spec))) {
    state.set(name, { shape, data: draw(initial, sizeOf(shape), random.fork(name)) });
  }
  return state;
}

function draw(initial: Initial, count: number, random: Random): Float32Array {
  const data = new Float32Array(count);
  if (initial.kind === "constant") return data.fill(initial.value);
  if (initial.kind === "kaimingNormal") {
    const deviation = Math.sqrt(2 / initial.fanOut);
    return data.map(() => deviation * random.normal());
  }
  const bound = 1 / Math.sqrt(initial.fanIn);
  return data.map(() => random.between(-bound, bound));
}
