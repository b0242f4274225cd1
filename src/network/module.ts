import { fromBlocked, toBlocked } from "../graph/blocked/blockedMaps.ts";
import { constant, input, type Shape, type Tensor } from "../graph/tensor.ts";
import type { StateDict } from "./stateDict.ts";

/** Training normalises by the batch's statistics, inference by the running ones. */
export type Mode = "training" | "inference";

/** How a fresh network's array is filled. */
export type Initial =
  | { readonly kind: "constant"; readonly value: number }
  /** Normal, deviation √(2 / fanOut): He et al. 2015, torch.nn.init.kaiming_normal_(mode="fan_out"). */
  | { readonly kind: "kaimingNormal"; readonly fanOut: number }
  /** Uniform in ± 1 / √fanIn, as torch.nn.Linear. */
  | { readonly kind: "linearUniform"; readonly fanIn: number };

/** A layer's weight, bias or running statistic. Its name is the path of fields that leads to it. */
export class Parameter {
  readonly shape: Shape;
  readonly initial: Initial;
  constructor(shape: Shape, initial: Initial) {
    this.shape = shape;
    this.initial = initial;
  }
}

/** A layer or a block of layers, as torch.nn.Module: its fields are parameters, modules and lists of modules. */
export abstract class Module {
  /** The result for a batch. What the layers' parameters are in this graph, the pass knows. */
  abstract forward(x: Tensor, pass: Pass): Tensor;
}

/** A module's parameters by torchvision's names, in the order of its fields. */
export function namedParameters(module: Module, prefix = ""): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const [field, value] of Object.entries(module)) {
    const name = prefix + field;
    if (value instanceof Parameter) found.set(name, value);
    const children = Array.isArray(value) ? value.map((item, i) => [`${name}.${i}`, item]) : [[name, value]];
    for (const [path, child] of children) {
      if (!(child instanceof Module)) continue;
      for (const [inner, parameter] of namedParameters(child, `${path}.`)) found.set(inner, parameter);
    }
  }
  return found;
}

/** Rounds what an inference computes with (network/eightBit). */
export interface Rounder {
  /** Maps between layers, rounded. */
  maps(x: Tensor): Tensor;
  /** Whether `maps` gave these: a layer's maps are rounded where those before it are. */
  hasRounded(x: Tensor): boolean;
  /** The weight and bias of a convolution of maps x, rounded where x is. */
  weights(x: Tensor, weights: ConvWeights): ConvWeights;
}

export interface ConvWeights {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** One way through a network: the tensors that stand for its parameters. */
export class Pass {
  readonly mode: Mode;
  /** The running statistics after this pass, by parameter; filled in training. */
  readonly nextStatistics = new Map<Parameter, Tensor>();
  /** Channels side by side in the layout of ONNX Runtime's fastest convolutions; 1: maps stay as ONNX knows them. */
  readonly block: number;
  readonly rounder: Rounder | null;
  /** Whether only such ops are used as every device of ONNX Runtime has, WebGPU too. */
  readonly isPortable: boolean = false;
  /** Whether maps may stand as pairs of rows (pairedRows.ts), where that is faster. */
  readonly pairsRows: boolean = false;
  readonly #values: ReadonlyMap<Parameter, Tensor>;

  constructor(mode: Mode, values: ReadonlyMap<Parameter, Tensor>, block = 1, rounder: Rounder | null = null) {
    this.mode = mode;
    this.block = block;
    this.rounder = rounder;
    this.#values = values;
  }

  /** Plain maps as this pass keeps them between layers. */
  kept(maps: Tensor): Tensor {
    if (this.rounder) return this.rounder.maps(maps);
    return this.block > 1 ? toBlocked(maps, this.block) : maps;
  }

  /** Maps between layers as ONNX's own ops take them. */
  plain(maps: Tensor): Tensor {
    return this.block > 1 ? fromBlocked(maps, this.block) : maps;
  }

  /** A parameter's tensor in this graph. */
  valueOf(parameter: Parameter): Tensor {
    const value = this.#values.get(parameter);
    if (!value) throw new Error(`A parameter of shape [${parameter.shape}] is no part of this network`);
    return value;
  }
}

/** A way through a network in training, in ops that every device of ONNX Runtime has. */
export class PortablePass extends Pass {
  override readonly isPortable = true;
}

/** A way through a trained network that a CPU does fastest; no gradient goes back on it. */
export class FastPass extends Pass {
  override readonly pairsRows = true;
  constructor(values: ReadonlyMap<Parameter, Tensor>) {
    super("inference", values);
  }
}

/** A way through a trained network: layer by layer for other devices and programs, or what a CPU does fastest. */
export function inferencePass(values: ReadonlyMap<Parameter, Tensor>, isPortable: boolean): Pass {
  return isPortable ? new Pass("inference", values) : new FastPass(values);
}

/** A tensor for each parameter, fed by its name when the graph runs. */
export function parametersAsInputs(parameters: ReadonlyMap<string, Parameter>): Map<Parameter, Tensor> {
  return new Map([...parameters].map(([name, parameter]) => [parameter, input(name, parameter.shape)]));
}

/** A tensor for each parameter, with its numbers stored in the model. */
export function parametersAsConstants(
  parameters: ReadonlyMap<string, Parameter>,
  state: StateDict,
): Map<Parameter, Tensor> {
  return new Map(
    [...parameters].map(([name, parameter]) => {
      const entry = state.get(name);
      if (!entry || String(entry.shape) !== String(parameter.shape)) {
        throw new Error(`${name} should have shape [${parameter.shape}], not [${entry?.shape ?? "none"}]`);
      }
      return [parameter, constant(entry.data, parameter.shape)];
    }),
  );
}
