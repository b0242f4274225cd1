import onnxProto from "onnx-proto";
import { type Attribute, type ConstantData, type ElementType, type GraphNode, sizeAt, type Tensor } from "./tensor.ts";

const { onnx } = onnxProto;

/** A graph to be written as a model. */
export interface Graph {
  /** In the order that the model has them; left out: those that the outputs need. */
  readonly inputs?: readonly Tensor[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The first axis of these inputs, and of every output, may have any size when the model runs. */
  readonly anyBatch?: readonly Tensor[];
  /**
   * The first axis of these inputs has a size, but not in the model. A buffer that is no longer needed ONNX Runtime keeps for the next
   * array of the same shape, even if that comes much later; of a shape that it cannot know it gives the memory back at once.
   */
  readonly untoldBatch?: readonly Tensor[];
  /** Free text by name, kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const opset = 17;
const irVersion = 8;
const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/**
 * The bytes of an ONNX model (opset 17) that computes the graph's outputs from its inputs.
 * @throws Error if the outputs need an input that is not listed, or two inputs or an input and an output share a name.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const names = new Names(graph);
  const sorted = sortedNodes(Object.values(graph.outputs));
  const inputs = checkedInputs(graph, sorted);
  // What is used gets its name before its producer is written: outputs that nobody uses stay unnamed.
  for (const tensor of sorted.flatMap(({ inputs }) => inputs)) if (tensor) names.of(tensor);
  const nodes: InstanceType<typeof onnx.NodeProto>[] = sorted.map((node, i) => encodeNode(node, i, names));
  for (const [name, tensor] of Object.entries(graph.outputs)) {
    if (names.of(tensor) !== name)
      nodes.push(onnx.NodeProto.create({ opType: "Identity", input: [names.of(tensor)], output: [name] }));
  }
  const isAnyBatch = (graph.anyBatch ?? []).length > 0;
  const model = onnx.ModelProto.create({
    irVersion,
    producerName: "groundglass",
    opsetImport: [{ domain: "", version: opset }, ...otherDomains(sorted).map((domain) => ({ domain, version: 1 }))],
    metadataProps: Object.entries(graph.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: "groundglass",
      node: nodes,
      initializer: names.initializers,
      input: inputs.map((tensor) => {
        const firstSize = graph.anyBatch?.includes(tensor) ? anySize : graph.untoldBatch?.includes(tensor) ? {} : null;
        return valueInfo(names.of(tensor), tensor, firstSize);
      }),
      output: Object.entries(graph.outputs).map(([name, tensor]) =>
        valueInfo(name, tensor, isAnyBatch ? anySize : null),
      ),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** Gives each tensor its name in the model; constants of equal value share one. */
class Names {
  readonly initializers: InstanceType<typeof onnx.TensorProto>[] = [];
  readonly #constants = new Map<string, string>();
  readonly #constantNames = new Map<unknown, string>();
  readonly #nodes = new Map<GraphNode, string[]>();
  #count = 0;

  constructor(graph: Graph) {
    for (const [name, { source }] of Object.entries(graph.outputs)) {
      if (source.kind !== "node") continue;
      const outputs = this.#outputsOf(source.node);
      outputs[source.output] ??= name;
    }
  }

  of(tensor: Tensor): string {
    const { source } = tensor;
    if (source.kind === "input") return source.name;
    if (source.kind === "constant") return this.#constant(tensor, source.data);
    const outputs = this.#outputsOf(source.node);
    outputs[source.output] ??= `t${this.#count++}`;
    return outputs[source.output] ?? "";
  }

  /**
   * The names of a node's outputs up to the last that must be written; "" for those before it that nobody asked for. A list
   * with an empty end would keep ONNX Runtime from its fastest max pooling.
   */
  outputs(node: GraphNode): string[] {
    const names = this.#outputsOf(node);
    const unused = (i: number) => (i < node.requiredOutputs ? `t${this.#count++}` : "");
    const length = Math.max(node.requiredOutputs, names.length);
    return Array.from({ length }, (_, i) => names[i] ?? unused(i));
  }

  #outputsOf(node: GraphNode): string[] {
    const known = this.#nodes.get(node) ?? [];
    this.#nodes.set(node, known);
    return known;
  }

  #constant(tensor: Tensor, data: ConstantData): string {
    const known = this.#constantNames.get(data);
    if (known) return known;
    const key = data.length <= 64 ? `${tensor.type}[${tensor.shape}]${data.join()}` : "";
    const name = (key && this.#constants.get(key)) || `c${this.initializers.length}`;
    this.#constantNames.set(data, name);
    if (this.#constants.get(key) === name) return name;
    if (key) this.#constants.set(key, name);
    this.initializers.push(
      onnx.TensorProto.create({
        name,
        dims: [...tensor.shape],
        dataType: elementCodes[tensor.type],
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      }),
    );
    return name;
  }
}

/** The nodes that lead to the outputs, each after those it needs. */
function sortedNodes(outputs: readonly Tensor[]): GraphNode[] {
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const stack: { node: GraphNode; isReady: boolean }[] = [];
  const push = (tensor: Tensor | null) => {
    if (tensor?.source.kind === "node") stack.push({ node: tensor.source.node, isReady: false });
  };
  for (const output of outputs) {
    push(output);
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (top.isReady) {
        order.push(top.node);
      } else if (!seen.has(top.node)) {
        seen.add(top.node);
        stack.push({ node: top.node, isReady: true });
        for (const argument of top.node.inputs) push(argument);
      }
    }
  }
  return order;
}

/** What is fed, by names that stand for one tensor each. */
function checkedInputs({ inputs, outputs }: Graph, nodes: readonly GraphNode[]): readonly Tensor[] {
  const used = [...nodes.flatMap((node) => node.inputs), ...Object.values(outputs)];
  const needed = [...new Set(used.filter((tensor) => tensor?.source.kind === "input"))].filter(
    (tensor) => tensor !== null,
  );
  const listed = inputs ?? needed;
  const names = listed.map(nameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`Two inputs are called "${twice}"; a model's inputs are fed by their names`);
  const shared = names.find((name) => outputs[name] !== undefined && !listed.includes(outputs[name]));
  if (shared !== undefined) throw new Error(`An input and an output are called "${shared}"; call the output otherwise`);
  const missing = needed.find((tensor) => !listed.includes(tensor));
  if (missing)
    throw new Error(`The outputs need the input "${nameOf(missing)}", which is not among the graph's inputs`);
  return listed;
}

function nameOf({ source }: Tensor): string {
  return source.kind === "input" ? source.name : "";
}

/** The domains of the operators that are not ONNX's own. */
function otherDomains(nodes: readonly GraphNode[]): string[] {
  return [...new Set(nodes.map(({ operator }) => splitOperator(operator).domain))].filter((domain) => domain !== "");
}

/** "com.microsoft.nchwc.Conv" → the domain "com.microsoft.nchwc" and the operator "Conv"; ONNX's own domain is "". */
function splitOperator(operator: string): { readonly domain: string; readonly opType: string } {
  const dot = operator.lastIndexOf(".");
  return { domain: operator.slice(0, Math.max(dot, 0)), opType: operator.slice(dot + 1) };
}

function encodeNode(node: GraphNode, index: number, names: Names) {
  const inputs = node.inputs.map((tensor) => (tensor ? names.of(tensor) : ""));
  const { domain, opType } = splitOperator(node.operator);
  return onnx.NodeProto.create({
    name: `${opType}_${index}`,
    domain,
    opType,
    input: inputs,
    output: names.outputs(node),
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
  });
}

function encodeAttribute(name: string, value: Attribute) {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

/** A size that is another each time. */
const anySize = { dimParam: "batch" };

/** firstSize: what the model says of the first axis; null: what the tensor says. */
function valueInfo(name: string, tensor: Tensor, firstSize: { readonly dimParam?: string } | null) {
  const dim = tensor.shape.map((_, axis) => (axis === 0 && firstSize ? firstSize : { dimValue: sizeAt(tensor, axis) }));
  return { name, type: { tensorType: { elemType: elementCodes[tensor.type], shape: { dim } } } };
}
