import { InputError } from "../base/errors.ts";
import { type StateDict, sizeOf } from "./stateDict.ts";

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

const bytesPerItem: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 };

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
 * The arrays of a safetensors file's bytes, as float32 whatever they were stored as (F64, F32, F16, BF16, I64, I32).
 *
 * @throws InputError WEIGHTS_DAMAGED if the bytes are cut short or no safetensors; WEIGHTS_TYPE_UNSUPPORTED.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (headerLength > bytes.length - 8) throw damaged("its header is longer than the file");
  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const state: StateDict = new Map();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = Object(value) as Record<string, string>;
    else state.set(name, decodeEntry(name, value, bytes.subarray(8 + headerLength)));
  }
  return { state, metadata };
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

function decodeEntry(name: string, value: unknown, data: Uint8Array) {
  if (!isHeaderEntry(value)) throw damaged(`the header's entry ${name} is incomplete`);
  const { dtype, shape, data_offsets } = value;
  const [start, end] = data_offsets;
  const itemBytes = bytesPerItem[dtype];
  if (itemBytes === undefined) {
    throw new InputError(
      "WEIGHTS_TYPE_UNSUPPORTED",
      `${name} is stored as ${dtype}; F64, F32, F16, BF16, I64 and I32 can be read. Convert the file.`,
    );
  }
  if (start < 0 || end > data.length) throw damaged(`${name} ends at byte ${end} of ${data.length}`);
  if (end - start !== itemBytes * sizeOf(shape)) throw damaged(`${name} has ${end - start} bytes for shape [${shape}]`);
  return { shape, data: toFloat32(dtype, data.slice(start, end).buffer) };
}

function isHeaderEntry(value: unknown): value is HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Record<string, unknown>;
  const isCount = (item: unknown) => Number.isSafeInteger(item) && (item as number) >= 0;
  if (typeof dtype !== "string" || !Array.isArray(shape) || !Array.isArray(offsets)) return false;
  return shape.every(isCount) && offsets.length === 2 && offsets.every(isCount);
}

function toFloat32(dtype: string, buffer: ArrayBuffer): Float32Array {
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer));
  if (dtype === "I32") return Float32Array.from(new Int32Array(buffer));
  if (dtype === "I64") return Float32Array.from(new BigInt64Array(buffer), Number);
  const halves = new Uint16Array(buffer);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++)
    bits[i] = dtype === "BF16" ? (halves[i] ?? 0) << 16 : widenHalf(halves[i] ?? 0);
  return new Float32Array(bits.buffer);
}

/** The bits of the float32 equal to the float16 of these bits. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  let exponent = (half >>> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    exponent = 1;
    while ((fraction & 0x400) === 0) {
      fraction <<= 1;
      exponent--;
    }
    fraction &= 0x3ff;
  }
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole safetensors file: ${what}. Get the file again.`);
}
