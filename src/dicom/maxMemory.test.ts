import { describe, expect, it } from "vitest";
import { withMaxMemory } from "./maxMemory.ts";

/** Node's WebAssembly, as far as it is used here: its types come with those of browsers. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  instantiate(
    module: ArrayBuffer | Uint8Array,
  ): Promise<{ readonly instance: { readonly exports: { readonly m: Memory } } }>;
};

/** (module (memory (export "m") 1 max)), max: LEB128 bytes. */
function moduleOf(limits: readonly number[]): ArrayBuffer {
  const memory = [1, ...limits];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[5, memory.length, ...memory],
    ...[7, 5, 1, 1, 0x6d, 2, 0],
  ]).buffer;
}

async function memoryOf(module: ArrayBuffer | Uint8Array): Promise<Memory> {
  return (await WebAssembly.instantiate(module)).instance.exports.m;
}

describe("withMaxMemory", () => {
  it("makes growth beyond the megabytes fail, and leaves what is below", async () => {
    const original = moduleOf([1, 1, 0x80, 0x80, 2]); // 1 to 32,768 pages: 2 GB
    const memory = await memoryOf(withMaxMemory(original, 3));
    memory.grow(47);
    expect(memory.buffer.byteLength).toBe(3 * 2 ** 20);
    expect(() => memory.grow(1)).toThrow(RangeError);
    expect((await memoryOf(original)).grow(100)).toBe(1);
  });

  it.each([
    ["has no bound", [0, 1]],
    ["is bound to less", [1, 1, 40]],
    ["starts with more", [1, 64, 0x80, 0x80, 2]],
  ])("refuses a module whose memory %s", (_, limits) => {
    expect(() => withMaxMemory(moduleOf(limits), 3)).toThrow("cannot be limited");
  });
});
