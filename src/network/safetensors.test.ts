import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

/** A file written by hand: header length, header, data. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function halves(...bits: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

describe("safetensors", () => {
  it("gives back the arrays, their order and the metadata that were encoded", () => {
    const state = new Map([
      ["b", { shape: [2, 1], data: Float32Array.of(1.5, -2) }],
      ["a", { shape: [], data: Float32Array.of(7) }],
    ]);
    const decoded = decodeSafetensors(encodeSafetensors(state, { epoch: "3" }));
    expect([...decoded.state]).toEqual([...state]);
    expect(decoded.metadata).toEqual({ epoch: "3" });
  });

  it("starts the data at a multiple of 8 bytes, as the format asks", () => {
    const bytes = encodeSafetensors(new Map([["x", { shape: [1], data: Float32Array.of(1) }]]));
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it("reads float16: one, the smallest subnormal, the largest, minus zero and infinity", () => {
    const data = halves(0x3c00, 0x0001, 0x7bff, 0x8000, 0x7c00);
    const { state } = decodeSafetensors(file({ x: { dtype: "F16", shape: [5], data_offsets: [0, 10] } }, data));
    expect([...state.get("x")!.data]).toEqual([1, 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY]);
  });

  it("reads bfloat16 beside other types", () => {
    const data = new Uint8Array([...halves(0x3fc0, 0xc000), ...new Uint8Array(BigInt64Array.of(5n).buffer)]);
    const { state } = decodeSafetensors(
      file(
        {
          x: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
          n: { dtype: "I64", shape: [], data_offsets: [4, 12] },
        },
        data,
      ),
    );
    expect([...state.get("x")!.data]).toEqual([1.5, -2]);
    expect([...state.get("n")!.data]).toEqual([5]);
  });

  it.each([
    ["cut short", file({ x: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, new Uint8Array(4))],
    [
      "of fewer bytes than its shape needs",
      file({ x: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
    ],
    ["shorter than its header", new Uint8Array(8).fill(255)],
    ["empty", new Uint8Array()],
    ["not JSON", file("{")],
    ["without offsets", file({ x: { dtype: "F32", shape: [1] } })],
  ])("refuses a file that is %s", (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(expect.objectContaining({ code: "WEIGHTS_DAMAGED" }));
  });

  it("refuses a type that it cannot read", () => {
    const bytes = file({ x: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1));
    expect(() => decodeSafetensors(bytes)).toThrow(expect.objectContaining({ code: "WEIGHTS_TYPE_UNSUPPORTED" }));
  });
});
