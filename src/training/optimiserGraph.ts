import { encodeModel } from "../graph/encodeModel.ts";
import { add, div, mul, sub } from "../graph/ops/arithmetic.ts";
import { sqrt } from "../graph/ops/pointwise.ts";
import { sum } from "../graph/ops/reduce.ts";
import { apply, constant, input, type Shape, type Tensor } from "../graph/tensor.ts";
import type { OptimiserSettings } from "./optimiser.ts";
import type { ParameterGroup } from "./parameterGroups.ts";

/** Prefixes of the optimiser graph's arrays. */
export const arrayPrefixes = { weight: "weight/", gradient: "gradient/", first: "first/", second: "second/" } as const;

/**
 * The optimiser as an ONNX model, for devices where the weights stay: the numbers of optimiserKernels.ts, in the same order.
 *
 * In: by weight "weight/<name>", "gradient/<name>" (the sum over the batches gathered), "first/<name>" and, but in sgd, "second/<name>";
 * "gathered" [1], how many batches those are; by group k the numbers of `groupNumbers`. Out: the same weights and moments, and "norm" [], the
 * length of the mean gradient before it is clipped.
 */
export function buildOptimiser(
  groups: readonly ParameterGroup[],
  shapeOf: (name: string) => Shape,
  settings: OptimiserSettings & { readonly clipNorm?: number | null },
): { readonly model: Uint8Array; readonly outputs: readonly string[] } {
  const { optimiser: kind = "adam", clipNorm = null } = settings;
  const gathered = input("gathered", [1]);
  const gradients = new Map(
    groups.flatMap(({ names }) =>
      names.map((name) => [name, input(arrayPrefixes.gradient + name, shapeOf(name))] as const),
    ),
  );
  const squares = [...gradients.values()].map((g) => sum(mul(g, g)));
  const norm = div(sqrt(squares.reduce(add)), gathered);
  const clipped = (share: number) =>
    apply("Min", [constant([1]), div(constant([share]), add(norm, constant(1e-6)))], { shape: [1] });
  const gradientScale = div(clipNorm === null ? constant([1]) : clipped(clipNorm), gathered);
  const outputs: Record<string, Tensor> = { norm };
  for (const [k, group] of groups.entries()) {
    const number = (name: string) => input(`${k}/${name}`, [1]);
    const numbers = {
      rate: number("rate"),
      kept: number("kept"),
      correction: number("correction"),
      stepSize: number("stepSize"),
    };
    for (const name of group.names) {
      const shape = shapeOf(name);
      const weight = input(arrayPrefixes.weight + name, shape);
      const first = input(arrayPrefixes.first + name, shape);
      const penalty = kind === "adamw" ? 0 : group.weightDecay;
      const scaled = mul(gradients.get(name) ?? weight, gradientScale);
      const g = penalty === 0 ? scaled : add(scaled, mul(constant([penalty]), weight));
      if (kind === "sgd") {
        const { momentum = 0, isNesterov = false } = settings;
        const m = add(mul(first, constant([momentum])), g);
        outputs[arrayPrefixes.first + name] = m;
        const by = isNesterov ? add(g, mul(constant([momentum]), m)) : m;
        outputs[arrayPrefixes.weight + name] = sub(weight, mul(numbers.rate, by));
      } else {
        const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
        const second = input(arrayPrefixes.second + name, shape);
        const m = add(mul(first, constant([beta1])), mul(constant([1 - beta1]), g));
        const v = add(mul(second, constant([beta2])), mul(mul(constant([1 - beta2]), g), g));
        outputs[arrayPrefixes.first + name] = m;
        outputs[arrayPrefixes.second + name] = v;
        const move = div(mul(numbers.stepSize, m), add(div(sqrt(v), numbers.correction), constant([epsilon])));
        const left = kind === "adamw" ? mul(weight, numbers.kept) : weight;
        outputs[arrayPrefixes.weight + name] = sub(left, move);
      }
    }
  }
  return { model: encodeModel({ outputs: renamed(outputs) }), outputs: Object.keys(renamed(outputs)) };
}

/** What the outputs of the optimiser's model are called: a model's outputs cannot have its inputs' names. */
export const nextPrefix = "next/";

function renamed(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name === "norm" ? name : nextPrefix + name, tensor]),
  );
}

/** What a step feeds the optimiser's model beside the arrays, by group, after so many steps of the run, this one included. */
export function groupNumbers(
  groups: readonly ParameterGroup[],
  settings: OptimiserSettings,
  now: { readonly steps: number; readonly rateShare: number },
): Record<string, number> {
  const { optimiser: kind = "adam", beta1 = 0.9, beta2 = 0.999 } = settings;
  const numbers: Record<string, number> = {};
  for (const [k, { learningRate, weightDecay, thawedAt }] of groups.entries()) {
    const rate = now.rateShare * learningRate;
    const steps = now.steps - thawedAt;
    if (kind === "sgd") {
      numbers[`${k}/rate`] = rate;
    } else {
      numbers[`${k}/stepSize`] = rate / (1 - beta1 ** steps);
      numbers[`${k}/correction`] = Math.sqrt(1 - beta2 ** steps);
      if (kind === "adamw") numbers[`${k}/kept`] = 1 - rate * weightDecay;
    }
  }
  return numbers;
}
