import { InputError } from "../../base/errors.ts";
import { sizeOf } from "../stateDict.ts";
import { bytesPerNumber, toFloat32 } from "./numberTypes.ts";
import { readPickle } from "./pickle.ts";
import type { StoredArray, StoredDict } from "./storedArray.ts";
import { type TorchStorage, TorchTensor, torchHost } from "./torchObjects.ts";
import { zipEntries } from "./zipEntries.ts";

/**
 * The dictionaries of tensors in the bytes of a file that torch.save wrote since PyTorch 1.6: a zip archive.
 *
 * @throws InputError WEIGHTS_DAMAGED, WEIGHTS_UNSAFE, WEIGHTS_TYPE_UNSUPPORTED (big endian, quantised numbers, TorchScript).
 * @source PyTorch, torch/serialization.py and caffe2/serialize/inline_container.h
 */
export function readTorchZip(bytes: Uint8Array): StoredDict[] {
  const files = zipEntries(bytes);
  const names = [...files.keys()];
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickleName] = pickles;
  const pickle = pickleName === undefined ? undefined : files.get(pickleName);
  if (pickleName === undefined || pickle === undefined || pickles.length > 1) {
    throw damaged(`the archive holds ${pickles.length} data.pkl, and one was expected: it is no file of torch.save`);
  }
  const folder = pickleName.slice(0, -"data.pkl".length);
  if (files.has(`${folder}constants.pkl`) || names.some((name) => name.startsWith(`${folder}code/`))) {
    throw unsupported("a TorchScript program");
  }
  const byteOrder = files.get(`${folder}byteorder`);
  if (byteOrder !== undefined && new TextDecoder().decode(byteOrder) !== "little")
    throw unsupported("big-endian numbers");
  const storages = new Map<string, TorchStorage>();
  const { value, end } = readPickle(pickle, 0, torchHost(storages));
  if (end !== pickle.length) throw damaged("its data.pkl goes on after its end");
  const parts = new Map<string, Uint8Array>();
  for (const storage of storages.values()) {
    const part = files.get(`${folder}data/${storage.key}`);
    if (part === undefined) throw damaged(`storage ${shown(storage)} is missing`);
    parts.set(storage.key, wholeStorage(storage, part));
  }
  return dictionariesIn(value, parts);
}

/** 0x1950a86a20f9469cfc6c, the first value of a file of torch.save before PyTorch 1.6. */
const legacyMagic = 119_547_037_146_038_801_333_356n;

/** Whether the bytes begin as a file of torch.save before PyTorch 1.6. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  const start = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  return start.every((byte, i) => i === 1 || bytes[i] === byte);
}

/**
 * The dictionaries of tensors in the bytes of a file of torch.save before PyTorch 1.6: five pickles, then the numbers.
 *
 * @throws as readTorchZip.
 */
export function readLegacyTorch(bytes: Uint8Array): StoredDict[] {
  const storages = new Map<string, TorchStorage>();
  const host = torchHost(storages);
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, host);
    at = end;
    return value;
  };
  const [magic, protocol, system, value, keys] = [next(), next(), next(), next(), next()];
  if (magic !== legacyMagic || protocol !== 1001 || !(system instanceof Map) || !Array.isArray(keys)) {
    throw damaged("it does not begin as a file of torch.save does");
  }
  if (system.get("little_endian") !== true) throw unsupported("big-endian numbers");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || parts.has(storage.key)) throw damaged("its list of storages is wrong");
    if (at + 8 > bytes.length) throw damaged("it ends before its numbers");
    const count = Number(view.getBigInt64(at, true));
    const end = at + 8 + storage.count * bytesPerNumber[storage.type];
    if (count !== storage.count || end > bytes.length) throw damaged(`storage ${shown(storage)} is cut short`);
    parts.set(storage.key, bytes.subarray(at + 8, end));
    at = end;
  }
  if (parts.size < storages.size) throw damaged("a storage is missing");
  if (at !== bytes.length) throw damaged("it goes on after its end");
  return dictionariesIn(value, parts);
}

function wholeStorage(storage: TorchStorage, part: Uint8Array): Uint8Array {
  const expected = storage.count * bytesPerNumber[storage.type];
  if (part.length === expected) return part;
  throw damaged(`storage ${shown(storage)} has ${part.length} bytes, not ${expected}`);
}

/** How deep dictionaries are looked into: a checkpoint holds models, and a model's dictionary holds arrays. */
const deepest = 4;

/** Every dictionary with tensors, the outer before the inner ones; each once, however often it is referred to. */
function dictionariesIn(root: unknown, parts: ReadonlyMap<string, Uint8Array>): StoredDict[] {
  const found: StoredDict[] = [];
  const seen = new Set<unknown>();
  let level: { readonly path: string; readonly value: unknown }[] = [{ path: "", value: root }];
  for (let depth = 0; depth <= deepest; depth++) {
    const below: typeof level = [];
    for (const { path, value } of level) {
      if (!(value instanceof Map) || seen.has(value)) continue;
      seen.add(value);
      const arrays = new Map<string, StoredArray>();
      for (const [key, item] of value) {
        const name = typeof key === "string" || typeof key === "number" ? String(key).slice(0, 400) : "";
        if (item instanceof TorchTensor) arrays.set(name, storedArray(item, parts));
        else if (item instanceof Map) below.push({ path: path === "" ? name : `${path}.${name}`, value: item });
      }
      if (arrays.size > 0) found.push({ path, arrays });
    }
    level = below;
  }
  return found;
}

function storedArray(tensor: TorchTensor, parts: ReadonlyMap<string, Uint8Array>): StoredArray {
  const { storage, offset, shape, strides } = tensor;
  const bytes = parts.get(storage.key) ?? new Uint8Array();
  const width = bytesPerNumber[storage.type];
  const count = sizeOf(shape);
  const read = () => {
    if (isContiguous(shape, strides)) {
      return toFloat32(storage.type, bytes.subarray(offset * width, (offset + count) * width));
    }
    const span = count === 0 ? 0 : 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 0);
    const numbers = toFloat32(storage.type, bytes.subarray(offset * width, (offset + span) * width));
    return gathered(numbers, shape, strides);
  };
  return { shape, type: storage.type, read };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== step) return false;
    step *= size;
  }
  return true;
}

/** The numbers of a strided view, row-major. */
function gathered(
  numbers: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let at = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = numbers[at] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size, stride, position] = [shape[axis] ?? 1, strides[axis] ?? 0, index[axis] ?? 0];
      if (position + 1 < size) {
        index[axis] = position + 1;
        at += stride;
        break;
      }
      index[axis] = 0;
      at -= position * stride;
    }
  }
  return result;
}

const shown = ({ key }: TorchStorage) => JSON.stringify(key.slice(0, 40));

function unsupported(what: string): InputError {
  return new InputError(
    "WEIGHTS_TYPE_UNSUPPORTED",
    `The weights hold ${what}, which is not read. Load them in PyTorch and keep torch.save(model.state_dict(), "weights.pth").`,
  );
}

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole PyTorch file: ${what}. Get the file again.`);
}
