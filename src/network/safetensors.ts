import { InputError } from "../base/errors.ts";
import { type StateDict, sizeOf } from "./stateDict.ts";
import { bytesPerNumber, toFloat32 } from "./weights/numberTypes.ts";
import type { StoredArray } from "./weights/storedArray.ts";

/** What a safetensors file holds. Every floating-point tensor is read as float32. */
export interface SafetensorsContent {
  readonly state: StateDict;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * The bytes of a safetensors file that holds the arrays as F32, in the map's order.
 *
 * metadata: free text by name, kept in the file's header.
 * @source https://github.com/huggingface/safetensors (format)
 */
export function encodeSafetensors(
  state: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of state) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} numbers for shape [${shape}]`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const { data } of state.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * The arrays of a safetensors file's bytes, as float32 whatever they were stored as.
 *
 * @throws InputError WEIGHTS_DAMAGED if the bytes are cut short or no safetensors; WEIGHTS_TYPE_UNSUPPORTED.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { arrays, metadata } = safetensorsArrays(bytes);
  const state: StateDict = new Map();
  for (const [name, array] of arrays) state.set(name, { shape: array.shape, data: array.read() });
  return { state, metadata };
}

/** The arrays of a safetensors file's bytes, to be read one by one. @throws as decodeSafetensors. */
export function safetensorsArrays(bytes: Uint8Array): {
  readonly arrays: ReadonlyMap<string, StoredArray>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (headerLength > bytes.length - 8) throw damaged("its header is longer than the file");
  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const data = bytes.subarray(8 + headerLength);
  const arrays = new Map<string, StoredArray>();
  let metadata: Record<string, string> = {};
  let used = 0;
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = Object(value) as Record<string, string>;
      continue;
    }
    const part = partOf(name, value, data);
    used += part.bytes.length;
    if (used > data.length) throw damaged("its arrays overlap");
    arrays.set(name, { shape: part.shape, type: part.type, read: () => toFloat32(part.type, part.bytes) });
  }
  return { arrays, metadata };
}

function parseHeader(text: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch {
    // Told below, as any header that is no object.
  }
  throw damaged("its header is not JSON");
}

const readableTypes = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"] as const;

function partOf(name: string, value: unknown, data: Uint8Array) {
  if (!isHeaderEntry(value)) throw damaged(`the header's entry ${name} is incomplete`);
  const { dtype, shape, data_offsets } = value;
  const [start, end] = data_offsets;
  const type = readableTypes.find((readable) => readable === dtype);
  if (type === undefined) {
    throw new InputError(
      "WEIGHTS_TYPE_UNSUPPORTED",
      `${name} is stored as ${dtype}; ${readableTypes.join(", ")} can be read. Convert the file.`,
    );
  }
  if (start < 0 || end > data.length) throw damaged(`${name} ends at byte ${end} of ${data.length}`);
  if (end - start !== bytesPerNumber[type] * sizeOf(shape)) {
    throw damaged(`${name} has ${end - start} bytes for shape [${shape}]`);
  }
  return { shape, type, bytes: data.subarray(start, end) };
}

function isHeaderEntry(value: unknown): value is HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Record<string, unknown>;
  const isCount = (item: unknown) => Number.isSafeInteger(item) && (item as number) >= 0;
  if (typeof dtype !== "string" || !Array.isArray(shape) || !Array.isArray(offsets)) return false;
  return shape.every(isCount) && offsets.length === 2 && offsets.every(isCount);
}

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole safetensors file: ${what}. Get the file again.`);
}
