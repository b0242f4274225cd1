// Where rounding alone can change a training step by more than rounding: a number beside 0 that enters a ReLU, and two largest numbers
// of a pooling's window that are almost equal. Rounding switches which way the gradient goes there, on the CPU as on a device.
import type { Random } from "../src/base/random.ts";
import { encodeModel } from "../src/graph/encodeModel.ts";
import { input, sizesOf4, type Tensor } from "../src/graph/tensor.ts";
import { namedParameters, Pass, parametersAsInputs } from "../src/network/module.ts";
import type { NetworkSpec } from "../src/network/networkSpec.ts";
import { createNetwork } from "../src/network/resnet.ts";
import type { StateDict } from "../src/network/stateDict.ts";
import { openSession } from "../src/runtime/session.ts";

/** The numbers at whose change of sign something switches, of one ReLU or pooling: [N, channels, pixels]. */
export interface SwitchNumbers {
  readonly numbers: Float32Array;
  readonly channels: number;
  readonly pixels: number;
}

/** A network in training, asked for what its switches hang on. */
export interface Switches {
  /** Of a batch, at each ReLU and pooling in the order of the network. */
  of(images: Float32Array, state: StateDict): Promise<SwitchNumbers[]>;
  close(): Promise<void>;
}

/** The switches of a network for batches [N, 3, S, S]. Close it. */
export async function openSwitches(spec: NetworkSpec, shape: readonly number[]): Promise<Switches> {
  const network = createNetwork(spec);
  const parameters = parametersAsInputs(namedParameters(network));
  const images = input("images", shape);
  const nodes = ancestors(network.forward(images, new Pass("training", parameters)), new Set());
  const entering = nodes.filter(({ operator }) => operator === "Relu" || operator === "MaxPool");
  const outputs = Object.fromEntries(entering.map(({ x }, i) => [`${i}`, x]));
  const session = await openSession(encodeModel({ inputs: [images, ...parameters.values()], outputs }));
  return {
    async of(data, state) {
      const results = await session.run({ images: { data, shape }, ...Object.fromEntries(state) });
      return entering.map(({ operator, x }, i) => {
        const [n, channels, height, width] = sizesOf4(x);
        const entered = results[i]?.data ?? new Float32Array(0);
        const numbers = operator === "MaxPool" ? leads(entered, [n * channels, height, width]) : entered;
        return { numbers, channels, pixels: numbers.length / (n * channels) };
      });
    },
    close: () => session.close(),
  };
}

/** A batch, and how many times further than rounding reaches its switches stay away from switching. */
export interface ClearBatch {
  readonly images: Float32Array;
  readonly clearance: number;
}

/**
 * The first of so many drawn batches with enough clearance, or else the one with the largest: of its switches the smallest number, as a share of how far rounding reaches there.
 * That is told by two trainings that rounding alone set apart: by the most that their numbers differ in the same channel, or by the root mean
 * square over all channels where that is more.
 */
export async function findClearBatch(
  switches: Switches,
  [state, nudged]: readonly [StateDict, StateDict],
  drawn: { readonly candidates: number; readonly enough: number; readonly numbers: number; readonly random: Random },
): Promise<ClearBatch> {
  let usual: readonly number[] = [];
  let best: ClearBatch = { images: new Float32Array(0), clearance: -1 };
  for (let k = 0; k < drawn.candidates && best.clearance < drawn.enough; k++) {
    const images = Float32Array.from({ length: drawn.numbers }, drawn.random.fork(k).normal);
    const found = await switches.of(images, state);
    // Most batches are passed over before the other training is asked.
    if (usual.some((rms, i) => smallest(found[i]) < best.clearance * rms)) continue;
    const rounding = (await switches.of(images, nudged)).map((other, i) => roundingOf(other, found[i] ?? other));
    usual = usual.length > 0 ? usual : rounding.map(({ rms }) => rms);
    const clearance = Math.min(...found.map((x, i) => clearanceOf(x, rounding[i])));
    if (clearance > best.clearance) best = { images, clearance };
  }
  return best;
}

interface Rounding {
  readonly rms: number;
  /** The most of each channel. */
  readonly most: Float64Array;
}

/** How far two trainings' numbers are apart. */
function roundingOf(a: SwitchNumbers, b: SwitchNumbers): Rounding {
  const most = new Float64Array(a.channels);
  let squares = 0;
  for (let i = 0; i < a.numbers.length; i++) {
    const channel = channelOf(a, i);
    const difference = Math.abs((a.numbers[i] ?? Number.NaN) - (b.numbers[i] ?? Number.NaN));
    most[channel] = Math.max(most[channel] ?? 0, difference);
    squares += difference ** 2;
  }
  return { rms: Math.sqrt(squares / a.numbers.length), most };
}

function clearanceOf(x: SwitchNumbers, { rms, most }: Rounding = { rms: 0, most: new Float64Array(0) }): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.numbers.length; i++) {
    least = Math.min(least, Math.abs(x.numbers[i] ?? 0) / Math.max(rms, most[channelOf(x, i)] ?? 0));
  }
  return least;
}

function channelOf({ channels, pixels }: SwitchNumbers, place: number): number {
  return Math.floor(place / pixels) % channels;
}

function smallest(x: SwitchNumbers | undefined): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of x?.numbers ?? []) least = Math.min(least, Math.abs(value));
  return least;
}

/** Every op that a tensor is made by, with its first argument, those before it first. */
function ancestors({ source }: Tensor, seen: Set<object>): { readonly operator: string; readonly x: Tensor }[] {
  if (source.kind !== "node" || seen.has(source.node)) return [];
  seen.add(source.node);
  const { operator, inputs } = source.node;
  const before = inputs.flatMap((tensor) => (tensor ? ancestors(tensor, seen) : []));
  const [x] = inputs;
  return x ? [...before, { operator, x }] : before;
}

/** By how much the largest number of each window of the stem's pooling (3 × 3, stride 2, padding 1) leads the second largest. */
function leads(maps: Float32Array, [count, height, width]: readonly [number, number, number]): Float32Array {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const found = new Float32Array(count * rows * columns);
  for (let i = 0; i < found.length; i++) {
    const [map, row, column] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let y = Math.max(2 * row - 1, 0); y < Math.min(2 * row + 2, height); y++) {
      for (let x = Math.max(2 * column - 1, 0); x < Math.min(2 * column + 2, width); x++) {
        const value = maps[(map * height + y) * width + x] ?? Number.NaN;
        if (value > first) [first, second] = [value, first];
        else second = Math.max(second, value);
      }
    }
    found[i] = first - second;
  }
  return found;
}
