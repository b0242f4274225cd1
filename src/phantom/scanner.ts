import type { Random } from "../base/random.ts";

/** What the scanner does to the image: how sharp its kernel is and how noisy. */
export interface Kernel {
  readonly name: string;
  /** Standard deviation of the blur. */
  readonly blurMm: number;
  /** Overshoot at edges, 0 for smooth kernels. */
  readonly sharpening: number;
  /** Standard deviation of the noise in the middle of the body at 1 mm slices. */
  readonly noiseHu: number;
}

/** Kernels as their makers name them. */
export const kernels: readonly Kernel[] = [
  { name: "B31f", blurMm: 0.75, sharpening: 0, noiseHu: 26 },
  { name: "STANDARD", blurMm: 0.68, sharpening: 0.05, noiseHu: 30 },
  { name: "FC51", blurMm: 0.5, sharpening: 0.35, noiseHu: 52 },
  { name: "LUNG", blurMm: 0.46, sharpening: 0.45, noiseHu: 60 },
  { name: "B60f", blurMm: 0.5, sharpening: 0.4, noiseHu: 55 },
];

const taps = 4;

/** The kernel as weights of 9 neighbouring pixels, summing to 1. */
export function kernelWeights(kernel: Kernel, pixelMm: number): Float64Array {
  const narrow = gaussian(Math.max(0.42, kernel.blurMm / pixelMm));
  const wide = gaussian(Math.max(0.9, (2.2 * kernel.blurMm) / pixelMm));
  return narrow.map((weight, i) => (1 + kernel.sharpening) * weight - kernel.sharpening * (wide[i] as number));
}

/**
 * The slice as the scanner shows it: ideal Hounsfield units plus noise, both through the kernel, so the noise is
 * correlated as the kernel correlates it. Returns values of their own, [matrix, matrix].
 *
 * noiseHu: standard deviation after the kernel, by pixel (a share of it: `noiseShare`).
 */
export function scanSlice(
  ideal: Float32Array,
  matrix: number,
  weights: Float64Array,
  noise: { readonly hu: number; readonly share: Float32Array; readonly random: Random },
): Float32Array {
  let power = 0;
  for (const weight of weights) power += weight * weight;
  const before = noise.hu / power;
  const noisy = new Float32Array(ideal.length);
  const next = fastNormal(noise.random);
  for (let i = 0; i < ideal.length; i++) {
    noisy[i] = (ideal[i] as number) + before * (noise.share[i] as number) * next();
  }
  return filtered(noisy, matrix, weights);
}

/** Rows, then columns, through the weights; the border repeats its last pixel. */
function filtered(values: Float32Array, matrix: number, weights: Float64Array): Float32Array {
  const [w0, w1, w2, w3, w4] = [4, 5, 6, 7, 8].map((i) => weights[i] as number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const padded = matrix + 2 * taps;
  const line = new Float32Array(padded);
  const result = new Float32Array(values.length);
  const pass = (source: Float32Array, start: number, step: number) => {
    for (let i = 0; i < matrix; i++) line[i + taps] = source[start + i * step] as number;
    line.fill(line[taps] as number, 0, taps);
    line.fill(line[matrix + taps - 1] as number, matrix + taps);
    for (let i = 0; i < matrix; i++) {
      const at = (offset: number) => line[i + taps + offset] as number;
      result[start + i * step] =
        w0 * at(0) + w1 * (at(-1) + at(1)) + w2 * (at(-2) + at(2)) + w3 * (at(-3) + at(3)) + w4 * (at(-4) + at(4));
    }
  };
  for (let row = 0; row < matrix; row++) pass(values, row * matrix, 1);
  for (let column = 0; column < matrix; column++) pass(result, column, matrix);
  return result;
}

/** Nearly normal numbers, quickly: the sum of four bytes of xorshift, of mean 0 and deviation 1. */
function fastNormal(random: Random): () => number {
  let state = random.integer(2 ** 31) | 1;
  const deviation = Math.sqrt((4 * (256 * 256 - 1)) / 12);
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    return (sum - 510) / deviation;
  };
}

function gaussian(sigma: number): Float64Array {
  const weights = new Float64Array(2 * taps + 1);
  let sum = 0;
  for (let i = -taps; i <= taps; i++) {
    weights[i + taps] = Math.exp(-(i * i) / (2 * sigma * sigma));
    sum += weights[i + taps] as number;
  }
  return weights.map((weight) => weight / sum);
}
