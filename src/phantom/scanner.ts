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
  addNoiseInto(noisy, ideal, before, noise.share, noise.random);
  return filtered(noisy, matrix, weights);
}

/** Rows, then columns, through the weights; the border repeats its last pixel. */
function filtered(values: Float32Array, matrix: number, weights: Float64Array): Float32Array {
  const along = new Float32Array(values.length);
  const line = new Float32Array(matrix + 2 * taps);
  const [w0, w1, w2, w3, w4] = [4, 5, 6, 7, 8].map((i) => weights[i] as number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  for (let start = 0; start < values.length; start += matrix) {
    line.set(values.subarray(start, start + matrix), taps);
    line.fill(line[taps] as number, 0, taps);
    line.fill(line[matrix + taps - 1] as number, matrix + taps);
    for (let i = 0; i < matrix; i++) {
      along[start + i] =
        w0 * (line[i + 4] as number) +
        w1 * ((line[i + 3] as number) + (line[i + 5] as number)) +
        w2 * ((line[i + 2] as number) + (line[i + 6] as number)) +
        w3 * ((line[i + 1] as number) + (line[i + 7] as number)) +
        w4 * ((line[i] as number) + (line[i + 8] as number));
    }
  }
  const result = new Float32Array(values.length);
  const row = (index: number) => Math.max(0, Math.min(matrix - 1, index)) * matrix;
  for (let at = 0; at < matrix; at++) {
    const [a0, a1, a2, a3] = [row(at - 4), row(at - 3), row(at - 2), row(at - 1)] as const;
    const [b0, b1, b2, b3] = [row(at + 4), row(at + 3), row(at + 2), row(at + 1)] as const;
    const start = at * matrix;
    for (let i = 0; i < matrix; i++) {
      result[start + i] =
        w0 * (along[start + i] as number) +
        w1 * ((along[a3 + i] as number) + (along[b3 + i] as number)) +
        w2 * ((along[a2 + i] as number) + (along[b2 + i] as number)) +
        w3 * ((along[a1 + i] as number) + (along[b1 + i] as number)) +
        w4 * ((along[a0 + i] as number) + (along[b0 + i] as number));
    }
  }
  return result;
}

/** Nearly normal noise, quickly: the sum of four bytes of xorshift, brought to the deviation. */
function addNoiseInto(
  target: Float32Array,
  ideal: Float32Array,
  deviation: number,
  share: Float32Array,
  random: Random,
): void {
  let state = random.integer(2 ** 31) | 1;
  const scale = deviation / Math.sqrt((4 * (256 * 256 - 1)) / 12);
  for (let i = 0; i < target.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24) - 510;
    target[i] = (ideal[i] as number) + scale * (share[i] as number) * sum;
  }
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
