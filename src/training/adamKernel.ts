/**
 * Adam's inner loop as a WebAssembly module with SIMD, four numbers at a time, because the loop over all of a network's
 * weights is bound by memory and JavaScript needs several times as long. The module is assembled here, byte by byte.
 */

/** Where the arrays stand in the memory (byte offsets, multiples of 16) and the numbers of this step. */
export type AdamKernel = (
  weights: number,
  gradients: number,
  firstMoments: number,
  secondMoments: number,
  /** Bytes of each array, a multiple of 16. */
  length: number,
  weightDecay: number,
  beta1: number,
  oneMinusBeta1: number,
  beta2: number,
  oneMinusBeta2: number,
  /** √(1 − β₂ᵗ). */
  secondCorrection: number,
  epsilon: number,
  /** Learning rate / (1 − β₁ᵗ). */
  stepSize: number,
) => void;

/** Memory that the kernel and JavaScript's typed arrays both see. */
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
  ) => { readonly exports: { readonly adam: AdamKernel } };
}

const { Memory, Module, Instance } = Reflect.get(globalThis, "WebAssembly") as WebAssemblyApi;

const pageBytes = 65_536;

/** Zeroed memory of at least this many bytes, which never moves. */
export function allocateMemory(bytes: number): KernelMemory {
  const pages = Math.ceil(bytes / pageBytes);
  return new Memory({ initial: pages, maximum: pages });
}

/** The loop over arrays in this memory. @source WebAssembly 2.0 specification, binary format. */
export function compileAdamKernel(memory: KernelMemory): AdamKernel {
  return new Instance(new Module(assemble(memory)), { base: { memory } }).exports.adam;
}

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const [weights, gradients, firstMoments, secondMoments, length] = [0, 1, 2, 3, 4];
/** The eight f32 parameters, 5 … 12, are spread over four lanes in the locals 13 … 20. */
const [weightDecay, beta1, oneMinusBeta1, beta2, oneMinusBeta2, secondCorrection, epsilon, stepSize] = [
  13, 14, 15, 16, 17, 18, 19, 20,
];
const [gradient, first, second, offset] = [21, 22, 23, 24];

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const addI32 = 0x6a;
const simd = (opcode: number) => [0xfd, ...leb(opcode)];
const load = [...simd(0x00), 4, 0];
const store = [...simd(0x0b), 4, 0];
const splat = simd(0x13);
const squareRoot = simd(0xe3);
const add = simd(0xe4);
const subtract = simd(0xe5);
const multiply = simd(0xe6);
const divide = simd(0xe7);

function body(): number[] {
  const at = (array: number) => [...get(array), ...get(offset), addI32];
  return [
    ...Array.from({ length: 8 }, (_, i) => [...get(5 + i), ...splat, ...set(13 + i)]).flat(),
    ...[0x03, 0x40], // loop
    // gradient = gradients[i] + weightDecay · weights[i]
    ...[...at(gradients), ...load, ...get(weightDecay), ...at(weights), ...load, ...multiply, ...add, ...set(gradient)],
    // firstMoments[i] = first = β₁ · firstMoments[i] + (1 − β₁) · gradient
    ...[...at(firstMoments), ...at(firstMoments), ...load, ...get(beta1), ...multiply],
    ...[...get(oneMinusBeta1), ...get(gradient), ...multiply, ...add, ...tee(first), ...store],
    // secondMoments[i] = second = β₂ · secondMoments[i] + (1 − β₂) · gradient²
    ...[...at(secondMoments), ...at(secondMoments), ...load, ...get(beta2), ...multiply],
    ...[...get(oneMinusBeta2), ...get(gradient), ...multiply, ...get(gradient), ...multiply, ...add],
    ...[...tee(second), ...store],
    // weights[i] −= stepSize · first / (√second / secondCorrection + ε)
    ...[...at(weights), ...at(weights), ...load, ...get(stepSize), ...get(first), ...multiply],
    ...[...get(second), ...squareRoot, ...get(secondCorrection), ...divide, ...get(epsilon), ...add, ...divide],
    ...[...subtract, ...store],
    // offset += 16; again while offset < length
    ...[...get(offset), 0x41, 16, addI32, ...tee(offset), ...get(length), 0x49, 0x0d, 0],
    ...[0x0b, 0x0b], // end of loop, of function
  ];
}

function assemble(memory: KernelMemory): Uint8Array<ArrayBuffer> {
  const pages = memory.buffer.byteLength / pageBytes;
  const code = [
    ...vector([
      [11, v128],
      [1, i32],
    ]),
    ...body(),
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, 13, ...Array(5).fill(i32), ...Array(8).fill(f32), 0]])),
    ...section(2, vector([[...name("base"), ...name("memory"), 0x02, 0x00, ...leb(pages)]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name("adam"), 0x00, 0]])),
    ...section(10, vector([[...leb(code.length), ...code]])),
  ]);
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
