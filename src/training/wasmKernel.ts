/**
 * Loops over a network's weights as WebAssembly modules with SIMD, four numbers at a time: such a loop is bound by memory,
 * and JavaScript needs several times as long. The modules are assembled here, byte by byte.
 */

/** Memory that kernels and JavaScript's typed arrays both see. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** What is used of WebAssembly, which TypeScript's own types know only in a browser. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { base: { memory: KernelMemory } },
  ) => { readonly exports: { readonly loop: (...parameters: number[]) => void } };
}

const { Memory, Module, Instance } = Reflect.get(globalThis, "WebAssembly") as WebAssemblyApi;

const pageBytes = 65_536;

/** Zeroed memory of at least this many bytes, which never moves. */
export function allocateMemory(bytes: number): KernelMemory {
  const pages = Math.ceil(bytes / pageBytes);
  return new Memory({ initial: pages, maximum: pages });
}

/** What stands in a loop's body: bytes that leave four numbers on the stack. */
export type Quad = readonly number[];

/** What a loop's body is written with. */
export interface LoopWriter {
  /** The four numbers of an array, by its index. */
  load(array: number): Quad;
  /** Puts four numbers into an array. */
  store(array: number, value: Quad): number[];
  /** A parameter, by its index among the numbers, four times. */
  parameter(index: number): Quad;
  /** Keeps four numbers under an index, for `kept`. */
  keep(index: number, value: Quad): number[];
  kept(index: number): Quad;
}

/** A loop: how many arrays it walks over, how many numbers it takes, how many values it keeps, and what it does. */
export interface Loop {
  readonly arrays: number;
  readonly numbers: number;
  readonly kept: number;
  readonly body: (writer: LoopWriter) => readonly number[];
}

/**
 * The loop over arrays in this memory. Its parameters: each array's byte offset, a multiple of 16; the arrays' length in bytes,
 * likewise; the numbers, as float32.
 * @source WebAssembly 2.0 specification, binary format.
 */
export function compileLoop(memory: KernelMemory, loop: Loop): (...parameters: number[]) => void {
  return new Instance(new Module(assemble(memory, loop)), { base: { memory } }).exports.loop;
}

export const add = (a: Quad, b: Quad): Quad => [...a, ...b, ...simd(0xe4)];
export const subtract = (a: Quad, b: Quad): Quad => [...a, ...b, ...simd(0xe5)];
export const multiply = (a: Quad, b: Quad): Quad => [...a, ...b, ...simd(0xe6)];
export const divide = (a: Quad, b: Quad): Quad => [...a, ...b, ...simd(0xe7)];
export const squareRoot = (a: Quad): Quad => [...a, ...simd(0xe3)];

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const addI32 = 0x6a;

function assemble(memory: KernelMemory, { arrays, numbers, kept, body }: Loop): Uint8Array<ArrayBuffer> {
  // Locals: the arrays, their length, the numbers; then the numbers spread over four lanes, what is kept, the offset.
  const length = arrays;
  const spread = arrays + 1 + numbers;
  const keeping = spread + numbers;
  const offset = keeping + kept;
  const get = (local: number) => [0x20, ...leb(local)];
  const set = (local: number) => [0x21, ...leb(local)];
  const tee = (local: number) => [0x22, ...leb(local)];
  const at = (array: number) => [...get(array), ...get(offset), addI32];
  const writer: LoopWriter = {
    load: (array) => [...at(array), ...simd(0x00), 4, 0],
    store: (array, value) => [...at(array), ...value, ...simd(0x0b), 4, 0],
    parameter: (index) => get(spread + index),
    keep: (index, value) => [...value, ...set(keeping + index)],
    kept: (index) => get(keeping + index),
  };
  const spreading = Array.from({ length: numbers }, (_, i) => [
    ...get(arrays + 1 + i),
    ...simd(0x13),
    ...set(spread + i),
  ]);
  const code = [
    ...vector([
      [...leb(numbers + kept), v128],
      [1, i32],
    ]),
    ...spreading.flat(),
    ...[0x03, 0x40], // loop
    ...body(writer),
    // offset += 16; again while offset < length
    ...[...get(offset), 0x41, 16, addI32, ...tee(offset), ...get(length), 0x49, 0x0d, 0],
    ...[0x0b, 0x0b], // end of loop, of function
  ];
  const parameters = [...Array<number>(arrays + 1).fill(i32), ...Array<number>(numbers).fill(f32)];
  const pages = memory.buffer.byteLength / pageBytes;
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...leb(parameters.length), ...parameters, 0]])),
    ...section(2, vector([[...name("base"), ...name("memory"), 0x02, 0x00, ...leb(pages)]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name("loop"), 0x00, 0]])),
    ...section(10, vector([[...leb(code.length), ...code]])),
  ]);
}

function simd(opcode: number): number[] {
  return [0xfd, ...leb(opcode)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...leb(bytes.length), ...bytes];
}

/** A whole number in LEB128, unsigned. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
