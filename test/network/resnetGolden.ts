import { readFileSync } from "node:fs";
import { namedParameters } from "../../src/network/module.ts";
import type { NetworkSpec } from "../../src/network/networkSpec.ts";
import { createNetwork } from "../../src/network/resnet.ts";
import { type StateDict, type StateEntry, sizeOf } from "../../src/network/stateDict.ts";

/** What PyTorch computes in float64 from weights and images that a formula gives; made by resnet.golden.py. For tests. */
export interface Golden {
  readonly network: NetworkSpec["name"];
  readonly batch: number;
  readonly sizePx: number;
  readonly classes: number;
  /** How far from zero the normalisations keep what enters a ReLU; 0 leaves it as it comes. */
  readonly margin: number;
  /** By the name of a normalisation's bias, the channels whose bias is another than the formula's: [channel, bias]. */
  readonly biases: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly loss: number;
  readonly logits: readonly number[];
  readonly inferredLogits: readonly number[];
  /** Global relative L2 error of PyTorch's own float32 gradients. */
  readonly float32Error: number;
  /** The same over the numbers that are kept here. */
  readonly float32SampleError: number;
  readonly gradients: Readonly<Record<string, { readonly norm: number; readonly sample: readonly number[] }>>;
  readonly running: Readonly<Record<string, readonly number[]>>;
}

export function readGoldens(): Golden[] {
  return JSON.parse(readFileSync(new URL("./resnet.golden.json", import.meta.url), "utf8"));
}

/** The golden script's weights and running statistics. */
export function goldenState({
  network,
  classes,
  margin,
  biases = {},
}: Pick<Golden, "network" | "classes" | "margin"> & Partial<Pick<Golden, "biases">>): StateDict {
  const lastNorm = network === "resnet18" ? "bn2.bias" : "bn3.bias";
  const parameters = [...namedParameters(createNetwork({ name: network, classes }))];
  return new Map(
    parameters.map(([name, { shape }], i) => {
      const numbers = hashed(sizeOf(shape), i + 1);
      const isMargin = margin > 0 && name.endsWith("bias") && name.includes("bn");
      if (!isMargin) scaleNumbers(numbers, name, shape);
      const far = (u: number) => (u < 0 && !name.endsWith(lastNorm) ? -margin : margin);
      const data = Float32Array.from(isMargin ? numbers.map(far) : numbers);
      for (const [channel, value] of biases[name] ?? []) data[channel] = value;
      return [name, { shape, data }];
    }),
  );
}

/** The golden script's images. */
export function goldenImages({ batch, sizePx }: Pick<Golden, "batch" | "sizePx">): StateEntry {
  const shape = [batch, 3, sizePx, sizePx];
  return { shape, data: Float32Array.from(hashed(sizeOf(shape), 0), (u) => 4 * u) };
}

/** The numbers that the golden script kept of an array. */
export function sample(values: Float32Array): number[] {
  return samplePlaces(values.length).map((place) => values[place] ?? 0);
}

/** Which of an array's numbers the golden script kept; all of at most 16, in another order. */
export function samplePlaces(count: number): number[] {
  return Array.from({ length: Math.min(16, count) }, (_, i) => (i * 7919) % count);
}

/** The L2 norm of all differences, as a share of the expected numbers' norm. */
export function relativeError(pairs: readonly (readonly [readonly number[], readonly number[]])[]): number {
  let [difference, total] = [0, 0];
  for (const [got, expected] of pairs) {
    for (const [i, value] of expected.entries()) {
      difference += ((got[i] ?? Number.NaN) - value) ** 2;
      total += value ** 2;
    }
  }
  return Math.sqrt(difference / total);
}

function scaleNumbers(numbers: Float64Array, name: string, shape: readonly number[]): void {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  let [factor, offset] = [0.4, 0];
  if (shape.length === 4) factor = Math.sqrt(24 / (outputs * height * width));
  else if (shape.length === 2) factor = Math.sqrt(12 / inputs);
  else if (name.endsWith("running_var") || name.endsWith(".weight")) offset = 1;
  for (let i = 0; i < numbers.length; i++) numbers[i] = offset + factor * (numbers[i] ?? 0);
}

/** The golden script's numbers in [−0.5, 0.5), from integers only. */
export function hashed(count: number, seed: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i + 1, 2654435761) + Math.imul(seed, 40503)) >>> 0;
    h = (h ^ (h >>> 15)) >>> 0;
    h = Math.imul(h, 2246822519) >>> 0;
    h = (h ^ (h >>> 13)) >>> 0;
    numbers[i] = h / 2 ** 32 - 0.5;
  }
  return numbers;
}
