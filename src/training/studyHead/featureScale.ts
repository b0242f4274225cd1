import type { StateDict, StateEntry } from "../../network/stateDict.ts";

/** How features are brought to a mean of 0 and a deviation of 1: [features]. */
export interface FeatureScale {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Of the mean deviation: features that hardly vary are not blown up. */
const leastDeviation = 0.05;

/** The scale of images' features, at least one. */
export function scaleOf(rows: readonly Float32Array[]): FeatureScale {
  const size = rows[0].length;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  for (const row of rows) for (let j = 0; j < size; j++) mean[j] += row[j] / rows.length;
  for (const row of rows) for (let j = 0; j < size; j++) variance[j] += (row[j] - mean[j]) ** 2 / rows.length;
  const deviation = variance.map(Math.sqrt);
  const least = Math.max((leastDeviation * deviation.reduce((sum, one) => sum + one, 0)) / size, Number.MIN_VALUE);
  return { mean, deviation: deviation.map((one) => Math.max(one, least)) };
}

/** An image's features on the scale. */
export function scaleFeatures(features: Float32Array, { mean, deviation }: FeatureScale): Float32Array {
  return features.map((value, j) => (value - mean[j]) / deviation[j]);
}

/** Linear layers that take features as they are, made from ones that take them on the scale. */
export function foldScale(state: StateDict, scale: FeatureScale): StateDict {
  return rescaled(
    state,
    scale.mean.map((mean, j) => -mean / scale.deviation[j]),
    scale.deviation.map((one) => 1 / one),
  );
}

/** The other way round. */
export function unfoldScale(state: StateDict, { mean, deviation }: FeatureScale): StateDict {
  return rescaled(state, mean, deviation);
}

/** Every linear layer that takes features, so that W' x + b' is W (factor · x + offset) + b; other arrays as they are. */
function rescaled(state: StateDict, offset: Float64Array, factor: Float64Array): StateDict {
  const made: StateDict = new Map(state);
  for (const [name, { shape, data }] of state) {
    const bias = state.get(name.replace(/weight$/, "bias"));
    if (!name.endsWith(".weight") || shape[1] !== offset.length || bias === undefined) continue;
    const size = offset.length;
    const moved: StateEntry = {
      shape: bias.shape,
      data: bias.data.map((value, k) => {
        let sum = value;
        for (let j = 0; j < size; j++) sum += data[k * size + j] * offset[j];
        return sum;
      }),
    };
    made.set(name, { shape, data: data.map((value, i) => value * factor[i % size]) });
    made.set(name.replace(/weight$/, "bias"), moved);
  }
  return made;
}
