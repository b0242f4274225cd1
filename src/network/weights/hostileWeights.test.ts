import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../base/errors.ts";
import { encodeSafetensors } from "../safetensors.ts";
import { sizeOf } from "../stateDict.ts";
import { decodeWeights } from "./readWeights.ts";
import { storedZip } from "./testZip.ts";
import { zipEntries } from "./zipEntries.ts";

/** Bytes of text in latin1 and of numbers. */
const bytes = (...parts: (string | number | Uint8Array)[]) =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from([part].flat() as number[]),
      ),
    ),
  );

const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const proto = bytes(0x80, 2);
const uint32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer.toString("latin1");
};
const text = (value: string) => bytes("X", uint32(value.length), value);
const global = (module: string, name: string) => bytes(`c${module}\n${name}\n`);

/** A storage of four float32 with the key "0", on the stack. */
const storage = (count = 4, type = "FloatStorage") =>
  join(bytes("("), text("storage"), global("torch", type), text("0"), text("cpu"), bytes("J", uint32(count), "tQ"));

const ints = (...values: number[]) =>
  join(bytes("("), ...values.map((value) => bytes("J", uint32(value >>> 0))), bytes("t"));

/** {"w": a tensor of the storage}. */
const tensorPickle = (
  options: { count?: number; type?: string; offset?: number; shape?: number[]; strides?: number[] } = {},
) =>
  join(
    proto,
    bytes("}"),
    text("w"),
    global("torch._utils", "_rebuild_tensor_v2"),
    bytes("("),
    storage(options.count, options.type),
    bytes("J", uint32((options.offset ?? 0) >>> 0)),
    ints(...(options.shape ?? [2, 2])),
    ints(...(options.strides ?? [2, 1])),
    bytes(0x89, "}", "tRs."),
  );

const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

const torchFile = (pickle: Uint8Array, more: Readonly<Record<string, Uint8Array>> = {}) =>
  storedZip({ "a/data.pkl": pickle, "a/data/0": four, ...more });

const refusal = (code: string) => expect.objectContaining({ name: "InputError", code });

describe("a pickle", () => {
  it("gives a tensor, so that what follows is refused for its reason", () => {
    const [dict] = decodeWeights(torchFile(tensorPickle())).dicts;
    expect([...dict!.arrays.get("w")!.read()]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["calls os.system", join(proto, global("os", "system"), text("id"), bytes(0x85, "R."))],
    ["calls posix.system by STACK_GLOBAL", join(bytes(0x80, 4), text("posix"), text("system"), bytes(0x93, ")R."))],
    ["names builtins.eval without calling it", join(proto, global("builtins", "eval"), bytes("."))],
    ["names a class of its own", join(proto, global("models.resnet", "ResNet"), bytes("."))],
    ["makes an object by NEWOBJ", join(proto, global("collections", "OrderedDict"), bytes(")", 0x81, "."))],
    ["makes an object by INST", join(proto, bytes("(ios\nsystem\n."))],
    ["calls what was looked up in a registry", join(proto, bytes(0x82, 1, "."))],
    ["calls a storage type", join(proto, global("torch", "FloatStorage"), bytes(")R."))],
    ["calls a dictionary", join(proto, bytes("})R."))],
    ["calls a type that only stands for itself", join(proto, global("builtins", "dict"), bytes(")R."))],
    ["changes the inside of a list", join(proto, bytes("]}b."))],
    ["names what every object inherits", join(proto, global("constructor", "prototype"), bytes("."))],
  ])("that %s is refused as unsafe", (_, pickle) => {
    expect(() => decodeWeights(torchFile(pickle))).toThrow(refusal("WEIGHTS_UNSAFE"));
  });

  it.each([
    ["says that a text is longer than the file", join(proto, bytes("X", uint32(0x7fffffff), "."))],
    ["says that a text has 2^62 bytes", join(bytes(0x80, 4, 0x8d), bytes(0, 0, 0, 0, 0, 0, 0, 0x40), bytes("."))],
    [
      "holds a number of a million bytes",
      join(proto, bytes(0x8b, uint32(1_000_000)), new Uint8Array(1_000_000), bytes(".")),
    ],
    ["takes from an empty stack", join(proto, bytes("t."))],
    ["takes a value from below a mark", join(proto, bytes("N(0."))],
    ["recalls what it never kept", join(proto, bytes("j", uint32(4_000_000_000), "."))],
    ["sets an item of a list", join(proto, bytes("]NNs."))],
    ["appends to a dictionary", join(proto, bytes("}Na."))],
    ["is of protocol 9", bytes(0x80, 9, "N.")],
    ["has an unknown step", bytes(0x80, 2, 0xff, ".")],
    ["has no end", bytes(0x80, 2, "N")],
    ["goes on after its end", bytes(0x80, 2, "N.N")],
    ["is nested in over half a million lists", join(proto, bytes("]".repeat(510_000)), bytes("."))],
    ["opens over half a million marks", join(proto, bytes("(".repeat(510_000)), bytes("."))],
    ["remembers over half a million values", join(proto, bytes("N"), bytes("\x94".repeat(510_000)), bytes("."))],
    ["pushes over half a million values", join(proto, bytes("N".repeat(510_000)), bytes("."))],
    [
      "puts over half a million keys into a dictionary",
      join(proto, bytes("}"), bytes("GAAAAAAAANs".repeat(251_000)), bytes(".")),
    ],
    ["is longer than any state dict's", join(proto, bytes("N0".repeat(9 * 2 ** 20)), bytes("N."))],
  ])("that %s is refused as damaged", (_, pickle) => {
    expect(() => decodeWeights(torchFile(pickle))).toThrow(refusal("WEIGHTS_DAMAGED"));
  });

  it("whose lists hold themselves many times over is read at once", () => {
    // Each list holds the one before twice: 2^60 items, if they were ever walked.
    const doubled = bytes("]q\x00", "h\x00h\x00\x86q\x00".repeat(60), ".");
    expect(decodeWeights(torchFile(join(proto, doubled))).dicts).toEqual([]);
    const own = join(proto, bytes("}q\x00"), text("self"), bytes("h\x00s."));
    expect(decodeWeights(torchFile(own)).dicts).toEqual([]);
  });

  it("cannot reach a JavaScript object's prototype by a key", () => {
    const pickle = join(proto, bytes("}"), text("__proto__"), bytes("}"), text("polluted"), bytes(0x88, "ss."));
    decodeWeights(torchFile(pickle));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("a tensor", () => {
  it.each([
    ["ends beyond its storage", { shape: [5], strides: [1] }],
    ["starts beyond its storage", { shape: [1], strides: [1], offset: 4 }],
    ["starts before its storage", { shape: [1], strides: [1], offset: -1 }],
    ["has negative strides", { offset: 3, shape: [4], strides: [-1] }],
    ["has a negative size", { shape: [-2, 2] }],
    ["has fewer strides than axes", { strides: [1] }],
    ["repeats one number a million times", { shape: [1_000_000], strides: [0] }],
    ["has a size of 2^31 squared", { shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0] }],
    ["has seventeen axes", { shape: new Array(17).fill(1), strides: new Array(17).fill(1) }],
    ["says that its storage is larger than it is", { count: 5 }],
    ["says that its storage is smaller than it is", { count: 3, shape: [3], strides: [1] }],
    ["says that its storage is of another width", { type: "DoubleStorage" }],
  ])("that %s is refused", (_, options) => {
    expect(() => decodeWeights(torchFile(tensorPickle(options)))).toThrow(refusal("WEIGHTS_DAMAGED"));
  });

  it.each(["QInt8Storage", "ComplexFloatStorage"])("of %s is refused by its type", (type) => {
    expect(() => decodeWeights(torchFile(tensorPickle({ type })))).toThrow(refusal("WEIGHTS_TYPE_UNSUPPORTED"));
  });

  it("whose storage is missing is refused", () => {
    const alone = storedZip({ "a/data.pkl": tensorPickle() });
    expect(() => decodeWeights(alone)).toThrow(refusal("WEIGHTS_DAMAGED"));
  });
});

describe("an archive", () => {
  const whole = torchFile(tensorPickle());
  const pickleBytes = tensorPickle().length;

  /** The archive with some bytes of its directory's entry for data.pkl, or of its end, written over. */
  function changed(where: number, value: number, from: "entry" | "end" = "entry", file = whole): Uint8Array {
    const buffer = Buffer.from(file);
    const at = from === "end" ? buffer.length - 22 : buffer.readUInt32LE(buffer.length - 6);
    buffer.writeUInt32LE(value, at + where);
    return new Uint8Array(buffer);
  }

  it.each([
    ["has entries that overlap", changed(24, pickleBytes + 8, "entry", changed(20, pickleBytes + 8))],
    ["gives an entry two sizes", changed(24, 8)],
    ["points beyond its end", changed(42, 0xfffffff0)],
    ["has a wrong checksum", changed(16, 1)],
    ["is encrypted", changed(8, 1)],
    ["has its directory beyond its end", changed(16, 0x7fffffff, "end")],
    ["counts more entries than it has", changed(8, 0x00ff00ff, "end")],
    ["holds no data.pkl", storedZip({ "a/other": four })],
    ["holds two data.pkl", storedZip({ "a/data.pkl": tensorPickle(), "b/data.pkl": tensorPickle() })],
    ["ends after its first bytes", bytes("PK", 3, 4)],
  ])("that %s is refused", (_, file) => {
    expect(() => decodeWeights(file)).toThrow(refusal("WEIGHTS_DAMAGED"));
  });

  it("that names one file twice is refused", () => {
    const twice = storedZip({ "a/data.pkl": tensorPickle(), "a/data/0": four, "a/data/1": four });
    const buffer = Buffer.from(twice);
    for (let at = buffer.indexOf("a/data/1"); at >= 0; at = buffer.indexOf("a/data/1")) buffer.write("a/data/0", at);
    expect(() => decodeWeights(new Uint8Array(buffer))).toThrow(refusal("WEIGHTS_DAMAGED"));
  });

  it("whose two headers name different files is refused", () => {
    const buffer = Buffer.from(whole);
    buffer.write("a/data.pkx", buffer.indexOf("a/data.pkl"));
    expect(() => decodeWeights(new Uint8Array(buffer))).toThrow(refusal("WEIGHTS_DAMAGED"));
  });

  it("that would inflate is refused: PyTorch stores", () => {
    const packed = Buffer.from(storedZip({ "a/data.pkl": deflateRawSync(new Uint8Array(1000)) }));
    packed.writeUInt16LE(8, packed.readUInt32LE(packed.length - 6) + 10);
    expect(() => decodeWeights(new Uint8Array(packed))).toThrow(/compressed/);
  });

  it("of TorchScript or of big-endian numbers is refused by its kind", () => {
    const script = torchFile(tensorPickle(), { "a/constants.pkl": proto });
    expect(() => decodeWeights(script)).toThrow(refusal("WEIGHTS_TYPE_UNSUPPORTED"));
    const big = torchFile(tensorPickle(), { "a/byteorder": bytes("big") });
    expect(() => decodeWeights(big)).toThrow(refusal("WEIGHTS_TYPE_UNSUPPORTED"));
    const little = torchFile(tensorPickle(), { "a/byteorder": bytes("little") });
    expect(decodeWeights(little).dicts).toHaveLength(1);
  });
});

describe("a safetensors file", () => {
  it("whose arrays overlap is refused: a small file cannot become a large state dict", () => {
    const one = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
    const header = bytes(JSON.stringify({ a: one, b: one }));
    const file = join(bytes(uint32(header.length), 0, 0, 0, 0), header, four);
    expect(() => decodeWeights(file)).toThrow(refusal("WEIGHTS_DAMAGED"));
  });
});

describe("another file", () => {
  it.each([
    ["HDF5", bytes(0x89, "HDF\r\n", 0x1a, "\n"), /Keras/],
    ["a plain pickle", bytes(0x80, 4, "N."), /plain pickle/],
    ["a web page", bytes("<!doctype html>"), /web page/],
    ["nothing", new Uint8Array(), /no format that is known/],
  ])("is refused and told: %s", (_, file, words) => {
    expect(() => decodeWeights(file)).toThrow(refusal("WEIGHTS_FORMAT_UNKNOWN"));
    expect(() => decodeWeights(file)).toThrow(words);
  });
});

const golden = JSON.parse(readFileSync(new URL("torchFile.golden.json", import.meta.url).pathname, "utf8")) as {
  readonly files: readonly { readonly base64: string; readonly format: string }[];
  readonly onnx: { readonly kept: string };
};
const seeds = golden.files.map(({ base64, format }) => ({
  format,
  file: new Uint8Array(Buffer.from(base64, "base64")),
}));

/** Reads all of a file, or says by what InputError it was refused; any other error fails the test. */
function outcome(file: Uint8Array): "read" | "refused" {
  try {
    for (const { arrays } of decodeWeights(file).dicts) {
      for (const { shape, read } of arrays.values()) {
        // No array may be larger than the file that it came from: at least one byte for each number.
        expect(sizeOf(shape)).toBeLessThanOrEqual(file.length);
        expect(read()).toHaveLength(sizeOf(shape));
      }
    }
    return "read";
  } catch (error) {
    if (error instanceof InputError) return "refused";
    throw error;
  }
}

type Edit = { readonly at: number; readonly drop: number; readonly put: Uint8Array };

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(60)),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom(
        bytes("\xff\xff\xff\xff"),
        bytes("\xff\xff\xff\x7f"),
        bytes(0x80, 0, 0, 0),
        storage(),
        bytes("(tR"),
        bytes("}s"),
      ),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

function edited(file: Uint8Array, changes: readonly Edit[]): Uint8Array {
  return changes.reduce((now, { at, drop, put }) => {
    const start = Math.floor(at * now.length);
    return join(now.subarray(0, start), put, now.subarray(start + drop));
  }, file);
}

describe("whatever is changed in a file of weights, it is read or refused with one InputError", () => {
  it("in the pickle of an archive whose checksums are right", () => {
    const archives = seeds
      .filter(({ format }) => format === "pytorch")
      .map(({ file }) => Object.fromEntries(zipEntries(file)));
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...archives), edits, (files, changes) => {
        const name = Object.keys(files).find((one) => one.endsWith("data.pkl")) ?? "";
        outcomes.add(outcome(storedZip({ ...files, [name]: edited(files[name] ?? proto, changes) })));
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(outcomes).toEqual(new Set(["read", "refused"]));
  });

  it("anywhere in an archive, a legacy file, safetensors or an ONNX model", () => {
    const state = new Map([["conv1.weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]);
    const files = [
      ...seeds.map(({ file }) => file),
      encodeSafetensors(state, { epoch: "3" }),
      new Uint8Array(Buffer.from(golden.onnx.kept, "base64")),
    ];
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...files), edits, (file, changes) => {
        outcomes.add(outcome(edited(file, changes)));
      }),
      { numRuns: 1000, seed: 2 },
    );
    expect(outcomes).toEqual(new Set(["read", "refused"]));
  });

  it("in a pickle that is put together of any steps", () => {
    const step = fc.oneof(
      fc
        .constantFrom(..."(012N]}laesudt)bQR.", "\x85", "\x86", "\x87", "\x88", "\x8f", "\x90", "\x91", "\x93", "\x94")
        .map((s) => bytes(s)),
      fc.nat(255).map((n) => bytes("K", n)),
      fc.nat(3).map((n) => bytes("q", n)),
      fc.nat(3).map((n) => bytes("h", n)),
      fc.constantFrom("storage", "0", "cpu", "state_dict").map(text),
      fc.constantFrom(storage(), ints(2, 2), ints(0), global("torch", "FloatStorage"), global("torch", "Size")),
      fc.constantFrom("OrderedDict", "Counter", "defaultdict").map((name) => global("collections", name)),
      fc.constantFrom("_rebuild_tensor_v2", "_rebuild_parameter").map((name) => global("torch._utils", name)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        outcome(torchFile(join(proto, bytes("}"), ...steps, bytes("."))));
      }),
      { numRuns: 1500, seed: 3 },
    );
  });
});
