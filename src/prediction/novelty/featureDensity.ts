import type { Random } from "../../base/random.ts";
import { decodeSafetensors, encodeSafetensors } from "../../network/safetensors.ts";

/**
 * Where the features of many images lie: a normal distribution with its widest directions by themselves and one variance
 * for all others, so that few images suffice for many features.
 * @source Tipping and Bishop 1999, Probabilistic principal component analysis.
 */
export interface FeatureDensity {
  /** [features]. */
  readonly mean: Float32Array;
  /** [directions, features], each of length 1 and square to the others. */
  readonly directions: Float32Array;
  /** Along each direction, the largest first. */
  readonly variances: Float32Array;
  /** Along every other. */
  readonly restVariance: number;
}

const mostDirections = 32;
const rounds = 12;
/** Of the mean variance: features that never vary would make anything infinitely far. */
const leastVariance = 1e-6;

/**
 * The density of images' features. rows: [images, features], at least two images; random: where the search for the
 * directions starts.
 */
export function fitFeatureDensity(rows: readonly Float32Array[], random: Random): FeatureDensity {
  const size = rows[0].length;
  const mean = new Float64Array(size);
  for (const row of rows) for (let j = 0; j < size; j++) mean[j] += row[j] / rows.length;
  const centred = rows.map((row) => Float64Array.from(row, (value, j) => value - mean[j]));
  const total = centred.reduce((sum, row) => sum + dot(row, row), 0) / (rows.length - 1);
  const count = Math.min(mostDirections, Math.floor(size / 2), Math.floor((rows.length - 1) / 4));
  const { directions, variances } = widestDirections(centred, count, random);
  const taken = variances.reduce((sum, value) => sum + value, 0);
  const floor = Math.max((leastVariance * total) / size, Number.MIN_VALUE);
  const restVariance = Math.max((total - taken) / Math.max(1, size - count), floor);
  return {
    mean: Float32Array.from(mean),
    directions: Float32Array.from(directions.flatMap((direction) => [...direction])),
    variances: Float32Array.from(variances, (value) => Math.max(value, restVariance)),
    restVariance,
  };
}

/**
 * How far an image's features lie from the density's middle, in deviations, as a root mean square over the features: about
 * 1 for the images that it was fitted to.
 * @source Mahalanobis 1936.
 */
export function distanceFrom(density: FeatureDensity, features: Float32Array): number {
  const { mean, directions, variances, restVariance } = density;
  const size = mean.length;
  const offset = Float64Array.from(features, (value, j) => value - mean[j]);
  let rest = dot(offset, offset);
  let sum = 0;
  for (let k = 0; k < variances.length; k++) {
    let along = 0;
    for (let j = 0; j < size; j++) along += offset[j] * directions[k * size + j];
    sum += along ** 2 / variances[k];
    rest -= along ** 2;
  }
  return Math.sqrt((sum + Math.max(0, rest) / restVariance) / size);
}

/** A density as a file; decodeDensity reads it. */
export function encodeDensity({ mean, directions, variances, restVariance }: FeatureDensity): Uint8Array<ArrayBuffer> {
  const [size, count] = [mean.length, variances.length];
  return encodeSafetensors(
    new Map([
      ["mean", { shape: [size], data: mean }],
      ["directions", { shape: [count, size], data: directions }],
      ["variances", { shape: [count], data: variances }],
      ["restVariance", { shape: [1], data: Float32Array.of(restVariance) }],
    ]),
  );
}

/** @throws Error if the file holds something else. */
export function decodeDensity(bytes: Uint8Array): FeatureDensity {
  const { state } = decodeSafetensors(bytes);
  const dataOf = (name: string) => {
    const entry = state.get(name);
    if (entry === undefined) throw new Error(`The density lacks ${name}`);
    return entry.data;
  };
  const [restVariance] = dataOf("restVariance");
  return { mean: dataOf("mean"), directions: dataOf("directions"), variances: dataOf("variances"), restVariance };
}

/** The directions of largest variance by orthogonal iteration. centred: [images, features], their mean 0. */
function widestDirections(
  centred: readonly Float64Array[],
  count: number,
  random: Random,
): { directions: Float64Array[]; variances: number[] } {
  const size = centred[0].length;
  let directions = Array.from({ length: count }, () =>
    Float64Array.from({ length: size }, () => random.between(-1, 1)),
  );
  orthonormalise(directions);
  let variances = new Array<number>(count).fill(0);
  for (let round = 0; round < rounds; round++) {
    const next = directions.map(() => new Float64Array(size));
    for (const row of centred) {
      for (const [k, direction] of directions.entries()) {
        const along = dot(row, direction) / (centred.length - 1);
        const target = next[k];
        for (let j = 0; j < size; j++) target[j] += along * row[j];
      }
    }
    // A covariance never turns a vector of length 1 into one longer than its variance.
    variances = next.map((one, k) => dot(one, directions[k]));
    directions = next;
    orthonormalise(directions);
  }
  const order = variances.map((_, k) => k).sort((a, b) => variances[b] - variances[a]);
  return { directions: order.map((k) => directions[k]), variances: order.map((k) => variances[k]) };
}

/** Gram–Schmidt, twice over for the sake of rounding; a direction that vanishes is left 0. */
function orthonormalise(directions: readonly Float64Array[]): void {
  for (const [k, own] of directions.entries()) {
    for (const earlier of [...directions.slice(0, k), ...directions.slice(0, k)]) {
      const along = dot(own, earlier);
      for (let j = 0; j < own.length; j++) own[j] -= along * earlier[j];
    }
    const length = Math.sqrt(dot(own, own));
    if (length > 1e-12) for (let j = 0; j < own.length; j++) own[j] /= length;
    else own.fill(0);
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
