import type { Random } from "../base/random.ts";
import { type Initial, namedParameters, type Parameter } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { type StateDict, type StateEntry, sizeOf } from "./stateDict.ts";

/**
 * A fresh network's weights and running statistics, drawn as torchvision draws them: convolutions Kaiming normal by
 * fan-out, norms 1 and 0, the last layer as torch.nn.Linear.
 *
 * Each array has its own stream of random numbers, so one does not depend on the others.
 */
export function initialStateDict(spec: NetworkSpec, random: Random): StateDict {
  const parameters = namedParameters(createNetwork(spec));
  return new Map([...parameters].map(([name, parameter]) => [name, initialEntry(name, parameter, random)]));
}

/** One array of a fresh network, the same as in `initialStateDict` with the same random numbers. */
export function initialEntry(name: string, { shape, initial }: Parameter, random: Random): StateEntry {
  return { shape, data: draw(initial, sizeOf(shape), random.fork(name)) };
}

function draw(initial: Initial, count: number, random: Random): Float32Array {
  const data = new Float32Array(count);
  if (initial.kind === "constant") return data.fill(initial.value);
  if (initial.kind === "kaimingNormal") return fillNormal(data, Math.sqrt(2 / initial.fanOut), random);
  const bound = 1 / Math.sqrt(initial.fanIn);
  for (let i = 0; i < count; i++) data[i] = random.between(-bound, bound);
  return data;
}

/** Both normal numbers of each Box–Muller pair: a network has millions. */
function fillNormal(data: Float32Array, deviation: number, random: Random): Float32Array {
  for (let i = 0; i < data.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
  return data;
}
