import { InputError } from "../../base/errors.ts";
import { sizeOf } from "../stateDict.ts";
import type { NumberType } from "./numberTypes.ts";
import { type PickleHost, PickleSymbol, PickleTuple } from "./pickle.ts";

/** A run of numbers in a PyTorch file that tensors are views of. */
export interface TorchStorage {
  readonly key: string;
  readonly type: NumberType;
  /** How many numbers it holds. */
  readonly count: number;
}

/** A tensor as a pickle describes it: a view of a storage. Offset and strides count numbers, not bytes. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const storageTypes: Readonly<Record<string, NumberType>> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/** Storages that PyTorch has and that hold no plain numbers. */
const otherStorages = /^torch\.(Quantized|QInt|QUInt|Complex)\w*Storage$|^torch\.(Untyped|Typed)Storage$/;

type Call = (args: readonly unknown[]) => unknown;

/** A value that is there and of no use to us, such as a NumPy scalar; nothing of it is made. */
const ignored: Call = () => null;

/** All that a pickle of weights may call. */
const calls: Readonly<Record<string, Call>> = {
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_parameter": ([tensor]) => {
    if (!(tensor instanceof TorchTensor)) throw damaged("a parameter is no tensor");
    return tensor;
  },
  "collections.OrderedDict": dictionary,
  "collections.Counter": dictionary,
  "collections.defaultdict": () => new Map(),
  "builtins.set": listOf,
  "__builtin__.set": listOf,
  "builtins.frozenset": listOf,
  "__builtin__.frozenset": listOf,
  "torch.Size": listOf,
  "torch.device": ignored,
  "numpy.dtype": () => new Map(),
  "numpy.core.multiarray.scalar": ignored,
  "numpy._core.multiarray.scalar": ignored,
  "_codecs.encode": ignored,
};

/** Names that may stand in a pickle though nothing is called by them. */
const bareNames: ReadonlySet<string> = new Set([
  ...["dict", "list", "int", "float"].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
  ...["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"].map(
    (name) => `torch.${name}`,
  ),
]);

/**
 * What the names in a pickle of PyTorch mean: tensors as views of storages, and plain containers.
 *
 * Calls throw InputError WEIGHTS_DAMAGED, WEIGHTS_UNSAFE or WEIGHTS_TYPE_UNSUPPORTED. Each storage that the pickle names is
 * put into `storages` by its key.
 */
export function torchHost(storages: Map<string, TorchStorage>): PickleHost {
  return {
    isKnown: (name) =>
      Object.hasOwn(calls, name) ||
      Object.hasOwn(storageTypes, name) ||
      otherStorages.test(name) ||
      bareNames.has(name),
    call(name, args) {
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (call !== undefined) return call(args);
      throw new InputError(
        "WEIGHTS_UNSAFE",
        `The weights' pickle was not read: it calls ${name}, which weights never do. Use a file from a source that you trust.`,
      );
    },
    persistent: (id) => storageOf(id, storages),
  };
}

/** ("storage", type, key, place, count) and, before PyTorch 1.6, a view that is always None since 0.4. */
function storageOf(id: unknown, storages: Map<string, TorchStorage>): TorchStorage {
  const [kind, symbol, key, , count, view = null] = id instanceof PickleTuple ? id.items : [];
  if (kind !== "storage" || !(symbol instanceof PickleSymbol) || typeof key !== "string" || !isCount(count)) {
    throw damaged("a storage is not described as PyTorch describes it");
  }
  const type = Object.hasOwn(storageTypes, symbol.name) ? storageTypes[symbol.name] : undefined;
  if (type === undefined) throw unsupported(`numbers of ${symbol.name}`);
  if (view !== null) throw unsupported("a storage within a storage, as PyTorch before 0.4 kept it");
  const known = storages.get(key);
  if (known === undefined) {
    const storage = { key, type, count };
    storages.set(key, storage);
    return storage;
  }
  if (known.type !== type || known.count !== count)
    throw damaged(`storage ${JSON.stringify(key.slice(0, 40))} is two things`);
  return known;
}

const mostAxes = 16;

function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): TorchTensor {
  const sizes = countsOf(shape);
  const steps = countsOf(strides);
  if (!isStorage(storage) || !isCount(offset) || sizes === undefined || steps === undefined) {
    throw damaged("a tensor is not described as PyTorch describes it");
  }
  if (sizes.length !== steps.length) throw damaged("a tensor has other strides than axes");
  const count = sizeOf(sizes);
  const last = count === 0 ? offset : sizes.reduce((sum, size, axis) => sum + (size - 1) * (steps[axis] ?? 0), offset);
  if (last > storage.count || (count > 0 && last >= storage.count)) {
    throw damaged(`a tensor of shape [${sizes}] ends beyond its ${storage.count} numbers`);
  }
  if (count > storage.count) throw damaged(`a tensor of shape [${sizes}] repeats its ${storage.count} numbers`);
  return new TorchTensor(storage, offset, sizes, steps);
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "key" in value && "count" in value;
}

function countsOf(value: unknown): number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : value;
  return Array.isArray(items) && items.length <= mostAxes && items.every(isCount) ? items : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Empty, or the content that it is given: a dictionary is never copied, so that its size costs nothing. */
function dictionary([content = new Map()]: readonly unknown[]): unknown {
  if (content instanceof Map) return content;
  throw damaged("a dictionary is made of something else");
}

function listOf([content]: readonly unknown[]): unknown {
  return content instanceof PickleTuple ? content.items : (content ?? []);
}

function unsupported(what: string): InputError {
  return new InputError(
    "WEIGHTS_TYPE_UNSUPPORTED",
    `The weights hold ${what}; F64, F32, F16, BF16 and whole numbers can be read. Convert them in PyTorch with model.float().`,
  );
}

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole PyTorch file: ${what}. Get the file again.`);
}
