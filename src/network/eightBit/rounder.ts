import { type Rounding, rounded, scaledUp } from "../../graph/ops/quantise.ts";
import { knownNumbers, sizeAt, type Tensor } from "../../graph/tensor.ts";
import type { Rounder } from "../module.ts";
import { roundingOf, type ValueRange } from "./roundingOf.ts";

/**
 * The largest whole number of a weight. Not 127: on CPUs without instructions of their own for 8 bits, two neighbouring
 * products of an activation (up to 255) and a weight are added in 16 bits, which then hold 2 · 255 · 64 but no more.
 */
const largestWeight = 64;

/** Watches where a network would round its maps, and leaves them as they are. */
export function watcher(): Rounder & { readonly watched: readonly Tensor[] } {
  const watched: Tensor[] = [];
  return {
    watched,
    maps(x) {
      watched.push(x);
      return x;
    },
    hasRounded: (x) => watched.includes(x),
    weights: (_, weights) => weights,
  };
}

/**
 * Rounds a network's maps to 8 bits between its layers, and the weights of the convolutions that see such maps.
 *
 * ranges: of the maps, in the order in which a watcher met them.
 */
export function eightBitRounder(ranges: readonly ValueRange[]): Rounder {
  const roundings = new Map<Tensor, Rounding>();
  return {
    maps(x) {
      const range = ranges[roundings.size];
      if (range === undefined) throw new Error(`${ranges.length} ranges are too few for this network`);
      const rounding = roundingOf(range);
      const y = rounded(x, rounding);
      roundings.set(y, rounding);
      return y;
    },
    hasRounded: (x) => roundings.has(x),
    weights(x, { weight, bias }) {
      const seen = roundings.get(x);
      if (seen === undefined) return { weight, bias };
      const { whole, scales } = byRow(knownNumbers(weight), sizeAt(weight, 0));
      // An op on whole numbers adds the bias to its sum, so it is written in the sum's own unit.
      const units = scales.map((scale) => Math.fround(scale * seen.scale));
      const wholeBias = Int32Array.from(knownNumbers(bias), (value, i) => Math.round(value / units[i]));
      return { weight: scaledUp(whole, weight.shape, scales), bias: scaledUp(wholeBias, bias.shape, units) };
    },
  };
}

/** Each row of weights as whole numbers up to ± largestWeight times a scale of its own. */
function byRow(weights: Float32Array, rows: number): { readonly whole: Int8Array; readonly scales: number[] } {
  const length = weights.length / rows;
  const whole = new Int8Array(weights.length);
  const scales = Array.from({ length: rows }, (_, row) => {
    const [start, end] = [row * length, (row + 1) * length];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weights[i]));
    const scale = Math.fround(largest / largestWeight) || 1;
    for (let i = start; i < end; i++) whole[i] = Math.round(weights[i] / scale);
    return scale;
  });
  return { whole, scales };
}
