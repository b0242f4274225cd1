import onnxProto from "onnx-proto";
import { InputError } from "../../base/errors.ts";
import { sizeOf } from "../stateDict.ts";
import { bytesPerNumber, type NumberType, toFloat32 } from "./numberTypes.ts";
import type { StoredArray, StoredDict } from "./storedArray.ts";

const { onnx } = onnxProto;

type TensorProto = InstanceType<typeof onnx.TensorProto>;

/** By TensorProto.DataType. */
const numberTypes: Readonly<Record<number, NumberType>> = {
  1: "F32",
  2: "U8",
  3: "I8",
  5: "I16",
  6: "I32",
  7: "I64",
  9: "BOOL",
  10: "F16",
  11: "F64",
  16: "BF16",
};

/**
 * The initialisers of an ONNX model's bytes, by their names.
 *
 * @throws InputError WEIGHTS_DAMAGED if the bytes are no ONNX model; WEIGHTS_FOLDED if its convolutions hold their batch
 * norms; WEIGHTS_TYPE_UNSUPPORTED if its numbers are in another file.
 */
export function readOnnxWeights(bytes: Uint8Array): StoredDict[] {
  const graph = decode(bytes).graph;
  const initializers = graph?.initializer ?? [];
  const nodes = graph?.node ?? [];
  if (initializers.length === 0) throw damaged("it holds no initialisers");
  const convolutions = nodes.filter(({ opType }) => opType === "Conv").length;
  const hasNorms = nodes.some(({ opType }) => opType === "BatchNormalization");
  if (convolutions > 0 && !hasNorms) {
    throw new InputError(
      "WEIGHTS_FOLDED",
      `The ONNX model has ${convolutions} convolutions and no batch norm: it was folded for inference, and what the norms were cannot be had back from it. Export it with training=torch.onnx.TrainingMode.PRESERVE and do_constant_folding=False, or use the state dict.`,
    );
  }
  const arrays = new Map<string, StoredArray>();
  for (const tensor of initializers) {
    const type = numberTypes[tensor.dataType ?? 0];
    if (type !== undefined && tensor.name) arrays.set(tensor.name, storedArray(tensor as TensorProto, type));
  }
  return [{ path: "", arrays }];
}

function decode(bytes: Uint8Array) {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (cause) {
    throw damaged("it cannot be decoded", cause);
  }
}

function storedArray(tensor: TensorProto, type: NumberType): StoredArray {
  const name = (tensor.name ?? "").slice(0, 80);
  const shape = (tensor.dims ?? []).map(Number);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) throw damaged(`${name} has no shape`);
  if (tensor.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL) {
    throw new InputError(
      "WEIGHTS_TYPE_UNSUPPORTED",
      `The ONNX model keeps ${name} in another file. Save it as one file: onnx.save(model, path, save_as_external_data=False).`,
    );
  }
  const read = () => {
    const raw = tensor.rawData;
    const numbers = raw && raw.length > 0 ? rawNumbers(name, type, raw) : listedNumbers(tensor, type);
    if (numbers.length === sizeOf(shape)) return numbers;
    throw damaged(`${name} has ${numbers.length} numbers for shape [${shape}]`);
  };
  return { shape, type, read };
}

function rawNumbers(name: string, type: NumberType, raw: Uint8Array): Float32Array<ArrayBuffer> {
  if (raw.length % bytesPerNumber[type] !== 0) throw damaged(`${name} ends in the middle of a number`);
  return toFloat32(type, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
}

/** Numbers in the fields for each type: float16 and bfloat16 as their bits in int32Data. */
function listedNumbers(tensor: TensorProto, type: NumberType): Float32Array<ArrayBuffer> {
  if (type === "F32") return Float32Array.from(tensor.floatData ?? []);
  if (type === "F64") return Float32Array.from(tensor.doubleData ?? []);
  if (type === "I64") return Float32Array.from((tensor.int64Data ?? []).map(Number));
  const listed = tensor.int32Data ?? [];
  if (type !== "F16" && type !== "BF16") return Float32Array.from(listed);
  return toFloat32(type, new Uint8Array(Uint16Array.from(listed).buffer));
}

function damaged(what: string, cause?: unknown): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole ONNX model: ${what}. Get the file again.`, {
    cause,
  });
}
