/** Sizes along each axis; [] is a scalar. */
export type Shape = readonly number[];

export type ElementType = "float32" | "int64" | "int32" | "int8" | "uint8" | "bool";

/** Numbers that are known when a graph is written. */
export type ConstantData = Float32Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** An attribute of an ONNX node. A bare number is ONNX's integer; a ratio is written { float: 0.1 }. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** One ONNX operator and what goes into it; null is an optional input left out. */
export interface GraphNode {
  /** ONNX's name of the operator; one of another domain has the domain before it, as in "com.microsoft.nchwc.Conv". */
  readonly operator: string;
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
  /** How many of the outputs, from the first, ONNX Runtime must write even where nobody uses them. */
  readonly requiredOutputs: number;
}

/** Where a tensor's numbers come from when the graph runs. */
export type TensorSource =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: ConstantData }
  | { readonly kind: "node"; readonly node: GraphNode; readonly output: number };

/** From the gradient of the loss by an op's result to its gradient by one of the op's arguments. */
export type GradientRule = (dy: Tensor) => Tensor;

/** What an op's result was made from, each with its gradient rule; null where the op is not differentiable by it. */
export type Derivation = readonly (readonly [argument: Tensor, rule: GradientRule | null])[];

/** An array that is not there yet: a place in a graph, with the shape and the type that it will have. */
export interface Tensor {
  readonly shape: Shape;
  readonly type: ElementType;
  readonly source: TensorSource;
  readonly derivation: Derivation;
  /**
   * The same values, computed once more when `after` is there, where that is cheap: a backward pass that asks for them in
   * this way spares the memory in which the forward pass would keep them. Asked twice, it gives the same tensor.
   */
  readonly again?: (after: Tensor) => Tensor;
  /** The same values with others of this shape added, where that is cheaper than to write them and add afterwards. */
  readonly plus?: (other: Tensor) => Tensor;
  /** How many images stand abreast in blocked maps (graph/blocked/abreast.ts); left out: none do. */
  readonly abreast?: number | undefined;
}

/** A tensor that is fed under this name when the graph runs: a batch, its labels, a parameter. */
export function input(name: string, shape: Shape, type: ElementType = "float32"): Tensor {
  return { shape, type, source: { kind: "input", name }, derivation: [] };
}

/** A float32 tensor whose numbers are known now and stored in the model. */
export function constant(data: number | readonly number[] | Float32Array, shape?: Shape): Tensor {
  const numbers = typeof data === "number" ? Float32Array.of(data) : Float32Array.from(data);
  const dims = shape ?? (typeof data === "number" ? [] : [numbers.length]);
  if (elementCount(dims) !== numbers.length) throw new Error(`${numbers.length} numbers for shape [${dims}]`);
  return { shape: dims, type: "float32", source: { kind: "constant", data: numbers }, derivation: [] };
}

/** The numbers of a tensor that are known now. @throws Error if they are not. */
export function knownNumbers({ source }: Tensor): Float32Array {
  if (source.kind === "constant" && source.data instanceof Float32Array) return source.data;
  throw new Error("These numbers are known only when the graph runs");
}

/** An int64 tensor of one axis whose numbers are known now: axes, sizes, places. */
export function integers(values: readonly number[]): Tensor {
  const data = BigInt64Array.from(values, BigInt);
  return { shape: [values.length], type: "int64", source: { kind: "constant", data }, derivation: [] };
}

/** The single result of an ONNX operator, with the way its gradient goes back. */
export function apply(
  operator: string,
  inputs: readonly (Tensor | null)[],
  result: { readonly shape: Shape; readonly type?: ElementType; readonly derivation?: Derivation },
  attributes: Readonly<Record<string, Attribute>> = {},
): Tensor {
  const { shape, type = "float32", derivation = [] } = result;
  return {
    shape,
    type,
    source: { kind: "node", node: { operator, inputs, attributes, outputs: 1, requiredOutputs: 1 }, output: 0 },
    derivation,
  };
}

/** The results of an ONNX operator that has several; none carries a gradient. */
export function applyMany(
  operator: string,
  inputs: readonly (Tensor | null)[],
  results: readonly { readonly shape: Shape; readonly type?: ElementType; readonly isOptional?: boolean }[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Tensor[] {
  const requiredOutputs = results.filter(({ isOptional }) => !isOptional).length;
  const node: GraphNode = { operator, inputs, attributes, outputs: results.length, requiredOutputs };
  return results.map(({ shape, type = "float32" }, output) => ({
    shape,
    type,
    source: { kind: "node", node, output },
    derivation: [],
  }));
}

/**
 * The same values with another way for the gradient to go back: what lies between the arguments and the values is
 * skipped. For ops of several nodes whose gradient is cheaper written by hand.
 */
export function withDerivation(values: Tensor, derivation: Derivation): Tensor {
  return { ...values, derivation };
}

/** How many numbers a tensor of this shape holds. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The size along an axis; negative axes count from the end. */
export function sizeAt(tensor: Tensor, axis: number): number {
  const size = tensor.shape.at(axis);
  if (size === undefined) throw new Error(`No axis ${axis} in shape [${tensor.shape}]`);
  return size;
}

/** Sizes of a batch of maps. @throws Error if the tensor has not four axes. */
export function sizesOf4(tensor: Tensor): readonly [number, number, number, number] {
  const [n, c, h, w] = tensor.shape;
  if (tensor.shape.length !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
    throw new Error(`A tensor [N, C, H, W] was expected, not [${tensor.shape}]`);
  }
  return [n, c, h, w];
}
